/* test_pacers.c - how often a reporter is heard, and who comes in bursts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/intake/bursts.h"
#include "daemon/intake/pacers.h"
#include "daemon/intake/timekeeper.h"

enum { DAY = 20781 };
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static struct pace
pace_of(const struct pacers *pacers, uint32_t source, int32_t day)
{
	const struct pacers_report report = { .source = source,
		.product = 3,
		.mode = 2,
		.day = day };
	struct pace pace;

	pacers_find(pacers, &report, &pace);
	return pace;
}

static void
add(struct pacers *pacers, uint32_t source, int32_t day, uint32_t product)
{
	const struct pacers_report report = { .source = source,
		.product = product,
		.mode = 2,
		.is_case = product != 4,
		.day = day };

	pacers_add(pacers, &report);
}

static void
test_thirty_days(void **state)
{
	struct pacers *pacers = pacers_new();
	struct pace pace;

	(void)state;
	assert_non_null(pacers);
	pacers_clear(pacers);
	for (int i = 0; i < 4; i++)
		add(pacers, 7, DAY + i, i == 1 ? 4 : 5);
	pace = pace_of(pacers, 7, DAY + 3);
	assert_int_equal(pace.cases, 3);
	assert_int_equal(pace.reports, 4);
	assert_false(pace.may_repeat);
	assert_int_equal(pace_of(pacers, 7, DAY + 29).reports, 4);
	assert_int_equal(pace_of(pacers, 7, DAY + 30).reports, 3);
	assert_int_equal(pace_of(pacers, 7, DAY + 33).reports, 0);
	assert_int_equal(pace_of(pacers, 8, DAY).reports, 0);
	for (int i = 0; i < 100; i++)
		add(pacers, 9, DAY, 5);
	assert_int_equal(pace_of(pacers, 9, DAY).reports, PACERS_REPORTS);
	assert_int_equal(pace_of(pacers, 9, DAY).cases, PACERS_REPORTS);
	add(pacers, 0, DAY, 5); /* nobody */
	assert_int_equal(pace_of(pacers, 0, DAY).reports, 0);
	pacers_free(pacers);
}

/* Of the same group: remembered for longer. */
static void
test_repeats(void **state)
{
	struct pacers *pacers = pacers_new();

	(void)state;
	assert_non_null(pacers);
	pacers_clear(pacers);
	add(pacers, 7, DAY, 3);
	add(pacers, 7, DAY + 60, 5);
	assert_true(pace_of(pacers, 7, DAY + 60).may_repeat);
	assert_int_equal(pace_of(pacers, 7, DAY + 60).reports, 1);
	assert_true(pace_of(pacers, 7, DAY + PACERS_MEMORY_DAYS).may_repeat);
	assert_false(
	    pace_of(pacers, 7, DAY + PACERS_MEMORY_DAYS + 1).may_repeat);
	/* Days far apart, and a clock that went back. */
	add(pacers, 7, DAY + 100000, 3);
	assert_int_equal(pace_of(pacers, 7, DAY + 100000).reports, 1);
	add(pacers, 7, DAY, 5);
	assert_int_equal(pace_of(pacers, 7, DAY).reports, 2);
	pacers_free(pacers);
}

/* A crowd pushes out who was quiet for longest, not who came just now. */
static void
test_a_crowd(void **state)
{
	struct pacers *pacers = pacers_new();
	unsigned kept = 0;

	(void)state;
	assert_non_null(pacers);
	pacers_clear(pacers);
	for (uint32_t i = 1; i <= 2 * PACERS_REPORTERS; i++)
		add(pacers, i, DAY + (int32_t)(i >> 14), 5);
	for (uint32_t i = 1; i <= PACERS_REPORTERS; i++)
		kept += pace_of(pacers, 2 * PACERS_REPORTERS + 1 - i,
			    DAY + (2 * PACERS_REPORTERS >> 14))
			    .reports > 0;
	assert_true(kept > PACERS_REPORTERS * 9 / 10);
	pacers_free(pacers);
}

