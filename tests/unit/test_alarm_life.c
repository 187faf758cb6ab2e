/*
 * The life cycle of an alert as tables: what each state makes of each finding,
 * and days of a life in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/alarm.h"

enum { DAY = 20000 };

static const struct rule rule = { .id = 7, .version = 9, .window_days = 28 };
static const struct rule statistic = { .id = 8,
	.version = 1,
	.basis = BASIS_STATISTIC,
	.window_days = 91 };

static struct rule_counts
counts_of(uint32_t sources, int32_t last)
{
	return (struct rule_counts){ .reports = sources,
		.cases = sources,
		.sources = sources,
		.organisations = 1,
		.first = DAY - 50,
		.last = last };
}

/* One that was published before, unless it is quiet; long open. */
static struct alarm
alarm_in(enum alarm_status status)
{
	struct alarm alarm = { .id = 1,
		.status = (uint8_t)status,
		.milestone = 3,
		.opened = DAY - 40,
		.last_filed = DAY - 5 };

	if (status == ALARM_QUIET)
		return alarm;
	alarm.episode = 1;
	alarm.is_hidden = status == ALARM_WATCH || status == ALARM_HELD;
	alarm.public_status =
	    alarm.is_hidden ? (uint8_t)ALARM_QUIET : (uint8_t)status;
	return alarm;
}

static void
test_every_state_and_finding(void **state)
{
	static const struct {
		enum alarm_status from;
		enum finding level;
		enum alarm_change change;
		enum alarm_status to;
		unsigned episode;
		bool is_hidden;
	} rows[] = {
		{ ALARM_QUIET, FINDING_NOTHING, CHANGE_NONE, ALARM_QUIET, 0,
		    false },
		{ ALARM_QUIET, FINDING_WATCH, CHANGE_WATCH, ALARM_WATCH, 1,
		    true },
		{ ALARM_QUIET, FINDING_HELD, CHANGE_HELD, ALARM_HELD, 1, true },
		{ ALARM_QUIET, FINDING_RING, CHANGE_RAISED, ALARM_OPEN, 1,
		    false },
		{ ALARM_WATCH, FINDING_NOTHING, CHANGE_NONE, ALARM_WATCH, 1,
		    true },
		{ ALARM_WATCH, FINDING_WATCH, CHANGE_NONE, ALARM_WATCH, 1,
		    true },
		{ ALARM_WATCH, FINDING_HELD, CHANGE_HELD, ALARM_HELD, 1, true },
		{ ALARM_WATCH, FINDING_RING, CHANGE_RAISED, ALARM_OPEN, 1,
		    false },
		{ ALARM_HELD, FINDING_NOTHING, CHANGE_NONE, ALARM_HELD, 1,
		    true },
		{ ALARM_HELD, FINDING_WATCH, CHANGE_NONE, ALARM_HELD, 1, true },
		{ ALARM_HELD, FINDING_HELD, CHANGE_NONE, ALARM_HELD, 1, true },
		{ ALARM_HELD, FINDING_RING, CHANGE_RELEASED, ALARM_OPEN, 1,
		    false },
		{ ALARM_OPEN, FINDING_NOTHING, CHANGE_NONE, ALARM_OPEN, 1,
		    false },
		{ ALARM_OPEN, FINDING_WATCH, CHANGE_NONE, ALARM_OPEN, 1,
		    false },
		{ ALARM_OPEN, FINDING_HELD, CHANGE_NONE, ALARM_OPEN, 1, false },
		{ ALARM_OPEN, FINDING_RING, CHANGE_NONE, ALARM_OPEN, 1, false },
		{ ALARM_SUBSIDING, FINDING_NOTHING, CHANGE_NONE,
		    ALARM_SUBSIDING, 1, false },
		{ ALARM_SUBSIDING, FINDING_HELD, CHANGE_NONE, ALARM_SUBSIDING,
		    1, false },
		{ ALARM_SUBSIDING, FINDING_RING, CHANGE_RAISED, ALARM_OPEN, 1,
		    false },
		{ ALARM_CLOSED, FINDING_NOTHING, CHANGE_NONE, ALARM_CLOSED, 1,
		    false },
		{ ALARM_CLOSED, FINDING_WATCH, CHANGE_WATCH, ALARM_WATCH, 2,
		    true },
		{ ALARM_CLOSED, FINDING_HELD, CHANGE_HELD, ALARM_HELD, 2,
		    true },
		{ ALARM_CLOSED, FINDING_RING, CHANGE_RAISED, ALARM_OPEN, 2,
		    false },
		{ ALARM_WITHDRAWN, FINDING_NOTHING, CHANGE_NONE,
		    ALARM_WITHDRAWN, 1, false },
		{ ALARM_WITHDRAWN, FINDING_HELD, CHANGE_HELD, ALARM_HELD, 1,
		    true },
		{ ALARM_WITHDRAWN, FINDING_RING, CHANGE_RAISED, ALARM_OPEN, 1,
		    false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alarm alarm = alarm_in(rows[i].from);
		struct rule_counts counts = counts_of(3, DAY);
		const struct alarm_finding finding = { .level = rows[i].level,
			.hold = HOLD_ONE_ORGANISATION,
			.counts = &counts };

		assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
		    rows[i].change);
		assert_int_equal(alarm.status, rows[i].to);
		assert_int_equal(alarm.episode, rows[i].episode);
		assert_int_equal(alarm.is_hidden, rows[i].is_hidden);
		if (rows[i].change == CHANGE_HELD)
			assert_int_equal(alarm.hold, HOLD_ONE_ORGANISATION);
	}
}

