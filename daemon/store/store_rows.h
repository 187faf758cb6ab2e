/*
 * store_rows.h - rows as the writer thread sees and changes them: what was
 * changed last, in memory or in LMDB.
 */
#ifndef TOCSIN_STORE_STORE_ROWS_H
#define TOCSIN_STORE_STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"

struct store;

/*
 * Find a row: active overlay, frozen overlay, LMDB.  *row is 8-aligned and
 * borrows until the next store call.  STORE_OK, STORE_NOT_FOUND, STORE_CORRUPT
 * or STORE_IO.
 */
int store_get(struct store *store, enum keyspace keyspace, struct text key,
    struct text *row);

/*
 * A row to change in place, in the active overlay: its present bytes, then
 * zeroes up to at least room (at most ROW_MAX) bytes; *len is the present
 * length (0: the row is new, and stays absent until store_edit_len).  The
 * pointer is 8-aligned and lives until the next store call that is not
 * store_edit_len.  NULL with *result set.
 */
void *store_edit(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, size_t *len, int *result);

/*
 * As store_edit, of a row the caller knows to exist nowhere, not even deleted
 * since the last checkpoint: no layer is asked.  room: at most STORE_ADD_MAX.
 */
enum { STORE_ADD_MAX = 384 };
void *store_add(struct store *store, enum keyspace keyspace, struct text key,
    size_t room, int *result);

/*
 * A row will soon be asked for: fetch its place into the cache, and, called
 * again with is_row a little later, the row.
 */
void store_prefetch(const struct store *store, enum keyspace keyspace,
    struct text key, bool is_row);

/* Set the length of the row edited last; at most the room asked for. */
void store_edit_len(struct store *store, size_t len);

/*
 * Replace a row (at most ROW_MAX bytes, else STORE_REFUSED); delete one
 * (deleting an absent row is fine).
 */
int store_put(struct store *store, enum keyspace keyspace, struct text key,
    struct text row);
int store_delete(struct store *store, enum keyspace keyspace, struct text key);

#endif
