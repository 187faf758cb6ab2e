/* test_gate.c - who tells of it, and whether that is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/detect/gate.h"

enum { MONDAY = 20773 }; /* 2026-11-16 */

/*
 * A case's evidence as text, a report a word: organisation, source, then
 * week (of the four of a month) and site where they matter.  Capitals are
 * established, small letters on probation; "-" before it: doubted.
 */
static const struct row {
	const char *reports;
	enum gate_kind kind;
	bool is_single;
	enum gate gate;
	enum gate_reason reason;
	bool wants_sites;
} rows[] = {
	{ "", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SOURCES, false },
	/* Three sources of two organisations, no fewer. */
	{ "A1 A2 B3", GATE_STATISTIC, false, GATE_OPEN, GATE_MET, false },
	{ "A1 B2", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SOURCES, false },
	{ "A1 A1 A1 B2 B2", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SOURCES,
	    false },
	{ "A1 A2 A3 A4", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SITES,
	    false },
	{ "A1 A2 -B3", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SOURCES,
	    false },
	{ "A1 A2 A3 -B4", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SITES,
	    false },
	/* Whoever is on probation counts for nothing here. */
	{ "A1 A2 b3", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SOURCES,
	    false },
	{ "A1 A2 A3 b4", GATE_STATISTIC, false, GATE_SHUT, GATE_FEW_SITES,
	    false },
	{ "b1 b2 b3 c4 c5 c6", GATE_STATISTIC, false, GATE_SHUT, GATE_PROBATION,
	    false },
	/* Of one organisation: sources, sites and weeks. */
	{ "A10a A21b A32c A40a A51b", GATE_STATISTIC, false, GATE_HELD,
	    GATE_ONE_ORGANISATION, false },
	{ "A10a A21b A32c A40a", GATE_STATISTIC, false, GATE_SHUT,
	    GATE_FEW_SITES, false },
	{ "A10a A21b A32b A40a A51b", GATE_STATISTIC, false, GATE_SHUT,
	    GATE_FEW_SITES, false },
	{ "A10a A21b A31c A40a A51b", GATE_STATISTIC, false, GATE_SHUT,
	    GATE_FEW_SITES, false },
	{ "A10 A21 A32 A40 A51", GATE_STATISTIC, false, GATE_SHUT,
	    GATE_FEW_SITES, true },
	{ "b10a b21b b32c b40a b51b", GATE_STATISTIC, false, GATE_SHUT,
	    GATE_PROBATION, false },
	{ "A10a A21b A32c A40a A51b B6", GATE_STATISTIC, false, GATE_OPEN,
	    GATE_MET, false },
	/* Nobody else could confirm it. */
	{ "A1", GATE_STATISTIC, true, GATE_OPEN, GATE_SINGLE, false },
	{ "A1 b2", GATE_STATISTIC, true, GATE_SHUT, GATE_FEW_SOURCES, false },
	{ "A1 A2 A3 b2", GATE_STATISTIC, true, GATE_OPEN, GATE_SINGLE, false },
	{ "b1 b2 b3 b4 b5 b6", GATE_STATISTIC, true, GATE_SHUT, GATE_PROBATION,
	    false },
	{ "-A1", GATE_STATISTIC, true, GATE_SHUT, GATE_PROBATION, false },
	/* Two of a grave hazard. */
	{ "A1 A2", GATE_HAZARD, false, GATE_OPEN, GATE_MET, false },
	{ "A1 A1", GATE_HAZARD, false, GATE_SHUT, GATE_FEW_SOURCES, false },
	{ "A1 B2", GATE_HAZARD, true, GATE_OPEN, GATE_MET, false },
	{ "A1 -A2", GATE_HAZARD, false, GATE_OPEN, GATE_MET, false },
	{ "A1 b2", GATE_HAZARD, false, GATE_OPEN, GATE_MET, false },
	{ "b1 b2", GATE_HAZARD, true, GATE_HELD, GATE_PROBATION, false },
	{ "b1 b1", GATE_HAZARD, false, GATE_SHUT, GATE_FEW_SOURCES, false },
	{ "b1 c2", GATE_HAZARD, false, GATE_HELD, GATE_PROBATION, false },
};

