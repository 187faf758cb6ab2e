/* snapshot.h - a view of LMDB at one sequence; the rest is in store.h. */
#ifndef TOCSIN_STORE_SNAPSHOT_H
#define TOCSIN_STORE_SNAPSHOT_H

#include "daemon/store/lmdb.h"
#include "daemon/store/store.h"

/* As snapshot_open. */
struct snapshot *snapshot_of(struct lmdb *lmdb);

#endif
