/*
 * estimate.h - what streams are measured against, estimated from the streams
 * themselves: gathered on a worker from snapshots, decided there, and put in
 * force by events on the writer.  A category with STATISTIC_SCARCE cases a week
 * and enough streams has a prior of its own; else that of its family (the
 * category above it in the vocabulary) is used, measured by the family's
 * volume; else that of the whole instance.
 */
#ifndef TOCSIN_INTAKE_ESTIMATE_H
#define TOCSIN_INTAKE_ESTIMATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/product.h"
#include "daemon/intake/intake.h"
#include "daemon/store/record_prior.h"

enum {
	ESTIMATE_STREAMS = 200000, /* looked at, at most */
	ESTIMATE_MS = 20000,       /* for so long, at most */
};

/* One that was decided. */
struct estimated {
	struct record_prior record;
	uint16_t slug_len;
	char slug[PRODUCT_SLUG_MAX];
};

struct estimate {
	struct store *store; /* borrowed, as is the vocabulary */
	const struct vocabulary *vocabulary;
	atomic_bool is_stopping; /* any thread: no more of this is wanted */
	uint16_t now, since;     /* weeks */
	uint32_t products;
	uint64_t streams, reports; /* held */
	struct estimated *at;      /* owned; the whole instance last */
	unsigned count;
	uint32_t sampled; /* streams */
};

/*
 * Writer thread: is one due?  When a week began, from the 13th observed week
 * on, and when twice as many reports are held; not while nothing has been
 * observed for weeks.  Then fill what gathering needs.
 */
bool estimate_is_due(struct intake *intake, struct estimate *estimate);

/* Worker thread: 0 (count may be 0: too little is known), or a fault. */
MUST_CHECK int estimate_gather(struct estimate *estimate);

/* Writer thread: put these of what was decided in force. */
void estimate_take(struct intake *intake, const struct estimate *estimate,
    unsigned first, unsigned count);

/* Release what was gathered. */
void estimate_fini(struct estimate *estimate);

#endif
