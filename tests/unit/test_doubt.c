/* test_doubt.c - what a report counts for: its words, its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/detect/doubt.h"
#include "daemon/store/record.h"

/* A day in November 2026, mid-morning. */
static const int64_t received = INT64_C(1795510800000);

static void
test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DOUBT_COUNT; i++) {
		assert_true(strlen(doubt_word(i)) > 3);
		assert_true(strlen(doubt_meaning(i)) > 10);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(doubt_word(i), doubt_word(j));
	}
	assert_string_equal(doubt_word(0), "repeat");
}

static struct record_report
some_record(bool has_evidence)
{
	struct facts facts = { .product = 7,
		.source = 5,
		.mode = 3,
		.organisation = 2,
		.filed = date_of_ms(received),
		.received_ms = received };
	struct record_report record = { .first_seq = 7,
		.previous_seq = 7,
		.revision = 2,
		.facts = facts,
		.old = facts };

	if (!has_evidence)
		return record;
	record.evidence.product = record.old_evidence.product = 7;
	record.facts.marks = FACT_REPORTER;
	record.old.marks = FACT_SUSPECT;
	record.evidence.completeness = 3;
	record.old_evidence.completeness = 4;
	record.old_case = 77;
	return record;
}

static size_t
bytes_of(enum record_type type, const struct record_report *record)
{
	struct buf out = { 0 };
	size_t len;

	record_report_write(&out, type, record, received);
	len = out.len;
	buf_free(&out);
	return len;
}

static void
assert_same(const struct facts *found, const struct facts *expected,
    bool has_evidence)
{
	assert_int_equal(found->discount, expected->discount);
	assert_int_equal(found->doubts, expected->doubts);
	if (has_evidence)
		assert_int_equal(found->marks, expected->marks);
}

static void
read_back(enum record_type type, const struct record_report *record)
{
	bool has_evidence = record->evidence.product;
	struct record_report found;
	struct buf out = { 0 };

	record_report_write(&out, type, record, received);
	assert_true(record_report_read(buf_text(&out), type, received, &found));
	if (type != RECORD_WITHDRAW) {
		assert_same(&found.facts, &record->facts, has_evidence);
		assert_int_equal(found.evidence.product,
		    record->evidence.product);
		assert_int_equal(found.evidence.completeness,
		    record->evidence.completeness);
	}
	if (type != RECORD_REPORT) {
		assert_same(&found.old, &record->old, has_evidence);
		assert_int_equal(found.old_evidence.product,
		    record->old_evidence.product);
		assert_int_equal(found.old_evidence.completeness,
		    record->old_evidence.completeness);
		assert_int_equal(found.old_case, record->old_case);
	}
	buf_free(&out);
}

static void
test_bytes(void **state)
{
	static const enum record_type types[] = { RECORD_REPORT, RECORD_AMEND,
		RECORD_WITHDRAW, RECORD_REGROUP };

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		struct record_report record = some_record(i & 4);
		enum record_type type = types[i & 3];
		size_t len = bytes_of(type, &record);

		if (i & 8) {
			record.facts.discount = WEIGHT_CASE;
			record.facts.doubts = DOUBT_FLOOD | DOUBT_REPEAT;
		}
		if (i & 16) {
			record.old.discount = 10;
			record.old.doubts = DOUBT_PROBATION;
		}
		read_back(type, &record);
		/* A mark each where there were none, two bytes of doubt. */
		assert_true(bytes_of(type, &record) <= len + 6);
		if (!(i & 24))
			assert_int_equal(bytes_of(type, &record), len);
	}
}

/* More than a whole case cannot be taken off. */
static void
test_hostile(void **state)
{
	struct record_report record = some_record(true), found;
	struct buf out = { 0 };
	bool was_refused = false;

	(void)state;
	record.facts.discount = WEIGHT_CASE;
	record.facts.doubts = DOUBT_ECHO;
	record_report_write(&out, RECORD_REPORT, &record, received);
	for (size_t i = 0; i < out.len; i++) {
		if (out.at[i] != WEIGHT_CASE || out.at[i + 1] != DOUBT_ECHO)
			continue;
		out.at[i]++;
		was_refused = !record_report_read(buf_text(&out), RECORD_REPORT,
		    received, &found);
	}
	assert_true(was_refused);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
