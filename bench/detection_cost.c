#include "bench/detection_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/detection_draw.h"
#include "bench/measure.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"

enum { CATEGORIES = 200, FIRST = 2900, WEEKS = 32 };
enum { REPORTS = 250048, HANDFUL = 64 };

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

/* Of this program alone: short stretches are timed. */
static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

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

	pulse_roll(&held->pulse, week);
	allowed = pulse_allowed(&held->pulse, WEIGHT_CASE);
	pulse_add(&held->pulse, week, allowed);
	expose(category, week, allowed);
	expose(&store->all, week, allowed);
	stream_roll(&held->stream, &scene, week);
	stream_add(&held->stream, (uint16_t)(1 + i % 7), WEIGHT_CASE);
	stream_read(&held->stream, &scene, &reading);
	store->sum += reading.score;
}

/*
 * What detection needs has been counted on just before: its rows lie beside
 * the counts.  So it is touched first, a handful of reports at a time.
 */
struct times {
	double touched, taken; /* microseconds a report */
};

static struct times
time_week(struct store *store, uint16_t week)
{
	uint64_t touched = 0, taken = 0;

	for (unsigned i = 0; i < REPORTS; i += HANDFUL) {
		unsigned streams[HANDFUL];
		uint64_t began = cpu_ns(), now;

		for (unsigned k = 0; k < HANDFUL; k++) {
			struct held copy;

			streams[k] = draw_below(&store->dice, store->streams);
			memcpy(&copy, &store->held[streams[k]], sizeof(copy));
			copy.pulse.unused[0] ^= 1;
			memcpy(&store->held[streams[k]], &copy, sizeof(copy));
		}
		now = cpu_ns();
		touched += now - began;
		for (unsigned k = 0; k < HANDFUL; k++)
			take(store, streams[k], week);
		taken += cpu_ns() - now;
	}
	return (struct times){ (double)touched / 1000 / REPORTS,
		(double)taken / 1000 / REPORTS };
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
	double touched[WEEKS], taken[WEEKS];

	store.held = must_alloc(store.streams, sizeof(*store.held));
	for (unsigned week = 0; week < WEEKS; week++) {
		struct times times =
		    time_week(&store, (uint16_t)(FIRST + week));

		touched[week] = times.touched;
		taken[week] = times.taken;
	}
	/* The first half only fills the store. */
	qsort(taken + WEEKS / 2, WEEKS / 2, sizeof(double), compare);
	qsort(touched + WEEKS / 2, WEEKS / 2, sizeof(double), compare);
	printf("{\"us_per_report\": %.4f, \"us_per_touch\": %.4f, "
	       "\"sum\": %g}\n",
	    taken[WEEKS * 3 / 4], touched[WEEKS * 3 / 4], store.sum);
	for (unsigned i = 0; i < CATEGORIES; i++)
		exposure_fini(&store.category[i]);
	exposure_fini(&store.all);
	free(store.held);
}
