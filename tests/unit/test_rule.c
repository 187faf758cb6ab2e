#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/rule.h"

enum { TODAY = 20781 }; /* 2026-11-24 */

#define FR ('F' << 8 | 'R')
#define BE ('B' << 8 | 'E')

static struct vocabulary *
new_vocabulary(void)
{
	struct yaml_errors errors = { 0 };
	struct vocabulary *vocabulary = vocabulary_new(NULL, &errors);

	if (!vocabulary)
		fail_msg("%.*s", TEXT_ARG(buf_text(&errors.text)));
	yaml_errors_free(&errors);
	return vocabulary;
}

static int
category(const struct vocabulary *vocabulary, const char *slug)
{
	int index = vocabulary_find(vocabulary, WORDS_CATEGORY, text_of(slug));

	assert_true(index >= 0);
	return index;
}

static struct facts
facts_of(void)
{
	return (struct facts){ .product = 1,
		.source = 1,
		.organisation = 1,
		.country = FR,
		.kind = REPORT_INCIDENT,
		.severity = SEVERITY_MINOR,
		.hazards = 4,
		.filed = TODAY };
}

static void
test_concerns(void **state)
{
	struct vocabulary *vocabulary = new_vocabulary();
	const int kettle = category(vocabulary, "kettle");
	const int kitchen = category(vocabulary, "kitchen");
	const struct rule any = { .sources = 1 };
	const struct rule kitchens = { .ncategories = 2,
		.category = { category(vocabulary, "unstated"), kitchen } };
	const struct rule kettles = { .ncategories = 1,
		.category = { kettle } };
	const struct rule incidents = { .kinds = 1 << REPORT_INCIDENT };
	const struct rule breakdowns = { .kinds = 1 << REPORT_BREAKDOWN };
	const struct rule hazard4 = { .hazards = 12 };
	const struct rule hazard8 = { .hazards = 8 };
	const struct rule minor = { .severity_min = SEVERITY_MINOR };
	const struct rule medical = { .severity_min = SEVERITY_MEDICAL };
	const struct rule french = { .ncountries = 2, .country = { BE, FR } };
	const struct rule belgian = { .ncountries = 1, .country = { BE } };
	const struct {
		const struct rule *rule;
		int category;
		bool concerns;
	} cases[] = { { &any, -1, true }, { &any, kettle, true },
		{ &kitchens, kettle, true }, { &kitchens, kitchen, true },
		{ &kitchens, -1, false }, { &kettles, kitchen, false },
		{ &incidents, -1, true }, { &breakdowns, -1, false },
		{ &hazard4, -1, true }, { &hazard8, -1, false },
		{ &minor, -1, true }, { &medical, -1, false },
		{ &french, -1, true }, { &belgian, -1, false } };
	struct facts facts = facts_of();

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(rule_concerns(cases[i].rule, &facts,
				     cases[i].category, vocabulary),
		    cases[i].concerns);
	facts.is_backfill = true;
	assert_false(rule_concerns(&any, &facts, -1, vocabulary));
	facts = facts_of();
	facts.severity = SEVERITY_UNSTATED;
	assert_false(rule_concerns(&minor, &facts, -1, vocabulary));
	vocabulary_free(vocabulary);
}

static struct window *
new_window(void)
{
	struct window *window = calloc(1, window_bytes(WINDOW_MAX));

	assert_non_null(window);
	return window;
}

static void
enter(struct window *window, uint32_t source, uint16_t organisation,
    int32_t age)
{
	struct facts facts = facts_of();

	facts.source = source;
	facts.organisation = organisation;
	facts.country = source % 2 ? FR : BE;
	facts.filed = TODAY - age;
	facts.severity = (uint8_t)(source % SEVERITY_COUNT);
	facts.hazards = UINT32_C(1) << source % 8;
	window_add(window, &facts, window->count + 1u, TODAY, false);
}

static void
test_count(void **state)
{
	const struct rule rule = { .window_days = 28 };
	struct window *window = new_window();
	struct rule_counts counts;

	(void)state;
	rule_count(&rule, window, TODAY, &counts);
	assert_int_equal(counts.reports, 0);
	assert_int_equal(counts.from, TODAY - 28);
	assert_int_equal(counts.to, TODAY);
	assert_int_equal(counts.severity, SEVERITY_UNSTATED);

	enter(window, 6, 1, 29);   /* a day too old */
	enter(window, 257, 1, 28); /* 257 and 1 meet in a hash of 8 bits */
	enter(window, 1, 2, 3);
	enter(window, 2, 2, 0);
	enter(window, 2, 2, 4);
	rule_count(&rule, window, TODAY, &counts);
	assert_int_equal(counts.reports, 4);
	assert_int_equal(counts.cases, 4);
	assert_int_equal(counts.sources, 3);
	assert_int_equal(counts.organisations, 2);
	assert_int_equal(counts.severity, 257 % SEVERITY_COUNT);
	assert_int_equal(counts.hazards, 2 | 4);
	assert_int_equal(counts.kinds, 1 << REPORT_INCIDENT);
	assert_int_equal(counts.first, TODAY - 28);
	assert_int_equal(counts.last, TODAY);
	assert_int_equal(counts.ncountries, 2);
	assert_int_equal(counts.country[0], BE);
	assert_int_equal(counts.country[1], FR);
	assert_false(counts.is_at_least);

	/* Tomorrow is somebody's today; the day after is nobody's. */
	enter(window, 9, 1, -1);
	enter(window, 10, 1, -2);
	rule_count(&rule, window, TODAY, &counts);
	assert_int_equal(counts.reports, 5);
	assert_int_equal(counts.to, TODAY + 1);
	assert_int_equal(counts.last, TODAY + 1);
	free(window);
}

