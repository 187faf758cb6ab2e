/*
 * Small counts: what an attacker who has all that is published, and this very
 * code, can make of what was withheld.
 */
#include "daemon/core/suppress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PARTS = 3, MOST = 7, K = SUPPRESS_K };

static const uint8_t orders[6][PARTS] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
	{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

/* A table of cells as it is published; each report is of its own source. */
static void
publish(const unsigned cell[PARTS], const uint8_t order[PARTS],
    struct suppress_part *total, struct suppress_part part[PARTS])
{
	*total = (struct suppress_part){ 0 };
	for (unsigned i = 0; i < PARTS; i++) {
		part[i] = (struct suppress_part){ .sources = cell[i],
			.reports = cell[i],
			.rank = order[i] };
		total->reports += cell[i];
	}
	total->sources = total->reports;
	suppress(total, part, PARTS, K);
}

/* What is published, as a number; WITHHELD stands for what is not. */
enum { WITHHELD = MOST + 1, DIGITS = MOST + 2, TOTALS = PARTS * MOST + 2 };

static unsigned
code_of(const struct suppress_part *total,
    const struct suppress_part part[PARTS])
{
	unsigned code = total->is_withheld ? TOTALS - 1 : total->reports;

	for (unsigned i = 0; i < PARTS; i++)
		code = code * DIGITS +
		    (part[i].is_withheld ? WITHHELD : part[i].reports);
	return code;
}

static void
cells_of(unsigned number, unsigned cell[PARTS])
{
	for (unsigned i = 0; i < PARTS; i++, number /= MOST + 1)
		cell[i] = number % (MOST + 1);
}

enum {
	TABLES = (MOST + 1) * (MOST + 1) * (MOST + 1),
	CODES = TOTALS * DIGITS * DIGITS * DIGITS
};

/*
 * Every table of three cells up to seven, in every order of ranks: for what
 * is published of it, no cell that was withheld has only one possible value.
 */
static void
nothing_withheld_can_be_recovered(void **state)
{
	static uint16_t possible[CODES][PARTS]; /* bit v: may be v */
	struct suppress_part total, part[PARTS];
	unsigned cell[PARTS], withheld = 0;

	(void)state;
	for (unsigned n = 0; n < TABLES * 6; n++) {
		unsigned code;

		cells_of(n / 6, cell);
		publish(cell, orders[n % 6], &total, part);
		code = code_of(&total, part);
		for (unsigned i = 0; i < PARTS; i++)
			possible[code][i] |= (uint16_t)(1u << cell[i]);
	}
	for (unsigned n = 0; n < TABLES * 6; n++) {
		unsigned code;

		cells_of(n / 6, cell);
		publish(cell, orders[n % 6], &total, part);
		code = code_of(&total, part);
		for (unsigned i = 0; i < PARTS; i++) {
			if (!part[i].is_withheld)
				continue;
			withheld++;
			assert_true(__builtin_popcount(possible[code][i]) >= 2);
		}
	}
	assert_true(withheld > 1000);
}

/* Subtracting what is shown leaves room for each that is not to be 1 to k. */
static void
the_rest_says_nothing(void **state)
{
	struct suppress_part total, part[PARTS];
	unsigned cell[PARTS], rest, hidden, checked = 0;

	(void)state;
	for (unsigned n = 0; n < TABLES * 6; n++) {
		cells_of(n / 6, cell);
		publish(cell, orders[n % 6], &total, part);
		rest = total.reports;
		hidden = 0;
		for (unsigned i = 0; i < PARTS; i++) {
			hidden += part[i].is_withheld;
			rest -= part[i].is_withheld ? 0 : part[i].reports;
		}
		if (total.is_withheld || !hidden)
			continue;
		assert_true(hidden >= 2);
		assert_true(rest - (hidden - 1) >= K);
		checked++;
	}
	assert_true(checked > 500);
}

static void
small_ones_are_withheld_and_others_told(void **state)
{
	struct suppress_part total, part[PARTS];

	(void)state;
	for (unsigned n = 0; n < TABLES * 6; n++) {
		unsigned cell[PARTS], small = 0;

		cells_of(n / 6, cell);
		publish(cell, orders[n % 6], &total, part);
		for (unsigned i = 0; i < PARTS; i++) {
			bool is_small = cell[i] > 0 && cell[i] < K;

			small += is_small;
			assert_true(!is_small || part[i].is_withheld);
			assert_true(cell[i] > 0 || !part[i].is_withheld);
		}
		if (small || (total.reports && total.sources < K))
			continue;
		assert_false(total.is_withheld);
		for (unsigned i = 0; i < PARTS; i++)
			assert_false(part[i].is_withheld);
	}
}

/* Many reports of few sources are a small count; so is one report of many. */
static void
sources_count_not_reports(void **state)
{
	struct suppress_part total = { .sources = 2, .reports = 900 };
	struct suppress_part part[2] = { { .sources = 2, .reports = 890 },
		{ .sources = 1, .reports = 10 } };

	(void)state;
	suppress(&total, part, 2, K);
	assert_true(
	    total.is_withheld && part[0].is_withheld && part[1].is_withheld);
	total = (struct suppress_part){ .sources = 9, .reports = 2 };
	part[0] = (struct suppress_part){ .sources = 8, .reports = 1 };
	part[1] = (struct suppress_part){ .sources = 1, .reports = 1 };
	suppress(&total, part, 2, K);
	assert_true(
	    total.is_withheld && part[0].is_withheld && part[1].is_withheld);
	suppress(&total, NULL, 0, K);
	assert_false(total.is_withheld);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_withheld_can_be_recovered),
		cmocka_unit_test(the_rest_says_nothing),
		cmocka_unit_test(small_ones_are_withheld_and_others_told),
		cmocka_unit_test(sources_count_not_reports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
