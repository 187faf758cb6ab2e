/*
 * detection_replay.c - reports of years gone by through the detector, as if
 * they came in one by one: what would have rung, and when?  One category, one
 * organisation that alone reports; no prior before the 13th week, afterwards
 * the streams' own, made anew every week.
 *
 * bench-detection-replay ALLOWED FLOOR < reports: a false alarm so many times
 * a week, a threshold of at least FLOOR.  stdin: a line "DAY PRODUCT SUBJECT"
 * a report, numbers, days since 1970 in order.  Prints {"streams", "reports",
 * "weeks", "scored_reports", "prior": [a0, b0, k], "rings": [[day, product,
 * subject, observed, expected, score, ln of the threshold], ...]}; k is
 * 1/size.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"
#include "daemon/core/detect/budget.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"
#include "daemon/core/detect/week.h"

enum { PRODUCTS_MAX = 4096, STREAMS_MAX = 32768, COLD_WEEKS = 13 };

struct track {
	uint32_t product, subject;
	struct stream stream;
};

struct replay {
	struct exposure category;
	struct prior prior;
	struct pulse *pulse; /* by product */
	struct track *track;
	unsigned ntracks;
	uint16_t week;
	double allowed, floor;
	uint64_t reports, scored;
	unsigned rings;
};

static struct stream_scene
scene_of(struct replay *replay, uint32_t product)
{
	return (struct stream_scene){
		.view = { .category = &replay->category,
		    .all = &replay->category,
		    .own = &replay->pulse[product] },
		.prior = replay->prior,
		.is_alone = true,
	};
}

static struct track *
track_of(struct replay *replay, uint32_t product, uint32_t subject)
{
	struct track *track = replay->track;

	for (unsigned i = 0; i < replay->ntracks; i++)
		if (track[i].product == product && track[i].subject == subject)
			return &track[i];
	if (replay->ntracks == STREAMS_MAX)
		die("more than %d streams", STREAMS_MAX);
	track = &replay->track[replay->ntracks++];
	track->product = product;
	track->subject = subject;
	return track;
}

/* The streams' own prior; without one that can be had, the last stays. */
static void
estimate(struct replay *replay)
{
	struct prior_sums sums = { 0 };

	for (unsigned i = 0; i < replay->ntracks; i++) {
		struct track *track = &replay->track[i];
		struct stream_scene scene = scene_of(replay, track->product);

		pulse_roll(&replay->pulse[track->product], replay->week);
		stream_roll(&track->stream, &scene, replay->week);
		prior_add(&sums, &track->stream, &scene.view, replay->week);
	}
	if (prior_solve(&sums, &replay->prior) && !replay->prior.since)
		replay->prior.since = replay->week;
}

static void
begin_week(struct replay *replay, uint16_t week)
{
	if (week == replay->week)
		return;
	replay->week = week;
	if (exposure_weeks_before(&replay->category, week) >= COLD_WEEKS)
		estimate(replay);
}

static void
ring(struct replay *replay, struct track *track, long day,
    const struct stream_reading *reading)
{
	double threshold =
	    budget_threshold(&(struct budget){ .per_week = replay->allowed,
				 .floor = replay->floor,
				 .weights = replay->ntracks * BUDGET_WEIGHT,
				 .scale = 1 },
		BUDGET_WEIGHT);

	if (!reading->is_scored || reading->score < log(threshold))
		return;
	printf("%s[%ld, %" PRIu32 ", %" PRIu32 ", %.17g, %.17g, %.17g, %.17g]",
	    replay->rings++ ? ", " : "", day, track->product, track->subject,
	    reading->observed, reading->forecast.mean, reading->score,
	    log(threshold));
	stream_fire(&track->stream);
}

static void
report(struct replay *replay, long day, uint32_t product, uint32_t subject)
{
	uint16_t week = week_of_day((int32_t)day);
	struct pulse *pulse = &replay->pulse[product];
	struct stream_reading reading;
	struct stream_scene scene;
	struct track *track;
	uint16_t counted;

	begin_week(replay, week);
	scene = scene_of(replay, product);
	track = track_of(replay, product, subject);
	pulse_roll(pulse, week);
	stream_roll(&track->stream, &scene, week);
	counted = pulse_allowed(pulse, WEIGHT_CASE);
	stream_add(&track->stream, 1, WEIGHT_CASE);
	pulse_add(pulse, week, counted);
	if (exposure_add(&replay->category, week, counted))
		die("out of memory");
	stream_read(&track->stream, &scene, &reading);
	replay->reports++;
	replay->scored += reading.is_scored;
	ring(replay, track, day, &reading);
}

int
main(int argc, char **argv)
{
	struct replay replay = {
		.pulse = must_alloc(PRODUCTS_MAX, sizeof(struct pulse)),
		.track = must_alloc(STREAMS_MAX, sizeof(struct track)),
	};
	char line[128];

	if (argc != 3)
		die("usage: bench-detection-replay ALLOWED FLOOR < reports");
	replay.allowed = strtod(argv[1], NULL);
	replay.floor = strtod(argv[2], NULL);
	if (!(replay.allowed > 0) || !(replay.floor > 1))
		die("ALLOWED and FLOOR are numbers above 0 and 1");
	printf("{\"rings\": [");
	while (fgets(line, sizeof(line), stdin)) {
		uint32_t product, subject;
		long day;

		if (sscanf(line, "%ld %" SCNu32 " %" SCNu32, &day, &product,
			&subject) != 3 ||
		    product >= PRODUCTS_MAX)
			die("line %" PRIu64 " is no DAY PRODUCT SUBJECT",
			    replay.reports + 1);
		report(&replay, day, product, subject);
	}
	printf("], \"streams\": %u, \"reports\": %" PRIu64
	       ", \"scored_reports\": %" PRIu64
	       ", \"weeks\": %u, \"prior\": [%.17g, %.17g, %.17g]}\n",
	    replay.ntracks, replay.reports, replay.scored,
	    exposure_weeks_before(&replay.category, UINT16_MAX),
	    replay.prior.a0, replay.prior.b0,
	    replay.prior.size > 0 ? 1 / replay.prior.size : 0);
	exposure_fini(&replay.category);
	free(replay.pulse);
	free(replay.track);
	return 0;
}
