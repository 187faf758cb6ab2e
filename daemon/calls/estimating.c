#include "daemon/calls/estimating.h"

#include <stdlib.h>

#include "daemon/calls/services.h"
#include "daemon/calls/workers.h"
#include "daemon/intake/estimate.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"

enum { PIECE = 200 }; /* events put in force at once */

struct estimating {
	struct work work; /* first */
	struct job job;
	struct services *services;
	struct estimate estimate;
	bool is_busy, is_due;
	int result;
	unsigned next;
	/* What was too little to estimate from is not asked again at once. */
	uint16_t tried_week;
	uint64_t tried_reports;
};

struct estimating *
estimating_new(struct services *services)
{
	struct estimating *estimating = calloc(1, sizeof(*estimating));

	if (estimating)
		estimating->services = services;
	return estimating;
}

void
estimating_free(struct estimating *estimating)
{
	if (estimating)
		estimate_fini(&estimating->estimate);
	free(estimating);
}

void
estimating_stop(struct estimating *estimating)
{
	if (estimating)
		atomic_store(&estimating->estimate.is_stopping, true);
}

static struct estimating *
estimating_of(struct job *job)
{
	void *at = (char *)job - offsetof(struct estimating, job);

	return at;
}

static void
finish(struct estimating *estimating)
{
	const struct estimate *estimate = &estimating->estimate;

	if (estimating->result) {
		log_line(LOG_WARNING, "estimate-failed", "fault=%d",
		    estimating->result);
	} else if (estimate->count && estimating->next >= estimate->count) {
		metrics_add(METRIC_estimates, 1);
		log_line(LOG_INFO, "estimated", "week=%u streams=%u said=%u",
		    estimate->now, estimate->sampled, estimate->count);
	}
	estimate_fini(&estimating->estimate);
	estimating->is_busy = false;
}

static void take_run(struct work *work, struct intake *intake);
static void take_done(struct work *work);

static void
put_work(struct estimating *estimating,
    void (*run)(struct work *work, struct intake *intake),
    void (*done)(struct work *work))
{
	estimating->work = (struct work){ .run = run, .done = done };
	writer_put(estimating->services->writer, &estimating->work);
}

static void
take_run(struct work *work, struct intake *intake)
{
	struct estimating *estimating = (struct estimating *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	estimate_take(intake, &estimating->estimate, estimating->next, PIECE);
}

static void
take_done(struct work *work)
{
	struct estimating *estimating = (struct estimating *)work;

	if (work->failed) {
		finish(estimating);
		return;
	}
	estimating->next += PIECE;
	if (estimating->next < estimating->estimate.count &&
	    !atomic_load(&estimating->estimate.is_stopping))
		put_work(estimating, take_run, take_done);
	else
		finish(estimating);
}

static void
gather_run(struct job *job)
{
	struct estimating *estimating = estimating_of(job);

	int64_t began = loop_now_ms();

	estimating->result = estimate_gather(&estimating->estimate);
	metrics_set(METRIC_estimate_ms, (uint64_t)(loop_now_ms() - began));
}

static void
gather_done(struct job *job)
{
	struct estimating *estimating = estimating_of(job);

	estimating->next = 0;
	if (estimating->result || !estimating->estimate.count ||
	    !estimating->services->workers ||
	    atomic_load(&estimating->estimate.is_stopping))
		finish(estimating);
	else
		put_work(estimating, take_run, take_done);
}

static void
look_run(struct work *work, struct intake *intake)
{
	struct estimating *estimating = (struct estimating *)work;
	struct estimate *estimate = &estimating->estimate;

	estimating->is_due = !store_is_full(intake->store) &&
	    estimate_is_due(intake, estimate) &&
	    (estimate->now != estimating->tried_week ||
		estimate->reports > 2 * estimating->tried_reports);
	/* The snapshot must hold what the counters count. */
	work->wants_applied = estimating->is_due;
}

static void
look_done(struct work *work)
{
	struct estimating *estimating = (struct estimating *)work;
	struct services *services = estimating->services;

	if (work->failed || !estimating->is_due || !services->workers) {
		estimating->is_busy = false;
		return;
	}
	estimating->tried_week = estimating->estimate.now;
	estimating->tried_reports = estimating->estimate.reports;
	estimating->job =
	    (struct job){ .run = gather_run, .done = gather_done };
	workers_put(services->workers, &estimating->job);
}

void
estimating_tick(struct estimating *estimating)
{
	if (estimating->is_busy ||
	    atomic_load(&estimating->estimate.is_stopping))
		return;
	estimating->is_busy = true;
	put_work(estimating, look_run, look_done);
}
