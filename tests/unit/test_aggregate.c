#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/window.h"

enum { TODAY = 20781 }; /* 2026-11-24 */

static struct facts
facts_of(void)
{
	return (struct facts){ .product = 1,
		.source = 1,
		.mode = 1,
		.organisation = 1,
		.country = 'F' << 8 | 'R',
		.severity = SEVERITY_NONE,
		.filed = TODAY,
		.received_ms = 1000 };
}

static struct aggregate *
new_row(void)
{
	struct aggregate *row =
	    calloc(1, aggregate_bytes(AGGREGATE_TALLIES_MAX));

	assert_non_null(row);
	return row;
}

static struct window *
new_window(void)
{
	struct window *window = calloc(1, window_bytes(WINDOW_MAX));

	assert_non_null(window);
	return window;
}

static void
test_bytes(void **state)
{
	(void)state;
	assert_int_equal(aggregate_bytes(0), 224);
	assert_int_equal(aggregate_bytes(AGGREGATE_TALLIES_MAX), 1824);
	assert_int_equal(window_bytes(0), 4);
	assert_int_equal(window_bytes(WINDOW_MAX), 1844);
}

static void
test_tallies_of(void **state)
{
	struct facts facts = { 0 };

	(void)state;
	assert_int_equal(aggregate_tallies_of(&facts), 0);
	facts.country = 1;
	facts.hazards = 5;
	assert_int_equal(aggregate_tallies_of(&facts), 3);
	facts.licence = 1;
	facts.hazards = UINT32_MAX;
	assert_int_equal(aggregate_tallies_of(&facts),
	    AGGREGATE_TALLIES_PER_REPORT);
}

static void
test_counts(void **state)
{
	struct aggregate *row = new_row();
	struct facts facts = facts_of();

	(void)state;
	facts.injured = 2;
	facts.deaths = 1;
	facts.units = UINT32_MAX;
	facts.severity = SEVERITY_FATAL;
	aggregate_add(row, &facts, 7, (struct newcomer){ true, true, true });
	facts.is_backfill = true;
	facts.severity = SEVERITY_UNSTATED;
	aggregate_add(row, &facts, 9, (struct newcomer){ true, false, true });
	aggregate_add(row, &facts, 11, (struct newcomer){ false, false, true });

	assert_int_equal(row->reports, 3);
	assert_int_equal(row->cases, 3);
	assert_int_equal(row->sources, 2);
	assert_int_equal(row->organisations, 1);
	assert_int_equal(row->backfill, 2);
	assert_int_equal(row->severity[SEVERITY_FATAL], 1);
	assert_int_equal(row->severity[SEVERITY_UNSTATED], 2);
	assert_int_equal(row->injured, 6);
	assert_int_equal(row->deaths, 3);
	assert_int_equal(row->units, 3 * (uint64_t)UINT32_MAX);
	assert_int_equal(row->first_seq, 7);
	assert_int_equal(row->last_seq, 11);
	free(row);
}

/* What is counted out leaves nothing but the spans. */
static void
test_remove_is_the_reverse(void **state)
{
	struct aggregate *row = new_row(), *before = new_row();
	struct facts one = facts_of(), two = facts_of();

	(void)state;
	one.hazards = 0x80000001u;
	one.licence = 3;
	two.country = 'B' << 8 | 'E';
	two.hazards = 1;
	two.injured = 4;
	two.units = 5;
	two.severity = SEVERITY_SEVERE;
	two.is_backfill = true;
	aggregate_add(row, &one, 1, (struct newcomer){ true, true, true });
	memcpy(before, row, aggregate_bytes(AGGREGATE_TALLIES_MAX));
	aggregate_add(row, &two, 2, (struct newcomer){ true, false, true });
	assert_int_equal(row->ntallies, 6);
	assert_int_equal(aggregate_tally(row, TALLY_ORGANISATION, 1), 2);
	aggregate_remove(row, &two, (struct newcomer){ true, false, true });
	before->last_seq = 2;
	assert_int_equal(row->ntallies, before->ntallies);
	assert_memory_equal(row, before, 128 + 5 * 8);
	aggregate_remove(row, &one, (struct newcomer){ true, true, true });
	assert_int_equal(row->reports, 0);
	assert_int_equal(row->sources, 0);
	assert_int_equal(row->organisations, 0);
	assert_int_equal(row->ntallies, 0);
	assert_int_equal(row->filed_first, TODAY);
	assert_int_equal(row->first_seq, 1);
	/* Heard of again, it remembers since when. */
	one.filed = TODAY + 9;
	aggregate_add(row, &one, 3, (struct newcomer){ true, true, true });
	assert_int_equal(row->filed_first, TODAY);
	assert_int_equal(row->filed_last, TODAY + 9);
	free(before);
	free(row);
}

