/* test_record_prior.c - a prior's bytes, and those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "daemon/store/record_prior.h"

static struct record_prior
some_record(void)
{
	return (struct record_prior){ .category = 77,
		.yardstick = { .a0 = .5,
		    .b0 = 40.25,
		    .size = (double)INFINITY,
		    .volume = 78,
		    .family = 79,
		    .since = 2900,
		    .week = 2950,
		    .streams = 12 },
		.scale = 1.5,
		.reports = 1234567890123 };
}

static bool
comes_back(const struct record_prior *record, struct record_prior *found)
{
	struct buf out = { 0 };
	bool is_read;

	record_prior_write(&out, record);
	is_read = record_prior_read(buf_text(&out), found);
	buf_free(&out);
	return is_read;
}

static void
test_bytes(void **state)
{
	struct record_prior record = some_record(), found;

	(void)state;
	assert_true(comes_back(&record, &found));
	assert_memory_equal(&found.yardstick, &record.yardstick,
	    sizeof(found.yardstick));
	assert_int_equal(found.category, record.category);
	assert_true(found.scale == record.scale);
	assert_int_equal(found.reports, record.reports);
}

/* What no estimate gives cannot enter the rows. */
static void
test_refused(void **state)
{
	static const double bad[] = { 0, -1, (double)NAN, -(double)INFINITY };
	struct record_prior record, found;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		record = some_record();
		record.yardstick.a0 = bad[i];
		assert_false(comes_back(&record, &found));
		record = some_record();
		record.yardstick.b0 = bad[i];
		assert_false(comes_back(&record, &found));
		record = some_record();
		record.yardstick.size = bad[i];
		assert_false(comes_back(&record, &found));
	}
	record = some_record();
	record.yardstick.b0 = (double)INFINITY;
	assert_false(comes_back(&record, &found));
	record = some_record();
	record.scale = (double)NAN;
	assert_false(comes_back(&record, &found));
	record = some_record();
	record.yardstick.since = 0;
	assert_false(comes_back(&record, &found));
	record = some_record();
	record.yardstick.since = 2951;
	assert_false(comes_back(&record, &found));
}

static void
test_cut_short(void **state)
{
	struct record_prior record = some_record(), found;
	struct buf out = { 0 };

	(void)state;
	record_prior_write(&out, &record);
	for (size_t len = 0; len < out.len; len++)
		assert_false(
		    record_prior_read((struct text){ (const char *)out.at,
					  len },
			&found));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
