/*
 * overlay.h - dirty rows in memory: a table of rows by key space and key, with
 * its bytes in one arena.  A row is 8-aligned and edited in place; deleting
 * leaves a tombstone.  One thread changes an overlay; once frozen, any may
 * read it.
 */
#ifndef TOCSIN_STORE_DB_OVERLAY_H
#define TOCSIN_STORE_DB_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"

struct overlay;

struct overlay_row {
	uint8_t *at; /* room bytes; those after len are zeroes */
	uint32_t len;
	uint32_t room;
	uint8_t keyspace;
	uint8_t nkey;
	bool is_gone;  /* a tombstone, or new and not yet given a length */
	uint8_t key[]; /* nkey bytes */
};

/*
 * An empty overlay that may grow to arena_bytes (address space; memory is
 * used as it fills) and hashes keys from this seed.  NULL without memory.
 */
struct overlay *overlay_new(uint64_t arena_bytes, uint64_t seed);
void overlay_free(struct overlay *overlay);

/* Forget all rows; give_back returns the memory to the system. */
void overlay_clear(struct overlay *overlay, bool give_back);

/* The row of a key, a tombstone included, or NULL. */
struct overlay_row *overlay_find(const struct overlay *overlay,
    enum keyspace keyspace, struct text key);

/*
 * Fetch into the cache where this key's row would be found: first its slot,
 * some time later the row.  Nothing else happens.
 */
void overlay_prefetch_slot(const struct overlay *overlay,
    enum keyspace keyspace, struct text key);
void overlay_prefetch_row(const struct overlay *overlay, enum keyspace keyspace,
    struct text key);

/*
 * Add a row for a key that has none, holding a copy of bytes and room for at
 * least room.  NULL when the arena or memory is full.
 */
struct overlay_row *overlay_add(struct overlay *overlay, enum keyspace keyspace,
    struct text key, struct text bytes, size_t room);

/* Are so many bytes left in the arena? */
bool overlay_has_room(const struct overlay *overlay, uint64_t bytes);

/* Give a row at least so much room; false when the arena is full. */
bool overlay_grow(struct overlay *overlay, struct overlay_row *row,
    size_t room);

/* Change the length, keeping the bytes after it zero; at most its room. */
void overlay_row_len(struct overlay_row *row, size_t len);

static inline struct text
overlay_row_text(const struct overlay_row *row)
{
	return (struct text){ (const char *)row->at, row->len };
}

/* Rows, and bytes of memory in use. */
size_t overlay_rows(const struct overlay *overlay);
uint64_t overlay_bytes(const struct overlay *overlay);

/*
 * All rows by (key space, key): an array of overlay_rows pointers, to be
 * freed by the caller.  NULL without memory.
 */
const struct overlay_row **overlay_sorted(const struct overlay *overlay);

#endif