static void
test_spans(void **state)
{
	struct aggregate *row = new_row();
	struct facts facts = facts_of();

	(void)state;
	facts.received_ms = -5;
	aggregate_add(row, &facts, 5, (struct newcomer){ true, true, true });
	assert_true(row->occurred_first > row->occurred_last);
	assert_int_equal(row->filed_first, TODAY);
	assert_int_equal(row->filed_last, TODAY);
	assert_int_equal(row->received_first_ms, -5);
	assert_int_equal(row->received_last_ms, -5);

	facts.occurred = (struct date){ date_join(2026, 2, 1), DATE_MONTH };
	facts.filed = TODAY - 10;
	facts.received_ms = 9;
	aggregate_add(row, &facts, 4, (struct newcomer){ false, false, true });
	assert_int_equal(row->occurred_first, date_join(2026, 2, 1));
	assert_int_equal(row->occurred_last, date_join(2026, 2, 28));
	assert_int_equal(row->filed_first, TODAY - 10);
	assert_int_equal(row->filed_last, TODAY);
	assert_int_equal(row->received_last_ms, 9);
	assert_int_equal(row->first_seq, 4);
	assert_int_equal(row->last_seq, 5);

	facts.occurred = (struct date){ date_join(2025, 1, 1), DATE_YEAR };
	aggregate_add(row, &facts, 6, (struct newcomer){ false, false, true });
	assert_int_equal(row->occurred_first, date_join(2025, 1, 1));
	assert_int_equal(row->occurred_last, date_join(2026, 2, 28));
	facts.occurred = (struct date){ date_join(2026, 3, 5), DATE_DAY };
	aggregate_add(row, &facts, 7, (struct newcomer){ false, false, true });
	assert_int_equal(row->occurred_last, date_join(2026, 3, 5));
	free(row);
}

static void
test_tallies_are_sorted(void **state)
{
	static const char countries[][3] = { "FR", "BE", "ZA", "AT", "FR" };
	struct aggregate *row = new_row();
	struct facts facts = facts_of();

	(void)state;
	facts.organisation = 0;
	facts.hazards = 0x80000100u;
	facts.licence = UINT16_MAX;
	for (unsigned i = 0; i < 5; i++) {
		facts.country =
		    (uint16_t)(countries[i][0] << 8 | countries[i][1]);
		aggregate_add(row, &facts, i + 1,
		    (struct newcomer){ true, true, true });
	}
	assert_int_equal(row->ntallies, 7);
	for (unsigned i = 1; i < row->ntallies; i++) {
		const struct tally *a = &row->tally[i - 1], *b = a + 1;

		assert_true(a->kind < b->kind ||
		    (a->kind == b->kind && a->code < b->code));
	}
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY, 'F' << 8 | 'R'),
	    2);
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY, 'D' << 8 | 'E'),
	    0);
	assert_int_equal(aggregate_tally(row, TALLY_HAZARD, 8), 5);
	assert_int_equal(aggregate_tally(row, TALLY_HAZARD, 31), 5);
	assert_int_equal(aggregate_tally(row, TALLY_HAZARD, 0), 0);
	assert_int_equal(aggregate_tally(row, TALLY_LICENCE, UINT16_MAX), 5);
	assert_int_equal(aggregate_tally(row, TALLY_LICENCE, 1), 0);
	free(row);
}