static void
test_subsides_with_hysteresis(void **state)
{
	static const struct {
		bool is_statistic;
		enum finding level;
		int32_t quiet, open;
		bool subsides;
	} rows[] = {
		{ false, FINDING_NOTHING, 27, 40, false },
		{ false, FINDING_NOTHING, 28, 27, false },
		{ false, FINDING_NOTHING, 28, 28, true },
		{ false, FINDING_WATCH, 28, 28, true },
		{ false, FINDING_HELD, 99, 99, false },
		{ false, FINDING_RING, 99, 99, false },
		{ true, FINDING_NOTHING, 55, 99, false },
		{ true, FINDING_NOTHING, 56, 99, true },
		{ true, FINDING_RING, 56, 99, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct rule *of =
		    rows[i].is_statistic ? &statistic : &rule;
		struct alarm alarm = alarm_in(ALARM_OPEN);
		struct rule_counts counts = counts_of(1, DAY);
		const struct alarm_finding finding = { .level = rows[i].level,
			.quiet_days = rows[i].quiet,
			.counts = &counts };

		alarm.basis = (uint8_t)of->basis;
		alarm.opened = DAY - rows[i].open;
		assert_int_equal(alarm_step(&alarm, of, &finding, DAY),
		    rows[i].subsides ? CHANGE_SUBSIDING : CHANGE_NONE);
		assert_int_equal(alarm.status,
		    rows[i].subsides ? ALARM_SUBSIDING : ALARM_OPEN);
	}
}

static void
test_regresses_once_a_remedy(void **state)
{
	struct rule_counts counts = counts_of(3, DAY);
	struct alarm_finding finding = { .level = FINDING_RING,
		.counts = &counts,
		.remedied = DAY - 2 };
	struct alarm alarm = alarm_in(ALARM_OPEN);

	(void)state;
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_REGRESSED);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.episode, 1);
	assert_int_equal(alarm.opened, DAY);
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY), CHANGE_NONE);
	finding.remedied = DAY - 1;
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_REGRESSED);

	alarm = alarm_in(ALARM_CLOSED);
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_REGRESSED);
	assert_int_equal(alarm.episode, 2);
	/* What nobody knew of cannot come back. */
	alarm = alarm_in(ALARM_QUIET);
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_RAISED);
	alarm = alarm_in(ALARM_HELD);
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_RELEASED);
	finding.level = FINDING_HELD;
	alarm = alarm_in(ALARM_OPEN);
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY), CHANGE_NONE);
}

/* What was never published ends without having been an episode. */
static void
test_hidden_ends_without_a_trace(void **state)
{
	static const enum alarm_status hidden[] = { ALARM_WATCH, ALARM_HELD };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct alarm alarm = alarm_in(ALARM_CLOSED);
		struct rule_counts counts = counts_of(3, DAY);
		struct alarm_finding finding = { .counts = &counts,
			.level = hidden[i] == ALARM_HELD ? FINDING_HELD
							 : FINDING_WATCH };

		(void)alarm_step(&alarm, &rule, &finding, DAY);
		assert_int_equal(alarm.episode, 2);
		assert_int_equal(alarm_age(&alarm, DAY + 55), CHANGE_NONE);
		assert_int_equal(alarm_age(&alarm, DAY + 56), CHANGE_CLOSED);
		assert_int_equal(alarm.status, ALARM_CLOSED);
		assert_int_equal(alarm.episode, 1);
		assert_int_equal(alarm.public_status, ALARM_CLOSED);
		assert_true(alarm.is_hidden);
		counts.last = DAY + 60;
		finding.level = FINDING_RING;
		assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY + 60),
		    CHANGE_RAISED);
		assert_int_equal(alarm.episode, 2);
		assert_false(alarm.is_hidden);
	}
}

