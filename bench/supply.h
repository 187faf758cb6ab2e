/*
 * supply.h - frames made before the clock starts, so that sending them costs
 * the driver next to nothing.
 */
#ifndef TOCSIN_BENCH_SUPPLY_H
#define TOCSIN_BENCH_SUPPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

struct reports;

/* Zeroed is empty and valid. */
struct supply {
	struct buf bytes;  /* all frames, one behind the other */
	size_t *end;       /* owned; where each frame ends */
	uint32_t *reports; /* owned; how many it carries */
	size_t count;
	size_t taken;
	uint64_t report_bytes; /* of the reports alone */
};

/*
 * Make frames of total reports, batch to a frame: report.submit when batch is
 * 1, else report.submit_batch.  A frame's id is its place.  Replaces what was
 * there.
 */
void supply_fill(struct supply *supply, struct reports *reports, uint64_t total,
    uint32_t batch);

/* The frame at a place, borrowed. */
struct text supply_frame(const struct supply *supply, size_t place);

/* Release the memory and return to the empty state. */
void supply_free(struct supply *supply);

#endif
