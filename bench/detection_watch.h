/*
 * detection_watch.h - the daemon's detector, watching an invented deployment:
 * its streams, pulses, exposures and priors, put together as the daemon does,
 * with a threshold from outside and without gates.
 */
#ifndef TOCSIN_BENCH_DETECTION_WATCH_H
#define TOCSIN_BENCH_DETECTION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/detection_world.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"

enum {
	WATCH_EPOCH = 2900, /* the week that is the simulation's first */
	WATCH_COLD = 13,    /* weeks before anything is scored */
	WATCH_RENEW = 4,    /* weeks between two estimates of the priors */
	WATCH_SMALL = 15,   /* cases a week: less, and the family is used */
};

struct watch_plan {
	double threshold;
	double prior_given; /* 0: estimated; else the true one, its mean
			     * so many times too low */
	double family;      /* small categories use their family */
};

/* What one stream rang first, since watch_listen. */
struct watch_bell {
	double week;          /* with the part of the week; below 0: not yet */
	bool is_heard_before; /* it rang in the 13 weeks before */
};

struct watch {
	struct watch_plan plan;
	const struct world_plan *world;
	struct stream *stream; /* owned, as all that follows */
	struct pulse *pulse;
	struct exposure *category, all;
	struct prior *prior, family;
	uint16_t *rang; /* week of the last alert, from the epoch; 0 none */
	struct watch_bell *bell;
	uint64_t alerts, stream_weeks; /* since watch_listen */
	double listened;               /* from this week */
};

/* Nothing seen yet.  Both plans are kept.  Ends the program when out of
 * memory, as the others do. */
void watch_init(struct watch *watch, const struct watch_plan *plan,
    const struct world_plan *world);
void watch_fini(struct watch *watch);

/* As another stands now, to go on from there.  Both must be freed. */
void watch_copy(struct watch *watch, const struct watch *other);

/* Count alerts and streams from this week on. */
void watch_listen(struct watch *watch, unsigned week);

/* Take all reports of a week, then learn the priors when it is time. */
void watch_week(struct watch *watch, const struct world *world, unsigned week);

/* What a stream is measured against. */
struct stream_scene watch_scene(struct watch *watch, uint32_t stream);

#endif
