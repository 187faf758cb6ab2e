/*
 * test_masking.c - flooding a category so that a product's own rise is not
 * seen: what it changes, and what it costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/detect/exposure.h"
#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/sre.h"

enum { PRODUCTS = 50, FIRST = 2900, QUIET_WEEKS = 30, A_WEEK = 2 };

/* A category whose products bring A_WEEK cases a week each. */
struct world {
	struct exposure category, all;
	struct pulse pulse[PRODUCTS];
	uint16_t week;
};

/* A report as the pipeline counts it towards the volume. */
static void
report(struct world *world, unsigned product)
{
	struct pulse *pulse = &world->pulse[product];
	uint16_t weight;

	pulse_roll(pulse, world->week);
	weight = pulse_allowed(pulse, WEIGHT_CASE);
	pulse_add(pulse, world->week, weight);
	assert_int_equal(exposure_add(&world->category, world->week, weight),
	    0);
	assert_int_equal(exposure_add(&world->all, world->week, WEIGHT_CASE),
	    0);
}

static void
quiet_week(struct world *world)
{
	world->week++;
	for (unsigned i = 0; i < PRODUCTS; i++)
		for (unsigned j = 0; j < A_WEEK; j++)
			report(world, i);
}

static struct world *
begin(void)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	world.week = FIRST;
	for (unsigned i = 0; i < QUIET_WEEKS; i++)
		quiet_week(&world);
	return &world;
}

static void
end(struct world *world)
{
	exposure_fini(&world->category);
	exposure_fini(&world->all);
}

/* V as product 0 is measured by it. */
static double
volume(struct world *world)
{
	const struct exposure_view view = { .category = &world->category,
		.all = &world->all,
		.own = &world->pulse[0] };

	pulse_roll(&world->pulse[0], world->week);
	return exposure_volume(&view, world->week);
}

static double
learnt(struct world *world)
{
	const struct exposure_view view = { .category = &world->category,
		.all = &world->all,
		.own = &world->pulse[0] };

	return exposure_learnt(&view, world->week);
}

static void
assert_near(double found, double expected)
{
	if (found < expected * .999 || found > expected * 1.001)
		fail_msg("%g is not %g", found, expected);
}

/* What is reported of the product itself does not hide it. */
static void
test_own_reports(void **state)
{
	struct world *world = begin();
	double before = volume(world);

	(void)state;
	assert_near(before, (PRODUCTS - 1) * A_WEEK + EXPOSURE_SHRINK);
	for (unsigned i = 0; i < 1000; i++)
		report(world, 0);
	assert_near(volume(world), before);
	end(world);
}

/* One product is four times as loud as it ever was, at most. */
static void
test_one_product(void **state)
{
	struct world *world = begin();
	double before = volume(world), known = learnt(world);

	(void)state;
	for (unsigned week = 0; week < EXPOSURE_MEAN_WEEKS; week++) {
		quiet_week(world);
		for (unsigned i = 0; i < 1000; i++)
			report(world, 1);
	}
	/* Its mean rises with it, so the last weeks may be louder. */
	assert_true(volume(world) < before * 1.2);
	assert_true(volume(world) > before);
	/* The baseline learns it, but as slowly as everything. */
	assert_true(learnt(world) < known * 1.25);
	end(world);
}

/* A product that nobody knows counts for four cases a week. */
static void
test_unknown_product(void **state)
{
	struct world *world = begin();
	uint32_t before;

	(void)state;
	world->week++;
	memset(&world->pulse[2], 0, sizeof(world->pulse[2]));
	before = exposure_weight(&world->category, world->week);
	for (unsigned i = 0; i < 1000; i++)
		report(world, 2);
	assert_int_equal(exposure_weight(&world->category, world->week) -
		before,
	    PULSE_RISE * WEIGHT_CASE);
	end(world);
}

/*
 * To double the volume, as many products as the category has must be flooded,
 * every week of four, with as many reports as are true.
 */
static void
test_the_cost_of_doubling(void **state)
{
	struct world *world = begin();
	double before = volume(world);
	unsigned sent = 0;

	(void)state;
	for (unsigned week = 0; week < EXPOSURE_MEAN_WEEKS; week++) {
		quiet_week(world);
		for (unsigned i = 1; i < PRODUCTS; i++)
			for (unsigned j = 0; j < A_WEEK; j++, sent++)
				report(world, i);
	}
	assert_near(volume(world), 2 * before - EXPOSURE_SHRINK);
	assert_int_equal(sent, EXPOSURE_MEAN_WEEKS * (PRODUCTS - 1) * A_WEEK);
	end(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_reports),
		cmocka_unit_test(test_one_product),
		cmocka_unit_test(test_unknown_product),
		cmocka_unit_test(test_the_cost_of_doubling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
