/* test_subject.c - which stream a report feeds, with what weight, when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/core/detect/week.h"
#include "daemon/core/subject.h"

static const struct subject_words words = { .unstated = 3,
	.grave = 1u << 5 | 1u << 27 };

static void
test_stream(void **state)
{
	static const struct {
		uint16_t mode;
		uint32_t hazards;
		struct subject expected;
		bool is_severe;
	} rows[] = {
		{ 7, 0, { .mode = 7 }, false },
		{ 7, 1u << 27, { .mode = 7 }, true },
		{ 3, 0, { .mode = 3 }, false },
		{ 3, 1u << 2, { .hazard = 2 }, false },
		{ 3, 1u << 2 | 1u << 27, { .hazard = 27 }, true },
		{ 3, 1u << 5 | 1u << 27, { .hazard = 5 }, true },
		{ 3, 1u << 31, { .hazard = 31 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct facts facts = { .mode = rows[i].mode,
			.hazards = rows[i].hazards };
		struct subject found = subject_of(&facts, &words), back;

		assert_int_equal(found.mode, rows[i].expected.mode);
		assert_int_equal(found.hazard, rows[i].expected.hazard);
		assert_int_equal(subject_is_severe(&facts, &words),
		    rows[i].is_severe);
		assert_true(
		    subject_of_rule(subject_rule(found), found.mode, &back));
		assert_int_equal(back.mode, found.mode);
		assert_int_equal(back.hazard, found.hazard);
	}
	assert_false(subject_of_rule(0, 0, &(struct subject){ 0 }));
	assert_false(subject_of_rule(SUBJECT_RULES, 0, &(struct subject){ 0 }));
	assert_false(
	    subject_of_rule(SUBJECT_RULE_MODE, 0, &(struct subject){ 0 }));
}

static void
test_weight(void **state)
{
	static const struct {
		uint8_t marks, doubts, discount;
		uint16_t weight, volume;
	} rows[] = {
		{ 0, 0, 0, 20, 20 },
		{ FACT_NO_CASE, 0, 0, 20, 20 },
		{ FACT_NO_CASE_MODE, 0, 0, 0, 0 },
		{ 0, DOUBT_PROBATION, 10, 10, 10 },
		{ 0, DOUBT_TRUST, 16, 4, 4 },
		{ 0, DOUBT_REPEAT, 20, 0, 0 },
		{ 0, DOUBT_PACED, 20, 0, 20 },
		{ 0, DOUBT_PACED | DOUBT_PROBATION, 20, 0, 10 },
		{ 0, DOUBT_PACED | DOUBT_ECHO, 20, 0, 0 },
		{ 0, DOUBT_PACED | DOUBT_FLOOD, 20, 0, 0 },
		{ FACT_NO_CASE_MODE, DOUBT_PACED, 20, 0, 0 },
		{ 0, DOUBT_FLOOD, 0, 20, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct facts facts = { .marks = rows[i].marks,
			.doubts = rows[i].doubts,
			.discount = rows[i].discount & 31u };

		assert_int_equal(subject_weight(&facts), rows[i].weight);
		assert_int_equal(subject_volume(&facts), rows[i].volume);
	}
}

static void
test_week(void **state)
{
	struct facts facts = { .filed = week_first_day(2000) };

	(void)state;
	assert_int_equal(subject_week(&facts, 2960, 2960), 2960);
	assert_int_equal(subject_week(&facts, 2950, 2960), 2950);
	assert_int_equal(subject_week(&facts, 2961, 2960), 2960);
	facts.is_backfill = true;
	assert_int_equal(subject_week(&facts, 2960, 2960), 2000);
	facts.filed = week_first_day(2960);
	assert_int_equal(subject_week(&facts, 2960, 2960), 2959);
	facts.filed = -40000;
	assert_int_equal(subject_week(&facts, 2960, 2960), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
