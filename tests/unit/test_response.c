#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/alarm_totals.h"
#include "daemon/core/response.h"

enum { DAY = 20000, SEQ = 77 };

static struct alarm
alarm_in(enum alarm_status status)
{
	return (struct alarm){ .id = 1,
		.episode = 1,
		.status = (uint8_t)status,
		.is_hidden = status == ALARM_WATCH || status == ALARM_HELD };
}

/* Which response each state takes, and the state after it. */
static void
test_what_may_be(void **state)
{
	static const struct {
		enum response_kind kind;
		enum alarm_status from;
		enum alarm_change change;
		enum alarm_status to;
	} rows[] = {
		{ RESPONSE_JUDGE, ALARM_OPEN, CHANGE_JUDGED, ALARM_OPEN },
		{ RESPONSE_JUDGE, ALARM_CLOSED, CHANGE_JUDGED, ALARM_CLOSED },
		{ RESPONSE_JUDGE, ALARM_HELD, CHANGE_NONE, ALARM_HELD },
		{ RESPONSE_MUTE, ALARM_OPEN, CHANGE_MUTED, ALARM_OPEN },
		{ RESPONSE_MUTE, ALARM_WATCH, CHANGE_NONE, ALARM_WATCH },
		{ RESPONSE_UNMUTE, ALARM_OPEN, CHANGE_NONE, ALARM_OPEN },
		{ RESPONSE_ACKNOWLEDGE, ALARM_HELD, CHANGE_ACKNOWLEDGED,
		    ALARM_HELD },
		{ RESPONSE_COMMENT, ALARM_WATCH, CHANGE_COMMENTED,
		    ALARM_WATCH },
		{ RESPONSE_CONFIRM, ALARM_HELD, CHANGE_RELEASED, ALARM_OPEN },
		{ RESPONSE_CONFIRM, ALARM_WATCH, CHANGE_NONE, ALARM_WATCH },
		{ RESPONSE_CONFIRM, ALARM_OPEN, CHANGE_NONE, ALARM_OPEN },
		{ RESPONSE_CLOSE, ALARM_OPEN, CHANGE_CLOSED, ALARM_CLOSED },
		{ RESPONSE_CLOSE, ALARM_SUBSIDING, CHANGE_CLOSED,
		    ALARM_CLOSED },
		{ RESPONSE_CLOSE, ALARM_HELD, CHANGE_CLOSED, ALARM_CLOSED },
		{ RESPONSE_CLOSE, ALARM_CLOSED, CHANGE_NONE, ALARM_CLOSED },
		{ RESPONSE_CLOSE, ALARM_WITHDRAWN, CHANGE_NONE,
		    ALARM_WITHDRAWN },
		{ RESPONSE_REOPEN, ALARM_CLOSED, CHANGE_NONE, ALARM_CLOSED },
		{ RESPONSE_REOPEN, ALARM_OPEN, CHANGE_NONE, ALARM_OPEN },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct response response = { .kind = rows[i].kind,
			.verdict = VERDICT_TRUE,
			.until = DAY + 9 };
		struct alarm alarm = alarm_in(rows[i].from);
		const struct alarm before = alarm;
		const char *why = NULL;

		assert_int_equal(response_take(&alarm, &response, DAY, SEQ,
				     &why),
		    rows[i].change);
		assert_int_equal(alarm.status, rows[i].to);
		if (rows[i].change != CHANGE_NONE) {
			assert_null(why);
			continue;
		}
		assert_non_null(why);
		assert_memory_equal(&alarm, &before, sizeof(alarm));
	}
}

static enum alarm_change
take(struct alarm *alarm, enum response_kind kind, int32_t until)
{
	const struct response response = { .kind = kind, .until = until };
	const char *why;

	return response_take(alarm, &response, DAY, SEQ, &why);
}

