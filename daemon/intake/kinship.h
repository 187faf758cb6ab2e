/*
 * kinship.h - the rows of what curators did: the tree of merged products,
 * whom each is read through, and the sources that stand in several products
 * of one family.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_KINSHIP_H
#define TOCSIN_INTAKE_KINSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/projection.h"
#include "daemon/store/family.h"
#include "daemon/store/record_curation.h"

/* Rows as the writer sees them. */
struct row_source kinship_rows(struct projection *projection);

/* Apply a curator's act.  False when its header contradicts the rows. */
bool kinship_apply(struct projection *projection,
    struct record_curation *record, uint64_t seq);

/* How many other products of the family count this source in this mode (0:
 * in any). */
unsigned kinship_others(struct projection *projection,
    const struct family *family, uint32_t product, uint32_t source,
    uint16_t mode);

/*
 * A product of a family (root: its aggregate's) gained its first report of
 * this source in this mode (0: any), or lost its last: keep the overlap.
 */
struct kinship_edge {
	uint32_t root, product, source;
	uint16_t mode;
	bool is_added;
};
void kinship_move(struct projection *projection,
    const struct kinship_edge *edge);

#endif
