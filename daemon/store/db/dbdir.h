/* dbdir.h - the directory LMDB lives in, which LMDB neither makes nor syncs. */
#ifndef TOCSIN_STORE_DB_DBDIR_H
#define TOCSIN_STORE_DB_DBDIR_H

#include <stdbool.h>

#include "daemon/store/log/fault.h"

/* Make it, mode 0700, unless it is there.  0 or errno. */
int dbdir_make(const char *dir);

/* Sync it and the directory it stands in.  0 or errno. */
int dbdir_sync(const char *dir);

/* Remove LMDB's files from it; none there is fine. */
int dbdir_remove(const char *dir, struct store_fault *fault);

/* Has its disk so much room that no short write comes of it? */
bool dbdir_has_room(const char *dir);

#endif
