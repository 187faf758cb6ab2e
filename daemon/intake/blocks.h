/*
 * blocks.h - the newest reports, in memory, by the blocks in which their
 * duplicates are looked for.  It is no projection: what was found stands in
 * the log, so a replay needs none of it, and a start fills it from the end of
 * the log.  What came before the newest BLOCKS_REPORTS is not looked at: a
 * large import may push out what came just before it.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_BLOCKS_H
#define TOCSIN_INTAKE_BLOCKS_H

#include <stdint.h>

#include "daemon/core/evidence.h"

enum {
	/* About 20 MiB: 112 bytes a report, 16 a block it stands in, 8 a
	 * place of the table. */
	BLOCKS_REPORTS = 1 << 17,
	BLOCKS_ENOUGH = 16, /* candidates, the newest */
};

struct blocks;

/* Remember so many reports, a power of two; NULL when out of memory. */
struct blocks *blocks_new(uint32_t reports);
void blocks_free(struct blocks *blocks); /* NULL is fine */

/* Forget all of them. */
void blocks_clear(struct blocks *blocks);

/* Remember a report, the oldest gives way; forget one.  seq is set. */
void blocks_add(struct blocks *blocks, const struct evidence *evidence);
void blocks_remove(struct blocks *blocks, const struct evidence *evidence);

/* Candidates, copied. */
struct candidates {
	unsigned count;
	struct evidence at[BLOCKS_ENOUGH];
};

/*
 * The newest reports of the blocks in which this one's duplicates would be
 * (evidence_looks), in order of the blocks, each once, itself left out.
 */
void blocks_gather(const struct blocks *blocks, const struct evidence *evidence,
    struct candidates *candidates);

#endif