/* A window holds 92; the group has heard of more. */
static void
test_milestones_beyond_the_window(void **state)
{
	struct alarm alarm = { 0 };
	struct rule_counts counts = counts_of(3, DAY);
	struct alarm_finding finding = { .level = FINDING_RING,
		.counts = &counts,
		.sources = 1003 };
	unsigned rung = 0;

	(void)state;
	/* A thousand sources before it rang are none of the episode's. */
	assert_int_equal(alarm_step(&alarm, &rule, &finding, DAY),
	    CHANGE_RAISED);
	assert_int_equal(alarm.sources_before, 1000);
	for (uint32_t sources = 4; sources <= 10000; sources++) {
		counts.sources = sources < 92 ? sources : 92;
		counts.is_at_least = sources > 92;
		finding.sources = 1000 + sources;
		rung += alarm_step(&alarm, &rule, &finding, DAY) != CHANGE_NONE;
	}
	/* 5 10 20 50 100 200 500 1000 2000 5000 10000 */
	assert_int_equal(rung, 11);
	assert_int_equal(alarm.milestone, 10000);
	assert_int_equal(alarm_sources(&alarm, &finding), 10000);
	/* Where the window holds all there is, nothing else counts. */
	counts.is_at_least = false;
	assert_int_equal(alarm_sources(&alarm, &finding), 92);
}

static void
test_audience(void **state)
{
	static const struct {
		bool is_hidden, is_muted;
		enum severity before, after;
		enum alarm_change change;
		enum alarm_audience audience;
	} rows[] = {
		{ false, false, 0, 0, CHANGE_UPDATED, AUDIENCE_ALL },
		{ true, false, 0, 0, CHANGE_HELD, AUDIENCE_TRUSTED },
		{ true, false, 0, SEVERITY_FATAL, CHANGE_COMMENTED,
		    AUDIENCE_TRUSTED },
		{ true, true, 0, SEVERITY_FATAL, CHANGE_HELD,
		    AUDIENCE_TRUSTED },
		{ false, true, 0, 0, CHANGE_UPDATED, AUDIENCE_LISTED },
		{ false, true, 0, 0, CHANGE_RAISED, AUDIENCE_LISTED },
		{ false, true, 0, 0, CHANGE_CLOSED, AUDIENCE_LISTED },
		{ false, true, 0, 0, CHANGE_MUTED, AUDIENCE_ALL },
		{ false, true, 0, 0, CHANGE_REGRESSED, AUDIENCE_ALL },
		{ false, true, 0, 0, CHANGE_WITHDRAWN, AUDIENCE_ALL },
		{ false, true, SEVERITY_MINOR, SEVERITY_MEDICAL, CHANGE_UPDATED,
		    AUDIENCE_LISTED },
		{ false, true, SEVERITY_MINOR, SEVERITY_SEVERE, CHANGE_UPDATED,
		    AUDIENCE_ALL },
		{ false, true, SEVERITY_SEVERE, SEVERITY_FATAL, CHANGE_UPDATED,
		    AUDIENCE_ALL },
		{ false, true, SEVERITY_FATAL, SEVERITY_FATAL, CHANGE_UPDATED,
		    AUDIENCE_LISTED },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct alarm before = { .severity =
						  (uint8_t)rows[i].before };
		const struct alarm after = { .severity = (uint8_t)rows[i].after,
			.is_hidden = rows[i].is_hidden,
			.muted_seq = rows[i].is_muted };

		assert_int_equal(alarm_audience(&before, &after,
				     rows[i].change),
		    rows[i].audience);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state_and_finding),
		cmocka_unit_test(test_subsides_with_hysteresis),
		cmocka_unit_test(test_regresses_once_a_remedy),
		cmocka_unit_test(test_hidden_ends_without_a_trace),
		cmocka_unit_test(test_milestones_beyond_the_window),
		cmocka_unit_test(test_audience),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
