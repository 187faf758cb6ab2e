/*
 * detecting.h - the rows of detection: what an event does to pulses, volumes,
 * streams and yardsticks.  Volumes are kept in memory beside their rows, as a
 * function of them, so that a replay comes to the same bits.  Writer thread;
 * faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_DETECTING_H
#define TOCSIN_INTAKE_DETECTING_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/detection.h"
#include "daemon/intake/projection.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/record_prior.h"

/* Counters (KEYSPACE_COUNTER). */
#define COUNTER_STREAMS "streams"               /* that detection follows */
#define COUNTER_STREAMS_SEVERE "streams-severe" /* ... of a grave hazard */
#define COUNTER_BLOCKS "volume-blocks"          /* struct blocks_row */
#define COUNTER_GRAVE "grave-hazards"           /* mask */
#define COUNTER_BUDGET "budget"                 /* struct budget_row */

/* Free what a projection owns; NULL is fine. */
void detecting_free(struct detecting *detecting);

/* Forget what is in memory: rows went back to what they were. */
void detecting_forget(struct projection *projection);

/* Detection over these rows; NULL on a fault. */
struct detection *detecting_of(struct projection *projection);

/* A report in or out, received_ms: of the event. */
struct detecting_move {
	const struct facts *facts;
	uint32_t root; /* as counting_move says; 0: the product */
	uint16_t week; /* in which the report was first received */
	int64_t received_ms;
	bool is_added;
};
void detecting_move(struct projection *projection,
    const struct detecting_move *move);

/* A product, or a mode of it (else 0), has so many cases more. */
void detecting_mark(struct projection *projection, uint32_t product,
    uint16_t mode, int cases);

/*
 * What the report that was counted last says of its stream; NULL: it counted in
 * no open week, or nobody serves.  Borrowed until the next event.
 */
const struct detection_news *detecting_news(
    const struct projection *projection);

/* A merge or a split, before the tree of products changes. */
void detecting_curate(struct projection *projection,
    const struct record_curation *record, int64_t received_ms);

/* An alarm was announced. */
void detecting_ring(struct projection *projection,
    const struct record_alert *record);

/* A category is measured anew. */
void detecting_measure(struct projection *projection,
    const struct record_prior *record);

/* Which hazards are grave. */
void detecting_set_grave(struct projection *projection, uint32_t grave);

/* Cases of a category that brought this mode (0: any), as counted now. */
uint64_t detecting_cases(struct projection *projection, uint64_t category,
    uint16_t mode);

#endif