static void
test_undone(void **state)
{
	struct alarm alarm = alarm_in(ALARM_OPEN);

	(void)state;
	assert_int_equal(take(&alarm, RESPONSE_MUTE, DAY + 3), CHANGE_MUTED);
	assert_int_equal(alarm.muted_seq, SEQ);
	assert_int_equal(response_end_mute(&alarm, DAY + 2), CHANGE_NONE);
	assert_int_equal(response_end_mute(&alarm, DAY + 3), CHANGE_UNMUTED);
	assert_int_equal(response_end_mute(&alarm, DAY + 3), CHANGE_NONE);
	(void)take(&alarm, RESPONSE_MUTE, DAY + 3);
	assert_int_equal(take(&alarm, RESPONSE_UNMUTE, 0), CHANGE_UNMUTED);
	assert_int_equal(alarm.muted_until, 0);

	assert_int_equal(take(&alarm, RESPONSE_CLOSE, 0), CHANGE_CLOSED);
	assert_int_equal(alarm.closed, DAY);
	assert_int_equal(take(&alarm, RESPONSE_REOPEN, 0), CHANGE_UPDATED);
	assert_int_equal(alarm.status, ALARM_OPEN);
	assert_int_equal(alarm.closed, 0);
	assert_int_equal(alarm.episode, 1);
	/* What was never published was no episode, and is none again. */
	alarm = alarm_in(ALARM_HELD);
	(void)take(&alarm, RESPONSE_CLOSE, 0);
	assert_int_equal(alarm.episode, 0);
	assert_int_equal(take(&alarm, RESPONSE_REOPEN, 0), CHANGE_NONE);
}

static void
count(struct alarm_totals *totals, enum alarm_change change, uint8_t was,
    uint8_t verdict, int32_t day)
{
	const struct alarm before = { .verdict = was };
	const struct alarm after = { .basis = BASIS_STATISTIC,
		.verdict = verdict };

	alarm_totals_count(totals, &before, &after, change, day);
}

static void
test_totals(void **state)
{
	struct alarm_totals totals = { 0 };
	const struct alarm_basis_totals *basis = &totals.basis[BASIS_STATISTIC];
	const struct alarm hidden = { .is_hidden = 1 };
	uint32_t weeks;

	(void)state;
	assert_int_equal(alarm_totals_recent(&totals, DAY, &weeks), 0);
	assert_int_equal(weeks, 0);
	count(&totals, CHANGE_RAISED, 0, 0, DAY);
	count(&totals, CHANGE_UPDATED, 0, 0, DAY);
	alarm_totals_count(&totals, &hidden, &hidden, CHANGE_HELD, DAY);
	count(&totals, CHANGE_JUDGED, VERDICT_NONE, VERDICT_TRUE, DAY);
	assert_int_equal(basis->raised, 1);
	assert_int_equal(basis->since, DAY);
	assert_int_equal(basis->judged_true, 1);
	count(&totals, CHANGE_JUDGED, VERDICT_TRUE, VERDICT_FALSE, DAY);
	assert_int_equal(basis->judged_true, 0);
	assert_int_equal(basis->judged_false, 1);
	assert_int_equal(alarm_totals_recent(&totals, DAY, &weeks), 1);
	assert_int_equal(weeks, 1);
	/* Weeks fall out of the year one by one, and all at once. */
	count(&totals, CHANGE_REGRESSED, 0, 0, DAY + 7);
	count(&totals, CHANGE_RELEASED, 0, 0, DAY + 7);
	assert_int_equal(alarm_totals_recent(&totals, DAY + 7 * 51, &weeks), 3);
	assert_int_equal(weeks, 52);
	assert_int_equal(alarm_totals_recent(&totals, DAY + 7 * 52, &weeks), 2);
	assert_int_equal(alarm_totals_recent(&totals, DAY + 7 * 53, &weeks), 0);
	count(&totals, CHANGE_RAISED, 0, 0, DAY + 7 * 60);
	assert_int_equal(alarm_totals_recent(&totals, DAY + 7 * 60, &weeks), 1);
	count(&totals, CHANGE_RAISED, 0, 0, DAY + 7 * 300);
	assert_int_equal(alarm_totals_recent(&totals, DAY + 7 * 300, &weeks),
	    1);
	assert_int_equal(basis->raised, 5);
}

/* Against a plain sum over days, whatever the gaps. */
static void
test_totals_by_a_plain_sum(void **state)
{
	struct alarm_totals totals = { 0 };
	uint16_t raised[400] = { 0 };
	uint32_t seed = 1, weeks;
	/* A Monday, so that weeks of days are weeks. */
	const int32_t monday = 20003 - 20003 % 7 + 4;

	(void)state;
	for (int32_t week = 0; week < 400; week++) {
		uint32_t expected = 0;

		seed = seed * 1664525u + 1013904223u;
		for (unsigned n = seed >> 29; n > 4; n--) {
			count(&totals, CHANGE_RAISED, 0, 0, monday + 7 * week);
			raised[week]++;
		}
		for (int32_t back = 0; back < 52 && back <= week; back++)
			expected += raised[week - back];
		assert_int_equal(alarm_totals_recent(&totals, monday + 7 * week,
				     &weeks),
		    expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_may_be),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_totals_by_a_plain_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
