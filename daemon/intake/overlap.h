/*
 * overlap.h - how many sources stand in several products of a family that is
 * about to be made: counted on a worker from a snapshot, however many they
 * are, and put right on the writer for those that came or went meanwhile.  So
 * a merge of two products of 100,000 reports is one event and holds nobody up.
 */
#ifndef TOCSIN_INTAKE_OVERLAP_H
#define TOCSIN_INTAKE_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/intake/projection.h"
#include "daemon/store/family.h"
#include "daemon/store/record_curation.h"

struct overlap {
	struct overlap *next; /* among those being watched */
	struct family family; /* as it will be */
	uint64_t *pair;       /* owned: source << 16 | mode, sorted */
	size_t npairs, pairs_cap;
	int64_t *count;   /* owned, by mode: sources too many */
	bool *is_known;   /* owned, by mode: the family has it */
	struct buf moved; /* u32 sources that came or went */
	bool is_watched;
};

/* More than so many that come and go while one is counted: begin anew. */
enum { OVERLAP_MOVED_MAX = 1 << 16 };

/* Count for this family; release what was gathered (a zeroed one is fine). */
void overlap_init(struct overlap *overlap, const struct family *family);
void overlap_fini(struct overlap *overlap);

/* Writer thread: be told of sources from now on, or no longer. */
void overlap_begin(struct overlap *overlap, struct projection *projection);
void overlap_end(struct overlap *overlap, struct projection *projection);

/* Writer thread: a source came to a product or left it. */
void overlap_watch(struct overlap *first, uint32_t product, uint32_t source);

/*
 * Worker thread: count, from a snapshot that holds everything decided before
 * overlap_begin.  STORE_OK or a fault.
 */
MUST_CHECK int overlap_gather(struct overlap *overlap,
    struct snapshot *snapshot);

/*
 * Writer thread: put right what moved since.  False: so much did that it is
 * better counted again.  Faults stick in the projection.
 */
bool overlap_settle(struct overlap *overlap, struct projection *projection);

/*
 * Append a struct record_overlap for each mode the family has, or may have a
 * row of, under its root; returns how many.
 */
uint32_t overlap_list(const struct overlap *overlap, struct buf *out);

#endif
