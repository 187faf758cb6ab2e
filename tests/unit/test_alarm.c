#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/alarm.h"

enum { DAY = 20000 };

static const struct rule two_sources = { .name = "two",
	.id = 77,
	.version = 99,
	.window_days = 366,
	.sources = 2 };

static struct rule_counts
counts_of(uint32_t sources, enum severity severity, int32_t last)
{
	return (struct rule_counts){ .reports = sources,
		.cases = sources,
		.sources = sources,
		.organisations = 1,
		.severity = severity,
		.first = DAY - 300,
		.last = last };
}

/* What the rule finds of these counts. */
static enum alarm_change
step(struct alarm *alarm, const struct rule_counts *counts, int32_t today)
{
	const struct alarm_finding finding = { .counts = counts,
		.level = rule_is_met(&two_sources, counts) ? FINDING_RING
							   : FINDING_NOTHING };

	return alarm_step(alarm, &two_sources, &finding, today);
}

static void
test_milestones(void **state)
{
	static const uint32_t cases[][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 },
		{ 3, 3 }, { 4, 3 }, { 5, 5 }, { 9, 5 }, { 10, 10 }, { 19, 10 },
		{ 20, 20 }, { 30, 20 }, { 49, 20 }, { 50, 50 }, { 99, 50 },
		{ 100, 100 }, { 199, 100 }, { 200, 200 }, { 300, 200 },
		{ 500, 500 }, { 999, 500 }, { 1000, 1000 },
		{ 1999999999, 1000000000 }, { UINT32_MAX, 2000000000 } };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(alarm_milestone(cases[i][0]), cases[i][1]);
}

static void
test_raised_once(void **state)
{
	struct alarm alarm = { .id = 4, .product = 8, .mode = 2 };
	struct rule_counts counts = counts_of(1, SEVERITY_MINOR, DAY);

	(void)state;
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_NONE);
	assert_int_equal(alarm.status, ALARM_QUIET);
	assert_int_equal(alarm.episode, 0);

	counts = counts_of(2, SEVERITY_MINOR, DAY - 1);
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_RAISED);
	assert_int_equal(alarm.id, 4);
	assert_int_equal(alarm.product, 8);
	assert_int_equal(alarm.mode, 2);
	assert_int_equal(alarm.rule, 77);
	assert_int_equal(alarm.rule_version, 99);
	assert_int_equal(alarm.episode, 1);
	assert_int_equal(alarm.milestone, 2);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.severity, SEVERITY_MINOR);
	assert_int_equal(alarm.opened, DAY);
	assert_int_equal(alarm.last_filed, DAY - 1);
	assert_int_equal(alarm.sources_before, 0);

	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_NONE);
}

static void
test_rings_olog_n(void **state)
{
	struct alarm alarm = { 0 };
	unsigned rung = 0;

	(void)state;
	for (uint32_t sources = 1; sources <= 1000; sources++) {
		struct rule_counts counts =
		    counts_of(sources, SEVERITY_UNSTATED, DAY);

		rung += step(&alarm, &counts, DAY) != CHANGE_NONE;
	}
	/* 2 3 5 10 20 50 100 200 500 1000 */
	assert_int_equal(rung, 10);
}

static void
test_updates(void **state)
{
	static const struct {
		uint32_t sources;
		enum severity severity;
		enum alarm_change change;
		uint32_t milestone;
		enum severity announced;
	} steps[] = {
		{ 2, SEVERITY_UNSTATED, CHANGE_RAISED, 2, SEVERITY_UNSTATED },
		{ 2, SEVERITY_NONE, CHANGE_NONE, 2, SEVERITY_UNSTATED },
		{ 2, SEVERITY_DAMAGE, CHANGE_UPDATED, 2, SEVERITY_DAMAGE },
		{ 3, SEVERITY_DAMAGE, CHANGE_UPDATED, 3, SEVERITY_DAMAGE },
		{ 4, SEVERITY_DAMAGE, CHANGE_NONE, 3, SEVERITY_DAMAGE },
		/* Counts that fell, and came back, are no news. */
		{ 1, SEVERITY_NONE, CHANGE_NONE, 3, SEVERITY_DAMAGE },
		{ 3, SEVERITY_DAMAGE, CHANGE_NONE, 3, SEVERITY_DAMAGE },
		{ 0, SEVERITY_UNSTATED, CHANGE_NONE, 3, SEVERITY_DAMAGE },
		/* Both at once are one announcement. */
		{ 5, SEVERITY_FATAL, CHANGE_UPDATED, 5, SEVERITY_FATAL },
		{ 60, SEVERITY_FATAL, CHANGE_UPDATED, 50, SEVERITY_FATAL },
	};
	struct alarm alarm = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct rule_counts counts =
		    counts_of(steps[i].sources, steps[i].severity, DAY);

		assert_int_equal(step(&alarm, &counts, DAY), steps[i].change);
		assert_int_equal(alarm.milestone, steps[i].milestone);
		assert_int_equal(alarm.severity, steps[i].announced);
		assert_int_equal(alarm.status, ALARM_OPEN);
		assert_int_equal(alarm.episode, 1);
	}
}

