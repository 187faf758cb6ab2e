/* test_trigger.c - the statistic from its first week to an alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/core/detect/week.h"
#include "daemon/core/statistic.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/estimate.h"
#include "daemon/intake/trigger.h"
#include "tests/unit/intake_rig.h"

enum { BRANDS = 40, MODES = 3, ORGANISATIONS = 3 };

struct world {
	struct rig rig;
	struct statistic *statistic;
	unsigned id, week;
	uint64_t random;
	unsigned estimates, rung;
	struct alarm last; /* that rang */
	enum alarm_change change;
	char basis[16], rule[64];
	double score, threshold, observed, expected;
};

static unsigned
draw(struct world *world, unsigned below)
{
	world->random = world->random * UINT64_C(6364136223846793005) + 1;
	return (unsigned)(world->random >> 33) % below;
}

static double
number_in(const struct value *map, const char *key)
{
	struct value found = { 0 };

	if (!value_find(map, key, &found))
		return -1;
	return found.kind == VALUE_FLOAT ? found.as.real
					 : (double)found.as.uint;
}

static void
take_notices(struct world *world)
{
	struct intake *intake = &world->rig.intake;

	while (intake->notices) {
		struct alert_notice *notice = intake->notices;
		struct record_alert record;
		struct value map, evidence;

		assert_true(record_alert_read(notice->event.header, &record));
		assert_true(value_of(record.alert, &map));
		world->rung++;
		world->change = (enum alarm_change)notice->change;
		world->last = record.alarm;
		snprintf(world->basis, sizeof(world->basis), "%.*s",
		    (int)value_find_text(&map, "basis").len,
		    value_find_text(&map, "basis").at);
		assert_true(value_find(&map, "evidence", &evidence));
		world->score = number_in(&evidence, "score");
		world->threshold = number_in(&evidence, "threshold");
		world->observed = number_in(&evidence, "observed");
		world->expected = number_in(&evidence, "expected");
		intake->notices = notice->next;
		free(notice);
	}
	intake->last_notice = &intake->notices;
}

static struct decision
report(struct world *world, unsigned brand, unsigned mode, int filed_ago)
{
	const struct spec spec = { .id = world->id++,
		.brand = brand,
		.mode = mode,
		.source = world->id,
		.organisation = draw(world, ORGANISATIONS),
		.filed_ago = filed_ago };
	struct decision decision = rig_submit(&world->rig, &spec);

	take_notices(world);
	return decision;
}

/* The job, without its threads. */
static void
estimate(struct world *world)
{
	struct estimate estimate = { 0 };
	struct store_fault fault = { 0 };

	rig_append(&world->rig);
	if (!estimate_is_due(&world->rig.intake, &estimate))
		return;
	assert_int_equal(replay_settle(world->rig.store, &fault), STORE_OK);
	assert_int_equal(estimate_gather(&estimate), STORE_OK);
	assert_true(estimate.count > 0);
	estimate_take(&world->rig.intake, &estimate, 0, estimate.count);
	estimate_fini(&estimate);
	rig_append(&world->rig);
	world->estimates++;
}

static void
begin_week(struct world *world)
{
	rig_set_day(&world->rig, (int)world->week++ * 7);
	estimate(world);
}

static void
begin(struct world *world, void **state)
{
	*world = (struct world){ .random = 7 };
	rig_init(&world->rig, *state);
	world->statistic = statistic_new(world->rig.vocabulary);
	assert_non_null(world->statistic);
	world->statistic->per_week = 1;
	world->statistic->floor = 1000;
	world->statistic->severe_weight = 10;
	world->rig.criteria.statistic = world->statistic;
	rig_open(&world->rig);
	intake_open_frame(&world->rig.intake);
	(void)intake_unstated(&world->rig.intake);
	rig_append(&world->rig);
}

static void
end(struct world *world)
{
	rig_verify(&world->rig);
	rig_fini(&world->rig);
	free(world->statistic);
}

/* A week in which nothing happens. */
static void
quiet_week(struct world *world)
{
	begin_week(world);
	for (unsigned i = 0; i < 45; i++) {
		unsigned mode = draw(world, MODES);

		(void)report(world, 1 + draw(world, BRANDS), mode, 0);
	}
}

/* Nothing rings before there is a prior, and a defect does soon after. */
static void
test_defect(void **state)
{
	static struct world world;
	struct decision decision = { 0 };
	unsigned weeks = 0;

	begin(&world, state);
	for (unsigned i = 0; i < 13; i++) {
		quiet_week(&world);
		for (unsigned j = 0; i > 5 && j < 10; j++)
			(void)report(&world, 3, 1, 0);
	}
	assert_int_equal(world.estimates, 0);
	assert_int_equal(world.rung, 0);
	quiet_week(&world);
	assert_int_equal(world.estimates, 1);
	for (unsigned i = 0; i < 6; i++)
		quiet_week(&world);
	assert_int_equal(world.estimates, 7);
	world.rung = 0;
	while (!world.rung && weeks++ < 8) {
		quiet_week(&world);
		assert_int_equal(world.rung, 0);
		for (unsigned i = 0; i < 4 && !world.rung; i++)
			decision = report(&world, 5, 2, 0);
	}
	/* Watched first, then raised by the very report. */
	for (unsigned i = 0; i < 9 && world.change != CHANGE_RAISED; i++)
		decision = report(&world, 5, 2, 0);
	assert_int_equal(world.change, CHANGE_RAISED);
	assert_int_equal(world.last.product, decision.product);
	assert_int_equal(world.last.mode, decision.mode);
	assert_string_equal(world.basis, "statistic");
	assert_true(world.score >= world.threshold);
	assert_true(world.threshold >= 6.9 && world.threshold < 8);
	assert_true(world.observed > 2 * world.expected);
	/* It rings once: its evidence began anew. */
	world.rung = 0;
	(void)report(&world, 5, 2, 0);
	assert_int_equal(world.rung, 0);
	end(&world);
}

/* History counts towards the first weeks, and rings nothing. */
static void
test_history(void **state)
{
	static struct world world;

	begin(&world, state);
	for (int ago = 150 * 7; ago > 40; ago -= 7)
		for (unsigned i = 0; i < 6; i++) {
			int back = ago - (int)draw(&world, 5);
			unsigned mode = draw(&world, MODES);

			(void)report(&world, 1 + draw(&world, BRANDS), mode,
			    back);
		}
	for (unsigned i = 0; i < 12; i++)
		(void)report(&world, 7, 1, 50 + (int)draw(&world, 40));
	assert_int_equal(world.rung, 0);
	estimate(&world);
	assert_int_equal(world.estimates, 1);
	quiet_week(&world);
	assert_int_equal(world.rung, 0);
	for (unsigned i = 0; i < 40 && world.change != CHANGE_RAISED; i++)
		(void)report(&world, 9, 2, 0);
	assert_int_equal(world.change, CHANGE_RAISED);
	end(&world);
}

/* 0 turns it off. */
static void
test_off(void **state)
{
	static struct world world;

	begin(&world, state);
	world.statistic->per_week = 0;
	for (unsigned i = 0; i < 16; i++)
		quiet_week(&world);
	for (unsigned i = 0; i < 40; i++)
		(void)report(&world, 9, 2, 0);
	assert_int_equal(world.rung, 0);
	end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_defect),
		IN_DIR(test_history),
		IN_DIR(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