static void
test_count_filters(void **state)
{
	const struct rule hazard1 = { .window_days = 28, .hazards = 2 };
	const struct rule french = { .window_days = 28,
		.ncountries = 1,
		.country = { FR } };
	const struct rule severe = { .window_days = 28,
		.severity_min = SEVERITY_SEVERE };
	const struct rule breakdowns = { .window_days = 28,
		.kinds = 1 << REPORT_BREAKDOWN };
	const struct {
		const struct rule *rule;
		uint32_t reports;
	} cases[] = { { &hazard1, 2 }, { &french, 5 }, { &severe, 2 },
		{ &breakdowns, 0 } };
	struct window *window = new_window();
	struct rule_counts counts;

	(void)state;
	for (uint32_t source = 1; source <= 10; source++)
		enter(window, source, 1, 1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rule_count(cases[i].rule, window, TODAY, &counts);
		assert_int_equal(counts.reports, cases[i].reports);
		assert_int_equal(counts.sources, cases[i].reports);
	}
	free(window);
}

/* Everything distinct, at the most there can be. */
static void
test_count_at_most(void **state)
{
	const struct rule rule = { .window_days = 366 };
	const struct rule week = { .window_days = 7 };
	struct window *window = new_window();
	struct facts facts = facts_of();
	struct rule_counts counts;

	(void)state;
	for (unsigned i = 0; i < WINDOW_MAX + 1; i++) {
		facts.source = UINT32_MAX - i * 256;
		facts.organisation = (uint16_t)(UINT16_MAX - i);
		facts.country = (uint16_t)(UINT16_MAX - i);
		facts.filed = TODAY - 10 + (i > 0) * 5;
		window_add(window, &facts, i + 1, TODAY, false);
	}
	rule_count(&rule, window, TODAY, &counts);
	assert_int_equal(counts.reports, WINDOW_MAX);
	assert_int_equal(counts.sources, WINDOW_MAX);
	assert_int_equal(counts.organisations, WINDOW_MAX);
	assert_int_equal(counts.ncountries, WINDOW_MAX);
	for (unsigned i = 1; i < WINDOW_MAX; i++)
		assert_true(counts.country[i - 1] < counts.country[i]);
	assert_true(counts.is_at_least);
	/* What made place was filed before this rule looks. */
	rule_count(&week, window, TODAY, &counts);
	assert_int_equal(counts.reports, WINDOW_MAX);
	assert_false(counts.is_at_least);
	free(window);
}

static void
test_met(void **state)
{
	static const struct {
		struct rule rule;
		struct rule_counts counts;
		bool is_met;
	} cases[] = {
		{ { .sources = 2 }, { .reports = 9, .sources = 2 }, true },
		{ { .sources = 2 }, { .reports = 9, .sources = 1 }, false },
		{ { .reports = 9 }, { .reports = 9, .sources = 1 }, true },
		{ { .reports = 9 }, { .reports = 8, .sources = 1 }, false },
		{ { .cases = 3 }, { .reports = 4, .cases = 3 }, true },
		{ { .cases = 3 }, { .reports = 4, .cases = 2 }, false },
		{ { .organisations = 2 }, { .reports = 2, .organisations = 2 },
		    true },
		{ { .organisations = 2 }, { .reports = 2, .organisations = 1 },
		    false },
		{ { .reports = 2, .sources = 2 },
		    { .reports = 2, .sources = 1 }, false },
		{ { .reports = 2, .sources = 2 },
		    { .reports = 2, .sources = 2 }, true },
		{ { .window_days = 1 }, { .reports = 0 }, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(rule_is_met(&cases[i].rule, &cases[i].counts),
		    cases[i].is_met);
}

/* Watched from its own number of sources on, whatever rings. */
static void
test_watch(void **state)
{
	const struct rule rule = { .sources = 3, .watch_sources = 2 };
	const struct rule never = { .sources = 1 };

	(void)state;
	for (uint32_t sources = 0; sources < 5; sources++) {
		const struct rule_counts counts = { .reports = 9,
			.sources = sources };

		assert_int_equal(rule_is_watch(&rule, &counts), sources >= 2);
		assert_false(rule_is_watch(&never, &counts));
	}
}

static void
test_basis_names(void **state)
{
	(void)state;
	assert_string_equal(rule_basis_name(BASIS_RULE), "rule");
	assert_string_equal(rule_basis_name(BASIS_STATISTIC), "statistic");
	assert_string_equal(rule_basis_name(BASIS_HAZARD), "hazard");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_concerns),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_count_filters),
		cmocka_unit_test(test_count_at_most),
		cmocka_unit_test(test_met),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_basis_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
