/*
 * family.h - a product and what was merged into it, read as one.  Rows stay
 * where their reports were counted; a merge moves a pointer, and what is read
 * of a root is put together here.  Any thread, by whatever it reads rows with.
 */
#ifndef TOCSIN_STORE_FAMILY_H
#define TOCSIN_STORE_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/window.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/rows.h"
#include "daemon/store/snapshot.h"

/*
 * Where rows come from: STORE_OK with a row, 8-aligned and borrowed until the
 * next get, STORE_NOT_FOUND, or a fault.
 */
struct row_source {
	int (*get)(void *who, enum keyspace keyspace, const struct key *key,
	    struct text *row);
	void *who;
};

/* Rows of a snapshot; the snapshot outlives it. */
struct row_source row_source_of(struct snapshot *snapshot);

/* Bytes of a family row with so many members. */
size_t family_row_bytes(unsigned count);

struct family {
	uint32_t root;
	unsigned count;                  /* from 1 */
	uint32_t member[FAMILY_MAX + 1]; /* [0] the root, then by number */
};

/*
 * The family a product belongs to; alone it is its own.  STORE_OK or a fault.
 */
MUST_CHECK int family_read(const struct row_source *source, uint32_t product,
    struct family *family);

/* Only whom a product is read through. */
MUST_CHECK int family_root(const struct row_source *source, uint32_t product,
    uint32_t *root);

/* Is the product one of them? */
bool family_holds(const struct family *family, uint32_t product);

/* Room for one row of a group. */
struct group_row {
	_Alignas(8) uint8_t bytes[ROW_MAX];
};

/* The row as what it holds. */
static inline struct aggregate *
group_aggregate(struct group_row *row)
{
	return (void *)row->bytes;
}

/* The row as a window. */
static inline struct window *
group_window(struct group_row *row)
{
	return (void *)row->bytes;
}

/*
 * The counts of the whole family, each source and organisation once.
 * STORE_OK, STORE_NOT_FOUND when no member ever counted the mode, or a fault.
 */
MUST_CHECK int family_aggregate(const struct row_source *source,
    const struct family *family, uint16_t mode, struct group_row *row);

/* The recent reports of the whole family; STORE_OK or a fault. */
MUST_CHECK int family_window(const struct row_source *source,
    const struct family *family, uint16_t mode, struct group_row *row);

#endif
