/*
 * cell.h - a row as LMDB holds it: the row version of its key space (u8; with
 * CELL_PACKED set, the row is packed), a crc32c (u32) over the key space's
 * name, the key and what follows, then the row.
 */
#ifndef TOCSIN_STORE_DB_CELL_H
#define TOCSIN_STORE_DB_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/db/pack.h"

enum {
	CELL_PREFIX = 5,
	CELL_PACKED = 0x80,
	CELL_MAX = CELL_PREFIX + PACK_MAX,
};

/* Whose cell it is.  The seed is cell_seed of the key space. */
struct cell_place {
	enum keyspace keyspace;
	uint32_t seed;
	struct text key;
};

/* Where the crcs of a key space's cells begin. */
uint32_t cell_seed(enum keyspace keyspace);

/* The cell of a row of at most ROW_MAX bytes; returns its length. */
size_t cell_write(const struct cell_place *place, struct text row,
    uint8_t out[CELL_MAX]);

/*
 * The row of a cell: borrows from the cell, or from room when it was packed.
 * STORE_OK or STORE_CORRUPT.
 */
int cell_read(const struct cell_place *place, struct text cell,
    uint8_t room[ROW_MAX], struct text *row);

#endif
