/*
 * blocks.h - rows of the blocks in which duplicates are looked for: pages of
 * evidence, of each block the newest 64.  Writer thread; faults stick in the
 * projection.
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

enum { BLOCK_PAGES = BLOCK_CANDIDATES_MAX / BLOCK_PAGE };

/* Put a report into its blocks, or take it out; seq is set. */
void blocks_add(struct projection *projection, const struct evidence *evidence);
void blocks_remove(struct projection *projection,
    const struct evidence *evidence);

/* Candidates, copied. */
struct candidates {
	unsigned count;
	struct evidence at[BLOCK_CANDIDATES_MAX];
};

/*
 * The newest reports of the blocks in which this one's duplicates would be, in
 * order of the blocks, each once, itself left out.  is_new_group: nothing was
 * ever counted of its product and mode, so their blocks need not be asked.
 */
void blocks_gather(struct projection *projection,
    const struct evidence *evidence, bool is_new_group,
    struct candidates *candidates);

#endif