static void
test_last_filed_follows(void **state)
{
	struct alarm alarm = { .status = ALARM_OPEN,
		.milestone = 3,
		.episode = 1,
		.last_filed = DAY };
	struct rule_counts counts = counts_of(3, SEVERITY_NONE, DAY + 5);

	(void)state;
	assert_int_equal(step(&alarm, &counts, DAY + 6), CHANGE_NONE);
	assert_int_equal(alarm.last_filed, DAY + 5);
	counts.last = DAY + 1;
	(void)step(&alarm, &counts, DAY + 6);
	assert_int_equal(alarm.last_filed, DAY + 5);
	/* Without a report, "last" says nothing. */
	counts = (struct rule_counts){ .last = DAY + 9 };
	(void)step(&alarm, &counts, DAY + 9);
	assert_int_equal(alarm.last_filed, DAY + 5);
}

static void
test_closes_when_quiet(void **state)
{
	struct alarm alarm = { .status = ALARM_OPEN, .last_filed = DAY };

	(void)state;
	assert_int_equal(alarm_age(&alarm, DAY + ALARM_QUIET_DAYS - 1),
	    CHANGE_NONE);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm_age(&alarm, DAY + ALARM_QUIET_DAYS),
	    CHANGE_CLOSED);
	assert_int_equal(alarm.status, ALARM_CLOSED);
	assert_int_equal(alarm_age(&alarm, DAY + ALARM_QUIET_DAYS),
	    CHANGE_NONE);
}

static void
test_next_episode(void **state)
{
	struct alarm alarm = { .status = ALARM_CLOSED,
		.episode = 1,
		.milestone = 20,
		.severity = SEVERITY_FATAL,
		.rule = 77,
		.rule_version = 5,
		.opened = DAY - 100,
		.last_filed = DAY - 60 };
	/* The window still holds what rang the first time. */
	struct rule_counts counts = counts_of(20, SEVERITY_FATAL, DAY - 60);

	(void)state;
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_NONE);
	assert_int_equal(alarm.status, ALARM_CLOSED);
	/* New, but not enough: nothing, and nothing remembered. */
	counts = counts_of(1, SEVERITY_MINOR, DAY - 1);
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_NONE);
	assert_int_equal(alarm.last_filed, DAY - 60);

	counts = counts_of(3, SEVERITY_MINOR, DAY - 1);
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_RAISED);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.episode, 2);
	assert_int_equal(alarm.milestone, 3);
	assert_int_equal(alarm.severity, SEVERITY_MINOR);
	assert_int_equal(alarm.rule_version, 99);
	assert_int_equal(alarm.opened, DAY);
	assert_int_equal(alarm.last_filed, DAY - 1);

	alarm.status = ALARM_CLOSED;
	alarm.episode = UINT16_MAX;
	counts.last = DAY;
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_RAISED);
	assert_int_equal(alarm.episode, UINT16_MAX);
}

/* What was withdrawn with its evidence is the same episode with it back. */
static void
test_withdrawn(void **state)
{
	struct rule_counts counts = counts_of(2, SEVERITY_NONE, DAY);
	const struct alarm_finding finding = { .counts = &counts,
		.level = FINDING_RING };
	struct alarm alarm = { .status = ALARM_OPEN,
		.public_status = ALARM_OPEN,
		.episode = 3,
		.last_filed = DAY };

	(void)state;
	alarm_withdraw(&alarm);
	assert_int_equal(alarm.status, ALARM_WITHDRAWN);
	assert_false(alarm_may_age(&alarm));
	assert_int_equal(step(&alarm, &counts, DAY), CHANGE_RAISED);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.episode, 3);
	alarm_withdraw(&alarm);
	alarm_recount(&alarm, &two_sources, &finding, DAY + 1);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.episode, 3);
	/* Long after, it is another one. */
	alarm_withdraw(&alarm);
	counts.last = DAY + ALARM_QUIET_DAYS;
	assert_int_equal(step(&alarm, &counts, counts.last), CHANGE_RAISED);
	assert_int_equal(alarm.episode, 4);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(alarm_status_name(ALARM_OPEN), "open");
	assert_string_equal(alarm_status_name(ALARM_WITHDRAWN), "withdrawn");
	assert_string_equal(alarm_change_name(CHANGE_RAISED), "raised");
	assert_string_equal(alarm_change_name(CHANGE_LEFT_FILTER),
	    "left_filter");
	for (int i = ALARM_QUIET; i <= ALARM_WITHDRAWN; i++)
		assert_int_equal(alarm_status_find(text_of(
				     alarm_status_name((enum alarm_status)i))),
		    i);
	for (int i = CHANGE_NONE; i <= CHANGE_LEFT_FILTER; i++)
		for (int j = CHANGE_NONE; j < i; j++)
			assert_string_not_equal(alarm_change_name(
						    (enum alarm_change)i),
			    alarm_change_name((enum alarm_change)j));
	assert_int_equal(alarm_status_find(TEXT("opened")), -1);
	assert_int_equal(alarm_status_find(TEXT("ope")), -1);
	assert_int_equal(alarm_status_find(TEXT("")), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_milestones),
		cmocka_unit_test(test_raised_once),
		cmocka_unit_test(test_rings_olog_n),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_last_filed_follows),
		cmocka_unit_test(test_closes_when_quiet),
		cmocka_unit_test(test_next_episode),
		cmocka_unit_test(test_withdrawn),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