/* The row has exactly its maximum size: a write past it is the sanitizer's. */
static void
test_tallies_at_most(void **state)
{
	struct aggregate *row = new_row();
	struct facts facts = facts_of();

	(void)state;
	facts.organisation = 0;
	for (uint16_t i = 1; i <= AGGREGATE_TALLIES_MAX + 5; i++) {
		facts.country = i;
		aggregate_add(row, &facts, i,
		    (struct newcomer){ false, false, true });
	}
	assert_int_equal(row->ntallies, AGGREGATE_TALLIES_MAX);
	assert_int_equal(row->reports, AGGREGATE_TALLIES_MAX + 5);
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY,
			     AGGREGATE_TALLIES_MAX),
	    1);
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY,
			     AGGREGATE_TALLIES_MAX + 1),
	    0);
	/* One that was not kept is counted out without harm. */
	aggregate_remove(row, &facts, (struct newcomer){ false, false, true });
	assert_int_equal(row->ntallies, AGGREGATE_TALLIES_MAX);
	facts.country = 1;
	aggregate_remove(row, &facts, (struct newcomer){ false, false, true });
	assert_int_equal(row->ntallies, AGGREGATE_TALLIES_MAX - 1);
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY, 1), 0);
	assert_int_equal(aggregate_tally(row, TALLY_COUNTRY, 2), 1);
	free(row);
}

static void
test_severity(void **state)
{
	struct aggregate *row = new_row();
	struct facts facts = facts_of();

	(void)state;
	assert_int_equal(aggregate_severity(row), SEVERITY_UNSTATED);
	facts.severity = SEVERITY_UNSTATED;
	aggregate_add(row, &facts, 1, (struct newcomer){ true, true, true });
	assert_int_equal(aggregate_severity(row), SEVERITY_UNSTATED);
	for (uint8_t i = 1; i < SEVERITY_COUNT; i++) {
		facts.severity = i;
		aggregate_add(row, &facts, i + 1u,
		    (struct newcomer){ false, false, true });
		assert_int_equal(aggregate_severity(row), i);
	}
	aggregate_remove(row, &facts, (struct newcomer){ false, false, true });
	assert_int_equal(aggregate_severity(row), SEVERITY_SEVERE);
	free(row);
}

static void
test_window_keeps_order(void **state)
{
	struct window *window = new_window();
	struct facts facts = facts_of();

	(void)state;
	facts.filed = -3;
	window_add(window, &facts, UINT64_C(0x100000001), TODAY, false);
	facts.filed = 70000;
	facts.hazards = 6;
	facts.severity = SEVERITY_MINOR;
	facts.kind = REPORT_BREAKDOWN;
	window_add(window, &facts, 2, TODAY, false);
	window_add(window, &facts, 3, TODAY, false);
	assert_int_equal(window->count, 3);
	assert_int_equal(window->entry[0].seq, 1);
	assert_int_equal(window->entry[0].filed, 0);
	assert_int_equal(window->entry[1].filed, UINT16_MAX);
	assert_int_equal(window->entry[1].hazards, 6);
	assert_int_equal(window->entry[1].kind, REPORT_BREAKDOWN);
	assert_int_equal(window->entry[1].severity, SEVERITY_MINOR);
	assert_int_equal(window->entry[1].country, 'F' << 8 | 'R');

	window_remove(window, 99);
	assert_int_equal(window->count, 3);
	window_remove(window, 2);
	assert_int_equal(window->count, 2);
	assert_int_equal(window->entry[0].seq, 1);
	assert_int_equal(window->entry[1].seq, 3);
	window_remove(window, UINT64_C(0x100000001));
	window_remove(window, 3);
	assert_int_equal(window->count, 0);
	window_remove(window, 3);
	assert_int_equal(window->count, 0);
	assert_int_equal(window->evicted, 0);
	free(window);
}

