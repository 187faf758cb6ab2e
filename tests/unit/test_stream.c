/* Streams: what is learnt, what is scored, what rings; and their extremes. */
#include "daemon/core/detect/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/week.h"

enum { FIRST = 2900 };

/* A category in which others report the same number of cases every week. */
struct rig {
	struct exposure category;
	struct pulse pulse;
	struct stream stream;
	struct stream_scene scene;
};

static void
begin(struct rig *rig, unsigned weeks, uint32_t cases)
{
	*rig = (struct rig){ 0 };
	for (unsigned i = 0; i < weeks; i++)
		assert_true(exposure_add(&rig->category, (uint16_t)(FIRST + i),
				(int32_t)(cases * WEIGHT_CASE)) == 0);
	rig->scene.view = (struct exposure_view){ .category = &rig->category,
		.all = &rig->category,
		.own = &rig->pulse };
	rig->scene.prior = (struct prior){ .a0 = .5,
		.b0 = .5 / .3 * 35,
		.size = HUGE_VAL,
		.since = FIRST };
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

/* The recursion, written down once more. */
static void
steps_as_written(void **state)
{
	(void)state;
	struct rig rig;
	struct stream_reading reading;
	double m[SRE_RATIOS] = { 0 }, learnt = 0, b = 0;

	begin(&rig, 8, 30);
	for (unsigned t = 0; t < 8; t++) {
		unsigned x = t % 3 == 1 ? 2 : 0;
		double mean, size, sum = 0;

		for (unsigned i = 0; i < x; i++)
			report(&rig, (uint16_t)(FIRST + t), (uint16_t)(i + 1));
		mean = 35 * (.5 + learnt) / (.5 / .3 * 35 + b);
		size = .5 + learnt;
		for (unsigned r = 0; r < SRE_RATIOS; r++) {
			double log_ratio = x * log(sre_ratios[r]) +
			    (x + size) *
				(log(size + mean) -
				    log(size + sre_ratios[r] * mean));

			m[r] = (1 + m[r]) * exp(log_ratio);
			sum += m[r];
		}
		if (x) {
			stream_read(&rig.stream, &rig.scene, &reading);
			assert_true(fabs(reading.score - log(sum / 4)) < 1e-9);
			assert_true(fabs(reading.forecast.mean - mean) < 1e-9);
			assert_true(reading.observed == x && reading.is_scored);
		}
		learnt = learnt * SRE_RHO + x;
		b = b * SRE_RHO + 35;
	}
	stream_roll(&rig.stream, &rig.scene, FIRST + 8);
	assert_true(fabs(rig.stream.learnt - learnt) < 1e-9);
	assert_true(stream_recent(&rig.stream, FIRST + 4) == 2);
	assert_true(stream_recent(&rig.stream, FIRST + 5) == 0);
	exposure_fini(&rig.category);
}

static void
fires_once_a_week(void **state)
{
	(void)state;
	struct rig rig;
	struct stream_reading reading;
	unsigned fired = 0;

	begin(&rig, 4, 30);
	for (unsigned i = 0; i < 40; i++) {
		report(&rig, FIRST + 3, (uint16_t)(i % 4));
		stream_read(&rig.stream, &rig.scene, &reading);
		if (reading.is_scored && reading.score >= log(1e4)) {
			stream_fire(&rig.stream);
			fired++;
		}
	}
	assert_true(fired == 1);
	stream_roll(&rig.stream, &rig.scene, FIRST + 4);
	for (unsigned r = 0; r < SRE_RATIOS; r++)
		assert_true(rig.stream.evidence[r] == 0);
	/* Poison in a baseline comes slowly. */
	assert_true(rig.stream.learnt < 12);
	exposure_fini(&rig.category);
}

static void
caps_an_organisation(void **state)
{
	(void)state;
	struct rig rig;

	begin(&rig, 1, 30);
	for (unsigned i = 0; i < 50; i++)
		report(&rig, FIRST, 7);
	assert_true(stream_observed(&rig.stream, false) == 1);
	assert_true(stream_observed(&rig.stream, true) == 50);
	report(&rig, FIRST, 8);
	assert_true(stream_observed(&rig.stream, false) == 3);
	stream_take(&rig.stream, 8, WEIGHT_CASE);
	assert_true(stream_observed(&rig.stream, false) == 1);
	for (uint16_t i = 10; i < 30; i++)
		report(&rig, FIRST, i);
	/* 10 to 14 one each; then the rest, 15, as one; then all of 7. */
	assert_true(stream_observed(&rig.stream, false) == 23);
	exposure_fini(&rig.category);
}

/* Two events at once, each seen by an organisation of its own. */
static void
caps_two_organisations(void **state)
{
	(void)state;
	struct rig rig;

	begin(&rig, 1, 30);
	for (unsigned i = 0; i < 9; i++)
		report(&rig, FIRST, (uint16_t)(7 + i % 2));
	assert_true(stream_observed(&rig.stream, false) == 3);
	exposure_fini(&rig.category);
}

/* What a product's streams are credited with of the years before it. */
static void
credits_half_a_year(void **state)
{
	(void)state;
	struct rig rig;
	struct pulse late = { 0 };
	struct exposure_view view;
	double sum = 0;

	begin(&rig, 120, 30);
	view = rig.scene.view;
	view.own = &late;
	pulse_roll(&late, FIRST + 100);
	for (unsigned i = 0; i < EXPOSURE_CREDIT_WEEKS + 10; i++)
		sum = sum * SRE_RHO + 30 + EXPOSURE_SHRINK;
	assert_true(fabs(exposure_learnt(&view, FIRST + 110) - sum) < 1e-6);
	/* It was there before: a report of then is told of. */
	pulse_add(&late, FIRST + 50, WEIGHT_CASE);
	assert_true(late.first == FIRST + 50);
	assert_true(exposure_learnt(&view, FIRST + 110) > sum);
	assert_true(exposure_learnt(&rig.scene.view, FIRST + 110) > sum);
	exposure_fini(&rig.category);
}

/* Years in which nobody reported anything are no evidence of anything. */
static void
skips_what_nobody_saw(void **state)
{
	(void)state;
	struct rig rig;
	struct stream_reading before, after;

	begin(&rig, 4, 30);
	report(&rig, FIRST + 3, 1);
	stream_roll(&rig.stream, &rig.scene, FIRST + 4);
	pulse_roll(&rig.pulse, FIRST + 4);
	stream_read(&rig.stream, &rig.scene, &before);
	stream_roll(&rig.stream, &rig.scene, FIRST + 524);
	pulse_roll(&rig.pulse, FIRST + 524);
	stream_read(&rig.stream, &rig.scene, &after);
	for (unsigned r = 0; r < SRE_RATIOS; r++)
		assert_true(isfinite(rig.stream.evidence[r]));
	assert_true(after.score < before.score + 1);
	report(&rig, FIRST + 524, 1);
	stream_read(&rig.stream, &rig.scene, &after);
	assert_true(isfinite(after.score) && after.score < log(1e3));
	exposure_fini(&rig.category);
}

static void
history_is_learnt_and_taken_back(void **state)
{
	(void)state;
	struct rig rig;
	struct stream was;

	begin(&rig, 40, 30);
	stream_roll(&rig.stream, &rig.scene, FIRST + 39);
	was = rig.stream;
	stream_learn(&rig.stream, FIRST + 20, 3 * WEIGHT_CASE);
	assert_true(fabs(rig.stream.learnt - 3 * pow(SRE_RHO, 18)) < 1e-12);
	assert_true(stream_recent(&rig.stream, FIRST + 20) == 3);
	assert_true(memcmp(was.evidence, rig.stream.evidence,
			sizeof(was.evidence)) == 0);
	stream_learn(&rig.stream, FIRST + 20, -3 * WEIGHT_CASE);
	assert_true(fabs(rig.stream.learnt) < 1e-12);
	assert_true(stream_recent(&rig.stream, FIRST + 20) == 0);
	stream_learn(&rig.stream, FIRST + 20, -3 * WEIGHT_CASE);
	assert_true(rig.stream.learnt == 0);
	exposure_fini(&rig.category);
}

static void
stays_finite_at_the_extremes(void **state)
{
	(void)state;
	static const struct prior priors[] = {
		{ 1e-300, 1e300, 1e-300, FIRST },
		{ 1e300, 1e-300, HUGE_VAL, FIRST },
		{ .5, 1e-12, .02, FIRST },
	};

	for (unsigned i = 0; i < sizeof(priors) / sizeof(*priors); i++) {
		struct rig rig;
		struct stream_reading reading;

		begin(&rig, 2, 100000000);
		rig.scene.prior = priors[i];
		for (unsigned k = 0; k < 3000; k++)
			stream_add(&rig.stream, (uint16_t)(k % 9), UINT16_MAX);
		stream_read(&rig.stream, &rig.scene, &reading);
		assert_true(!isnan(reading.score) && reading.score < 1e6);
		stream_roll(&rig.stream, &rig.scene, UINT16_MAX);
		assert_true(isfinite(rig.stream.learnt));
		for (unsigned r = 0; r < SRE_RATIOS; r++)
			assert_true(isfinite(rig.stream.evidence[r]));
		exposure_fini(&rig.category);
	}
}

static void
weeks_begin_on_monday(void **state)
{
	(void)state;
	assert_true(week_of_day(3) == 0 && week_of_day(4) == 1);
	assert_true(week_first_day(week_of_day(20781)) == 20780);
	assert_true(week_of_day(-100) == 0);
	assert_true(week_of_day(INT32_MAX) == UINT16_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_as_written),
		cmocka_unit_test(fires_once_a_week),
		cmocka_unit_test(caps_an_organisation),
		cmocka_unit_test(caps_two_organisations),
		cmocka_unit_test(credits_half_a_year),
		cmocka_unit_test(skips_what_nobody_saw),
		cmocka_unit_test(history_is_learnt_and_taken_back),
		cmocka_unit_test(stays_finite_at_the_extremes),
		cmocka_unit_test(weeks_begin_on_monday),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
