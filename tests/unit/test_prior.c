/* Priors: what is known of many streams is what they were drawn from. */
#include "daemon/core/detect/prior.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "daemon/core/detect/stream.h"

enum { FIRST = 2900, CASES = 995, VOLUME = CASES + EXPOSURE_SHRINK };

/* A category whose others report the same every week. */
static void
fill(struct exposure *category)
{
	for (unsigned i = 0; i < STREAM_WEEKS; i++)
		assert_true(exposure_add(category, (uint16_t)(FIRST + i),
				CASES * WEIGHT_CASE) == 0);
}

/* Splitmix64, to a share of 1. */
static double
dice(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return ((double)((mixed ^ mixed >> 31) >> 11) + .5) * 0x1p-53;
}

static int
poisson(uint64_t *state, double mean)
{
	double left = exp(-mean), product = dice(state);
	int count = 0;

	for (; product > left; product *= dice(state))
		count++;
	return count;
}

/*
 * Rates are exponential (gamma of shape 1); with `is_spread` each week's mean
 * is, too (size 1).  Streams that never report are not added.
 */
static void
draw(struct prior_sums *sums, const struct exposure *category, double mean,
    bool is_spread)
{
	struct exposure own = *category;
	struct exposure_view view = { &own, category, NULL };
	uint64_t state = 5;

	for (unsigned i = 0; i < 20000; i++) {
		struct stream stream = { .week = FIRST + STREAM_WEEKS };
		double rate = -log(dice(&state)) * mean;
		int sum = 0;

		for (unsigned t = 0; t < STREAM_WEEKS; t++) {
			double now = is_spread ? -log(dice(&state)) : 1;
			int cases = poisson(&state, rate * now);

			sum += cases;
			stream_learn(&stream, (uint16_t)(FIRST + t),
			    cases * WEIGHT_CASE);
		}
		if (sum)
			prior_add(sums, &stream, &view, FIRST + STREAM_WEEKS);
	}
}

static void
check_prior(const struct prior_sums *sums, double mean)
{
	struct prior prior = { .since = 7 };

	assert_true(prior_solve(sums, &prior));
	assert_true(fabs(prior.a0 - 1) < .15);
	assert_true(fabs(prior.a0 / prior.b0 * VOLUME / mean - 1) < .06);
	assert_true(prior.since == 7);
}

static void
finds_what_was_drawn(void **state)
{
	(void)state;
	struct exposure category = { 0 };
	struct prior_sums sums = { 0 };
	struct prior prior = { 0 };

	fill(&category);
	draw(&sums, &category, .1, false);
	/* Rare: a quarter of the products is silent. */
	assert_true(sums.streams < 16000);
	check_prior(&sums, .1);
	assert_true(prior_solve(&sums, &prior) && prior.size > 8);
	sums = (struct prior_sums){ 0 };
	draw(&sums, &category, 1, true);
	check_prior(&sums, 1);
	assert_true(prior_solve(&sums, &prior));
	assert_true(fabs(prior.size - 1) < .1);
	exposure_fini(&category);
}

static void
sums_merge(void **state)
{
	(void)state;
	struct exposure category = { 0 };
	struct prior_sums one = { 0 }, two = { 0 };
	struct prior a, b;

	fill(&category);
	draw(&one, &category, .3, false);
	draw(&two, &category, .3, false);
	assert_true(memcmp(&one, &two, sizeof(one)) == 0);
	prior_merge(&two, &one);
	assert_true(two.streams == 2 * one.streams);
	assert_true(prior_solve(&one, &a) && prior_solve(&two, &b));
	assert_true(fabs(a.a0 - b.a0) < 1e-9 && fabs(a.b0 / b.b0 - 1) < 1e-9);
	exposure_fini(&category);
}

/* The week that the stream has open may be over already. */
static void
knows_the_last_week(void **state)
{
	(void)state;
	struct exposure category = { 0 };
	struct exposure_view view = { &category, &category, NULL };
	struct prior_sums sums = { 0 };
	struct stream stream = { .week = FIRST + 4 };

	fill(&category);
	for (uint16_t i = 1; i <= 3; i++)
		stream_add(&stream, i, WEIGHT_CASE);
	prior_add(&sums, &stream, &view, FIRST + 4);
	assert_true(sums.streams == 0);
	prior_add(&sums, &stream, &view, FIRST + 20);
	assert_true(sums.streams == 1 && sums.cases == 3);
	assert_true(sums.weeks == 20);
	exposure_fini(&category);
}

static void
needs_enough(void **state)
{
	(void)state;
	struct prior prior = { .a0 = 3 };
	struct prior_sums sums = { .streams = PRIOR_STREAMS_MIN,
		.cases = PRIOR_CASES_MIN - 1,
		.weeks = 1,
		.exposure = 1,
		.rate = 1 };

	assert_false(prior_solve(&sums, &prior));
	assert_true(prior.a0 == 3);
	sums.cases++;
	/* All rates alike. */
	assert_true(prior_solve(&sums, &prior));
	assert_true(prior.a0 == 2 && prior.b0 == 20 && isinf(prior.size));
	/* More spread than there is a size for. */
	sums.extra = 1;
	sums.spread = -1;
	sums.square = 1e-9;
	assert_true(prior_solve(&sums, &prior));
	assert_true(prior.size == .02);
	assert_true(isfinite(prior.a0) && isfinite(prior.b0) && prior.b0 > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_drawn),
		cmocka_unit_test(sums_merge),
		cmocka_unit_test(knows_the_last_week),
		cmocka_unit_test(needs_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
