/*
 * snapshot.h - a view of LMDB at one sequence, and two LMDBs compared.  Any
 * thread; one snapshot belongs to one thread.
 */
#ifndef TOCSIN_STORE_SNAPSHOT_H
#define TOCSIN_STORE_SNAPSHOT_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/log/fault.h"

struct lmdb;
struct snapshot;
struct store;

/* A view of LMDB at one sequence.  Keep it short; it never outlives the
 * function that opened it.  NULL when out of memory or readers. */
struct snapshot *snapshot_open(struct store *store);
/* The same, of an LMDB that is no store's. */
struct snapshot *snapshot_of(struct lmdb *lmdb);
void snapshot_close(struct snapshot *snapshot);
uint64_t snapshot_seq(const struct snapshot *snapshot);
int snapshot_get(struct snapshot *snapshot, enum keyspace keyspace,
    struct text key, struct text *row);
/*
 * Walk rows whose keys begin with prefix, in key order, starting at the first
 * key >= from (empty: the prefix).  visit gets borrowed texts; non-zero stops
 * and is returned.  Rows here and in snapshot_get are 8-aligned and live until
 * the next call on this snapshot.
 */
typedef int snapshot_visit(void *who, struct text key, struct text row);
int snapshot_walk(struct snapshot *snapshot, enum keyspace keyspace,
    struct text prefix, struct text from, snapshot_visit *visit, void *who);

/*
 * Compare every row of two closed stores' dir/db (keyspace META excluded), for
 * --verify: one call of differ per difference, at most limit.  Returns the
 * number of differences, or -1 with fault filled.
 */
typedef void store_differ(void *who, enum keyspace keyspace, struct text key,
    struct text expected, struct text found);
int64_t store_compare(const char *expected_dir, const char *found_dir,
    store_differ *differ, void *who, unsigned limit, struct store_fault *fault);

#endif
