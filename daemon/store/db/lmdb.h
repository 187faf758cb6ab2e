/*
 * lmdb.h - the only file that sees LMDB.  Every value is a cell (cell.h),
 * checked at each read.  Default flags and MDB_NOTLS, nothing else.
 */
#ifndef TOCSIN_STORE_DB_LMDB_H
#define TOCSIN_STORE_DB_LMDB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/log/fault.h"

struct lmdb;

/* A read transaction; one thread at a time.  Keep it short. */
struct lmdb_view;

/* The write transaction; there is one at a time. */
struct lmdb_write;

/*
 * Open the directory, made when absent, and every key space in it; tools open
 * what exists read_only.  NULL with fault filled.
 */
struct lmdb *lmdb_open(const char *dir, uint64_t map_bytes, bool read_only,
    struct store_fault *fault);
void lmdb_close(struct lmdb *lmdb);

/* Bytes of used pages; any thread. */
uint64_t lmdb_used(struct lmdb *lmdb);

/*
 * LMDB keeps the memory of its largest transaction.  If one was large, give
 * the memory back, unless somebody holds a view.  Not during a write; when
 * the files cannot be opened again, the process ends.
 */
void lmdb_trim(struct lmdb *lmdb);

/*
 * Copy what is held, without freed pages, into a new file, synced, and rename
 * it into the old one's place, whose bytes are then overwritten.  Not during a
 * write, and the caller holds no view.  Views of others last until they end;
 * those that would begin wait.  STORE_OK; STORE_REFUSED when a view was still
 * open after wait_ms, STORE_FULL or STORE_MEMORY: nothing was changed.
 */
int lmdb_compact(struct lmdb *lmdb, int64_t wait_ms);

/* NULL without memory or reader slots.  Any thread. */
struct lmdb_view *lmdb_view_open(struct lmdb *lmdb);
/* See what was committed since; STORE_OK, STORE_IO or STORE_CORRUPT. */
int lmdb_view_renew(struct lmdb_view *view);
void lmdb_view_close(struct lmdb_view *view);

/*
 * *row borrows until the next call on this view, and is not aligned.
 * STORE_OK, STORE_NOT_FOUND, STORE_CORRUPT or STORE_IO.
 */
int lmdb_view_get(struct lmdb_view *view, enum keyspace keyspace,
    struct text key, struct text *row);

/* A walk over a key space in key order. */
struct lmdb_cursor;
/* Stand at the first key >= from (empty: the first).  NULL without memory. */
struct lmdb_cursor *lmdb_cursor_open(struct lmdb_view *view,
    enum keyspace keyspace, struct text from);
/*
 * The row here, then step on; STORE_NOT_FOUND at the end.  The row borrows
 * until the next call on this cursor.
 */
int lmdb_cursor_next(struct lmdb_cursor *cursor, struct text *key,
    struct text *row);
void lmdb_cursor_close(struct lmdb_cursor *cursor);

/*
 * Write.  Any result but STORE_OK: abort.  STORE_FULL: map or disk are full,
 * another attempt may succeed.
 */
int lmdb_write_begin(struct lmdb *lmdb, struct lmdb_write **write);
int lmdb_write_put(struct lmdb_write *write, enum keyspace keyspace,
    struct text key, struct text row);
int lmdb_write_delete(struct lmdb_write *write, enum keyspace keyspace,
    struct text key);
/* Frees write, whatever the result. */
int lmdb_write_commit(struct lmdb_write *write);
/* NULL is fine. */
void lmdb_write_abort(struct lmdb_write *write);

#endif