/* A full window whose filed days are TODAY - age for each sequence number. */
static struct window *
full_window(int32_t (*age)(unsigned), uint32_t (*hazards)(unsigned))
{
	struct window *window = new_window();
	struct facts facts = facts_of();

	for (unsigned i = 0; i < WINDOW_MAX; i++) {
		facts.filed = TODAY - age(i);
		facts.hazards = hazards(i);
		window_add(window, &facts, i + 1, TODAY, false);
	}
	assert_int_equal(window->count, WINDOW_MAX);
	assert_int_equal(window->evicted, 0);
	return window;
}

static bool
holds(const struct window *window, uint32_t seq)
{
	for (unsigned i = 0; i < window->count; i++)
		if (window->entry[i].seq == seq)
			return true;
	return false;
}

static int32_t
age_same(unsigned i)
{
	(void)i;
	return 10;
}

static int32_t
age_edge(unsigned i)
{
	return i == 4 || i == 7 ? WINDOW_DAYS + 1 : i == 5 ? WINDOW_DAYS : 1;
}

static int32_t
age_two_oldest(unsigned i)
{
	return i == 20 || i == 30 ? 40 : 10;
}

static uint32_t
no_hazards(unsigned i)
{
	(void)i;
	return 0;
}

static uint32_t
hazard_first(unsigned i)
{
	return i == 0;
}

static uint32_t
hazard_most(unsigned i)
{
	return i >= 10;
}

static uint32_t
hazard_half(unsigned i)
{
	return i % 2;
}

static void
test_window_evicts(void **state)
{
	static const struct {
		int32_t (*age)(unsigned);
		uint32_t (*hazards)(unsigned);
		uint32_t gone;
		int32_t evicted_age; /* 0: nothing a rule could still see */
		unsigned left;
	} cases[] = {
		{ age_same, no_hazards, 1, 10, WINDOW_MAX },
		{ age_two_oldest, no_hazards, 21, 40, WINDOW_MAX },
		{ age_edge, no_hazards, 5, 0, WINDOW_MAX - 1 },
		{ age_edge, no_hazards, 8, 0, WINDOW_MAX - 1 },
		/* One hazard stays; nine in ten give way to what is new. */
		{ age_same, hazard_first, 2, 10, WINDOW_MAX },
		{ age_same, hazard_most, 11, 10, WINDOW_MAX },
		/* Half and half: the half without a hazard gives way. */
		{ age_same, hazard_half, 1, 10, WINDOW_MAX },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct window *window =
		    full_window(cases[i].age, cases[i].hazards);
		struct facts facts = facts_of();

		window_add(window, &facts, 1000, TODAY, false);
		assert_int_equal(window->count, cases[i].left);
		assert_false(holds(window, cases[i].gone));
		assert_true(holds(window, 1000));
		assert_int_equal(window->entry[window->count - 1].seq, 1000);
		assert_true(holds(window, 6));
		assert_int_equal(window->evicted,
		    cases[i].evicted_age ? TODAY - cases[i].evicted_age : 0);
		free(window);
	}
}

/* The newest day that had to make place stays known. */
static void
test_window_remembers_eviction(void **state)
{
	struct window *window = full_window(age_same, no_hazards);
	struct facts facts = facts_of();

	(void)state;
	window_add(window, &facts, 1000, TODAY, false);
	facts.filed = TODAY - 20;
	window_add(window, &facts, 1001, TODAY, false);
	window_add(window, &facts, 1002, TODAY, false);
	assert_int_equal(window->evicted, TODAY - 10);
	assert_int_equal(window->count, WINDOW_MAX);
	assert_false(holds(window, 1001));
	free(window);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_tallies_of),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_remove_is_the_reverse),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_tallies_are_sorted),
		cmocka_unit_test(test_tallies_at_most),
		cmocka_unit_test(test_severity),
		cmocka_unit_test(test_window_keeps_order),
		cmocka_unit_test(test_window_evicts),
		cmocka_unit_test(test_window_remembers_eviction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