static void
read_word(const char *word, struct gate_entry *entry)
{
	*entry = (struct gate_entry){ .filed = MONDAY };
	if (*word == '-') {
		entry->is_doubted = true;
		word++;
	}
	entry->is_established = *word <= 'Z';
	entry->organisation = (uint16_t)(*word & 31);
	entry->source = (uint32_t)word[1];
	if (word[2] >= '0' && word[2] <= '9') {
		entry->filed = (uint16_t)(MONDAY + 7 * (word[2] - '0'));
		if (word[3] >= 'a')
			entry->site = (uint32_t)word[3];
	}
}

static void
read_row(const struct row *row, struct gate_evidence *evidence)
{
	const char *at = row->reports;

	*evidence = (struct gate_evidence){ .kind = row->kind,
		.is_single = row->is_single };
	while (*at) {
		char word[8] = "";

		for (unsigned i = 0; *at && *at != ' '; i++)
			word[i] = *at++;
		while (*at == ' ')
			at++;
		read_word(word, &evidence->entry[evidence->count++]);
	}
}

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct gate_evidence evidence;
		struct gate_answer answer;

		read_row(&rows[i], &evidence);
		gate_ask(&evidence, &answer);
		if (answer.gate != rows[i].gate ||
		    answer.reason != rows[i].reason ||
		    answer.wants_sites != rows[i].wants_sites)
			fail_msg("%zu: \"%s\" is %s: %s", i, rows[i].reports,
			    gate_name(answer.gate),
			    gate_reason_word(answer.reason));
	}
}

static void
test_numbers(void **state)
{
	static const struct row row = {
		.reports = "A10a A21b A32c A42c B50 -A6 c7 c8"
	};
	struct gate_evidence evidence;
	struct gate_answer answer;

	(void)state;
	read_row(&row, &evidence);
	gate_ask(&evidence, &answer);
	assert_int_equal(answer.sources, 5);
	assert_int_equal(answer.organisations, 2);
	assert_int_equal(answer.others, 2);
	assert_int_equal(answer.sites, 3);
	assert_int_equal(answer.weeks, 3);
	assert_int_equal(answer.until_ms, 0);
}

/* Fifty voices of one organisation are one. */
static void
test_many_of_one(void **state)
{
	struct gate_evidence evidence = { .count = GATE_ENTRIES_MAX };
	struct gate_answer answer;

	(void)state;
	for (unsigned i = 0; i < GATE_ENTRIES_MAX; i++)
		evidence.entry[i] = (struct gate_entry){ .source = i + 1,
			.organisation = 7,
			.filed = (uint16_t)(MONDAY + i),
			.is_established = true };
	gate_ask(&evidence, &answer);
	assert_int_equal(answer.gate, GATE_SHUT);
	assert_int_equal(answer.reason, GATE_FEW_SITES);
	assert_true(answer.wants_sites);
}

static void
test_coordinated(void **state)
{
	struct gate_answer answer = { .gate = GATE_OPEN };

	(void)state;
	gate_coordinate(&answer, 77);
	assert_int_equal(answer.gate, GATE_HELD);
	assert_int_equal(answer.reason, GATE_COORDINATED);
	assert_int_equal(answer.until_ms, 77);
	answer = (struct gate_answer){ .gate = GATE_SHUT,
		.reason = GATE_FEW_SOURCES };
	gate_coordinate(&answer, 77);
	assert_int_equal(answer.gate, GATE_SHUT);
	assert_int_equal(answer.reason, GATE_FEW_SOURCES);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(gate_name(GATE_HELD), "held");
	for (int i = 0; i < GATE_REASONS; i++) {
		enum gate_reason reason = (enum gate_reason)i;

		assert_true(strlen(gate_reason_word(reason)) > 2);
		assert_true(strlen(gate_reason_meaning(reason)) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_many_of_one),
		cmocka_unit_test(test_coordinated),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
