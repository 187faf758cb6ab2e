/*
 * blocks.h - rows of the blocks in which duplicates are looked for: pages of
 * evidence.  The newest reports of a product and mode stand on one page of 16,
 * so that nearly every look is one row; when it is full they move to blocks by
 * the time of what happened, of each the newest 64.
 * Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_BLOCKS_H
#define TOCSIN_INTAKE_BLOCKS_H

#include <stdbool.h>

#include "daemon/core/evidence.h"
#include "daemon/intake/projection.h"

/* KEYSPACE_BLOCK; stored up to its last evidence. */
struct block_page {
	uint32_t added; /* page 0: evidences ever put into the block */
	uint32_t count; /* on this page */
	struct evidence at[BLOCK_PAGE]; /* zeroed: taken out */
};

enum {
	BLOCK_PAGES = BLOCK_CANDIDATES_MAX / BLOCK_PAGE,
	BLOCK_ENOUGH = 8, /* candidates; then older ones may rest */
};

/*
 * Put a report into its blocks, or take it out; seq is set.  is_first: its
 * product and mode never had one.
 */
void blocks_add(struct projection *projection, const struct evidence *evidence,
    bool is_first);
void blocks_remove(struct projection *projection,
    const struct evidence *evidence);

/* Candidates, copied. */
struct candidates {
	unsigned count;
	struct evidence at[BLOCK_CANDIDATES_MAX];
};

/*
 * The newest reports of the blocks in which this one's duplicates would be
 * (evidence_looks), each once, itself left out.
 */
struct looking {
	bool is_first; /* as above */
	bool is_taken; /* blocks_add follows: fetch the row for it at once */
};
void blocks_gather(struct projection *projection,
    const struct evidence *evidence, struct looking looking,
    struct candidates *candidates);

#endif
