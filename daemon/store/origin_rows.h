/*
 * origin_rows.h - rows of LMDB about how sources give their ids; see rows.h.
 */
#ifndef TOCSIN_STORE_ORIGIN_ROWS_H
#define TOCSIN_STORE_ORIGIN_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* How a source gives its ids. */
enum origin_ids {
	ORIGIN_STABLE,   /* an id means the same report in every release */
	ORIGIN_EPOCH,    /* given anew with each release */
	ORIGIN_SNAPSHOT, /* stable, and what a release misses is withdrawn */
	ORIGIN_IDS_COUNT
};

/* KEYSPACE_ORIGIN */
struct origin_row {
	uint8_t ids; /* enum origin_ids */
	uint32_t
	    release;    /* number of the newest one of an EPOCH source, or 0 */
	uint32_t label; /* ordinal of its import label, 0 none */
	int64_t since_ms; /* when it was last declared or a release began */
};
void origin_row_write(struct buf *out, const struct origin_row *row);
bool origin_row_read(struct text bytes, struct origin_row *row);

/* KEYSPACE_RELEASE_ID */
struct release_row {
	uint32_t release; /* the last one to use this id */
	uint8_t key[16];  /* of the report it means there */
};
void release_row_write(struct buf *out, const struct release_row *row);
bool release_row_read(struct text bytes, struct release_row *row);

/* KEYSPACE_MATCH, in the order they came; edited in place. */
struct match_entry {
	uint8_t key[16];  /* of the report */
	uint32_t release; /* the last one it was seen in */
	uint32_t tag;     /* of category and branch there: duplicate_match */
};
enum { MATCH_ENTRIES = 75, MATCH_PAGES = 64 };

#endif