static void
test_bursts(void **state)
{
	struct bursts *bursts = bursts_new();
	int64_t now = INT64_C(1795510800000);

	(void)state;
	assert_non_null(bursts);
	for (int i = 0; i < 4; i++)
		bursts_add(bursts, 5, now + i);
	assert_int_equal(bursts_until(bursts, 5, now + 4), 0);
	/* The fifth is a day too late, the sixth is not. */
	bursts_add(bursts, 5, now + DAY_MS + 1);
	assert_int_equal(bursts_until(bursts, 5, now + DAY_MS + 1), 0);
	now += DAY_MS;
	for (int i = 0; i < 5; i++)
		bursts_add(bursts, 6, now + i);
	assert_int_equal(bursts_until(bursts, 6, now + 5),
	    now + 4 + BURSTS_HOLD_MS);
	assert_int_equal(bursts_until(bursts, 5, now + 5), 0);
	assert_int_equal(bursts_ended(bursts, now + 5), 0);
	/* More of them do not make it longer. */
	for (int i = 0; i < 10; i++)
		bursts_add(bursts, 6, now + 2 * DAY_MS + i);
	now += 4 + BURSTS_HOLD_MS;
	assert_true(bursts_until(bursts, 6, now - 1) > 0);
	assert_int_equal(bursts_until(bursts, 6, now), 0);
	assert_int_equal(bursts_ended(bursts, now), 6);
	assert_int_equal(bursts_ended(bursts, now), 0);
	for (int i = 0; i < 10; i++)
		bursts_add(bursts, 6, now + i);
	assert_int_equal(bursts_until(bursts, 6, now + 10), 0);
	now += BURSTS_REST_MS;
	for (int i = 0; i < 5; i++)
		bursts_add(bursts, 6, now + i);
	assert_true(bursts_until(bursts, 6, now + 10) > 0);
	bursts_free(bursts);
}

/* Of more products than are remembered the newest are. */
static void
test_many_products(void **state)
{
	struct bursts *bursts = bursts_new();
	int64_t now = INT64_C(1795510800000);

	(void)state;
	assert_non_null(bursts);
	for (uint32_t i = 1; i <= 3 * BURSTS_PRODUCTS; i++)
		for (int j = 0; j < BURSTS_ECHOES; j++)
			bursts_add(bursts, i, now + i);
	assert_int_equal(bursts_until(bursts, 1, now + DAY_MS), 0);
	assert_true(
	    bursts_until(bursts, 3 * BURSTS_PRODUCTS, now + DAY_MS) > 0);
	for (unsigned i = 0; i < BURSTS_PRODUCTS; i++)
		assert_true(bursts_ended(bursts, now + 5 * DAY_MS) > 0);
	assert_int_equal(bursts_ended(bursts, now + 5 * DAY_MS), 0);
	bursts_free(bursts);
}

static int64_t
ask(struct timekeeper *keeper, int64_t wall, int64_t monotonic, int64_t newest)
{
	const struct timekeeper_clocks clocks = { wall, monotonic, newest };

	return timekeeper_ask(keeper, &clocks);
}

static void
test_clock(void **state)
{
	const int64_t now = INT64_C(1795510800000), year = 365 * DAY_MS;
	struct timekeeper keeper = { 0 };

	(void)state;
	assert_int_equal(ask(&keeper, now, 50, 0), now);
	assert_false(keeper.is_ahead || keeper.is_behind);
	/* A little back: time stands still. */
	assert_int_equal(ask(&keeper, now - 5, 51, now), now);
	assert_false(keeper.is_behind);
	/* Ten years ahead: not believed, time goes on. */
	assert_int_equal(ask(&keeper, now + 10 * year, 61, now), now + 5);
	assert_true(keeper.is_ahead);
	assert_int_equal(ask(&keeper, now + 10 * year + 9, 71, now + 5),
	    now + 15);
	assert_true(keeper.is_ahead);
	/* And right again. */
	assert_int_equal(ask(&keeper, now + 40, 81, now + 15), now + 40);
	assert_false(keeper.is_ahead);
	/* Some weeks are no leap: a machine that slept. */
	assert_int_equal(ask(&keeper, now + 50 * DAY_MS, 91, now + 40),
	    now + 50 * DAY_MS);
	/* Far back, and right again: that is no leap either. */
	assert_int_equal(ask(&keeper, now - 10 * year, 92, now + 50 * DAY_MS),
	    now + 50 * DAY_MS);
	assert_true(keeper.is_behind);
	assert_int_equal(ask(&keeper, now + 51 * DAY_MS, 93, now + 50 * DAY_MS),
	    now + 51 * DAY_MS);
	assert_false(keeper.is_behind || keeper.is_ahead);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thirty_days),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_a_crowd),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_many_products),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
