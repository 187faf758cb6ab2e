/*
 * detection_run.h - simulations of the detector: how often it rings where
 * nothing happens, and how soon where a defect is planted.
 */
#ifndef TOCSIN_BENCH_DETECTION_RUN_H
#define TOCSIN_BENCH_DETECTION_RUN_H

#include <stdint.h>

#include "bench/detection_watch.h"
#include "bench/detection_world.h"

enum { RUN_SOON = 8, RUN_LATE = 26 }; /* weeks after a defect began */

struct run_plan {
	struct world_plan world;
	struct watch_plan watch;
	double repetitions; /* deployments */
	double rounds;      /* plantings in each */
	double until;       /* run_null: alerts of the weeks before; 0: all */
};

struct run_null {
	uint64_t alerts, stream_weeks;
	double excess, shape; /* of the first category's prior, at the end */
};

/* Deployments in which nothing happens. */
struct run_null run_null(const struct run_plan *plan);

/* What became of defects that were planted. */
struct run_found {
	uint64_t planted, soon, late;
	double *delay; /* owned: weeks, sorted by run_found_end; INFINITY:
			* not found */
	size_t count, cap;
};

/* One that was found so many weeks after it began. */
void run_found_add(struct run_found *found, double delay);

/* The median delay; sorts. */
double run_found_median(struct run_found *found);
void run_found_fini(struct run_found *found);

/*
 * Grow deployments, and plant defects in a share of their streams at a time;
 * streams that rang in the 13 weeks before are left out.  Returns false alerts
 * per 1,000 stream-weeks before the planting.
 */
double run_planted(const struct run_plan *plan, struct run_found *found);

/*
 * Do null ratios and power stand where they were measured?  Says which does
 * not, on stderr.  Takes seconds.
 */
int run_check(const struct run_plan *plan);

#endif
