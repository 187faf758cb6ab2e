#include "bench/detection_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/detection_draw.h"
#include "bench/measure.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"

enum { CATEGORIES = 200, FIRST = 2900, WEEKS = 40, REPORTS = 250000 };

/* A product with its one stream, as in two stored rows. */
struct held {
	struct pulse pulse;
	struct stream stream;
};

struct store {
	struct held *held; /* owned */
	struct exposure category[CATEGORIES], all;
	unsigned streams;
	uint64_t dice;
	double sum; /* so that nothing is optimised away */
};

static void
expose(struct exposure *exposure, uint16_t week, uint16_t weight)
{
	if (exposure_add(exposure, week, weight))
		die("out of memory");
}

static void
take(struct store *store, unsigned i, uint16_t week)
{
	struct held *held = &store->held[i];
	struct exposure *category = &store->category[i % CATEGORIES];
	struct stream_scene scene = { .view = { category, &store->all,
					  &held->pulse },
		.prior = { .5, 2500, 2, FIRST } };
	struct stream_reading reading;
	uint16_t allowed;

	stream_roll(&held->stream, &scene, week);
	pulse_roll(&held->pulse, week);
	allowed = pulse_allowed(&held->pulse, WEIGHT_CASE);
	stream_add(&held->stream, (uint16_t)(1 + i % 7), WEIGHT_CASE);
	pulse_add(&held->pulse, week, allowed);
	expose(category, week, allowed);
	expose(&store->all, week, allowed);
	stream_read(&held->stream, &scene, &reading);
	store->sum += reading.score;
}

/* Microseconds a report, of a week in which a quarter of them came. */
static double
time_week(struct store *store, uint16_t week)
{
	uint64_t began = now_ns();

	for (unsigned i = 0; i < REPORTS; i++)
		take(store, draw_below(&store->dice, store->streams), week);
	return (double)(now_ns() - began) / 1000 / REPORTS;
}

/* As much memory read and written in the same order. */
static double
time_copies(struct store *store)
{
	uint64_t began = now_ns();
	struct held copy;

	for (unsigned i = 0; i < REPORTS; i++) {
		struct held *held =
		    &store->held[draw_below(&store->dice, store->streams)];

		memcpy(&copy, held, sizeof(copy));
		copy.stream.flags ^= 1;
		memcpy(held, &copy, sizeof(copy));
	}
	return (double)(now_ns() - began) / 1000 / REPORTS;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

void
cost_print(double streams)
{
	struct store store = { .streams = (unsigned)streams, .dice = 1 };
	double times[WEEKS], copies[WEEKS];

	store.held = must_alloc(store.streams, sizeof(*store.held));
	for (unsigned week = 0; week < WEEKS; week++) {
		times[week] = time_week(&store, (uint16_t)(FIRST + week));
		copies[week] = time_copies(&store);
	}
	/* The first half only fills the store. */
	qsort(times + WEEKS / 2, WEEKS / 2, sizeof(double), compare);
	qsort(copies + WEEKS / 2, WEEKS / 2, sizeof(double), compare);
	printf("{\"us_per_report\": %.4f, \"us_per_copy\": %.4f, "
	       "\"sum\": %g}\n",
	    times[WEEKS * 3 / 4], copies[WEEKS * 3 / 4], store.sum);
	for (unsigned i = 0; i < CATEGORIES; i++)
		exposure_fini(&store.category[i]);
	exposure_fini(&store.all);
	free(store.held);
}
