/*
 * counting.h - rows of counts: a report into or out of its product's and its
 * (product, mode)'s aggregate, window, sources and day.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_COUNTING_H
#define TOCSIN_INTAKE_COUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/aggregate.h"
#include "daemon/intake/projection.h"

/*
 * seq is the report's first event.  Whom the product is read through; 0:
 * itself.  Faults stick in the projection.
 */
uint32_t counting_move(struct projection *projection, const struct facts *facts,
    uint64_t seq, bool is_added);

/*
 * Tell anew, in the window of a product (mode 0) or a mode, how a report counts
 * there; with cases, the group has so many more of them.
 */
struct counting_mark {
	uint32_t product;
	uint16_t mode;
	uint64_t seq; /* the report's first event */
	enum fact_mark mark;
	bool is_set;
	int cases;
};
void counting_mark(struct projection *projection,
    const struct counting_mark *mark);

#endif
