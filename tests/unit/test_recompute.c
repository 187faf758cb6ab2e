/*
 * The score of the command is the detector's, though neither knows the other:
 * weeks of a stream as the detector closes them, and as an export shows them.
 */
#include "clients/cli/recompute.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/stream.h"
#include "daemon/core/detect/week.h"

enum { FIRST = 2900, WEEKS = 60, SINCE = FIRST + 13 };

struct rig {
	struct exposure category;
	struct pulse pulse;
	struct stream stream;
	struct stream_scene scene;
	struct stream_week week[WEEKS];
	struct stream_weeks shown;
};

static void
begin(struct rig *rig, double size)
{
	*rig = (struct rig){ 0 };
	rig->shown.week = rig->week;
	rig->scene.view = (struct exposure_view){ .category = &rig->category,
		.all = &rig->category,
		.own = &rig->pulse };
	rig->scene.prior =
	    (struct prior){ .a0 = .4, .b0 = 40, .size = size, .since = SINCE };
	pulse_roll(&rig->pulse, FIRST);
	stream_roll(&rig->stream, &rig->scene, FIRST);
}

static void
report(struct rig *rig, uint16_t week, uint16_t organisation)
{
	pulse_roll(&rig->pulse, week);
	stream_roll(&rig->stream, &rig->scene, week);
	stream_add(&rig->stream, organisation, WEIGHT_CASE);
	pulse_add(&rig->pulse, week, WEIGHT_CASE);
	assert_true(exposure_add(&rig->category, week, WEIGHT_CASE) == 0);
}

/* The week that is open becomes a row. */
static struct stream_week *
show(struct rig *rig, const struct stream_reading *reading)
{
	struct stream_week *week = &rig->week[rig->shown.count++];
	bool has_baseline = rig->stream.week >= SINCE;

	*week = (struct stream_week){
		.monday = week_first_day(rig->stream.week),
		.observed = reading->observed,
		.volume = reading->volume,
		.a = has_baseline ? reading->a : (double)NAN,
		.b = has_baseline ? reading->b : (double)NAN,
		.size = rig->scene.prior.size,
		.expected = reading->forecast.mean,
		.score = has_baseline ? reading->score : (double)NAN,
		.is_closed = rig->stream.flags & STREAM_FIRED,
	};
	return week;
}

/* So many weeks, in which others report 30 cases; more of ours from a week on.
 */
static void
live(struct rig *rig)
{
	for (unsigned t = 0; t < WEEKS; t++) {
		uint16_t week = (uint16_t)(FIRST + t);
		unsigned cases = t % 4 == 1 ? 1 : 0;
		struct stream_reading reading;

		if (t > 40)
			cases += 2 + t % 2;
		assert_true(
		    exposure_add(&rig->category, week, 30 * WEIGHT_CASE) == 0);
		pulse_roll(&rig->pulse, week);
		stream_roll(&rig->stream, &rig->scene, week);
		for (unsigned i = 0; i < cases; i++)
			report(rig, week, (uint16_t)(i + 1));
		/* As it will be closed: the volume of a week that is over. */
		stream_read(&rig->stream, &rig->scene, &reading);
		reading.volume = exposure_volume(&rig->scene.view, week);
		if (week >= SINCE) {
			reading.forecast = sre_forecast(reading.a, reading.b,
			    reading.volume, rig->scene.prior.size);
			reading.score = sre_score(rig->stream.evidence,
			    &reading.forecast, reading.observed);
		}
		if (week >= SINCE && reading.score >= log(1e4))
			stream_fire(&rig->stream);
		show(rig, &reading);
	}
}

static void
agrees(void **state)
{
	(void)state;
	static const double sizes[] = { HUGE_VAL, 1, .3 };

	for (unsigned i = 0; i < 3; i++) {
		struct rig rig;
		unsigned closed = 0;

		begin(&rig, sizes[i]);
		live(&rig);
		for (unsigned t = 0; t < WEEKS; t++)
			closed += rig.week[t].is_closed;
		assert_true(i > 0 || closed > 0);
		assert_true(recompute_difference(&rig.shown) < 1e-12);
		assert_true(isnan(recompute_score(&rig.shown, 5)));
		assert_true(fabs(recompute_score(&rig.shown, WEEKS - 1) -
				rig.week[WEEKS - 1].score) < 1e-12);
		exposure_fini(&rig.category);
	}
}

/* A check that cannot fail is none. */
static void
notices_what_differs(void **state)
{
	(void)state;
	struct rig rig;

	begin(&rig, HUGE_VAL);
	live(&rig);
	rig.week[30].observed += 1;
	assert_true(recompute_difference(&rig.shown) > 1e-3);
	rig.week[30].observed -= 1;
	rig.week[20].b *= 1 + 1e-7;
	assert_true(recompute_difference(&rig.shown) > 1e-9);
	exposure_fini(&rig.category);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees),
		cmocka_unit_test(notices_what_differs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
