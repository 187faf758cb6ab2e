/* test_report_limits.c - how much a report and its problems may hold. */
#include "proto/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report_case.h"

static void
a_report_is_limited_in_bytes(void **state)
{
	struct case_of *it = read_text("{" BASE KETTLE WHEN "}");
	struct report_limits tight = limits;

	(void)state;
	tight.report_bytes = (uint32_t)it->bytes.len;
	assert_int_equal(report_read(&it->report, &it->map, &tight, NULL,
			     &it->why),
	    0);
	tight.report_bytes--;
	assert_int_equal(report_read(&it->report, &it->map, &tight, NULL,
			     &it->why),
	    ERROR_TOO_LARGE);
	drop(it);
}

/* unknown keys at the top, or one key holding a map of them. */
static int
with_unknown(unsigned keys, bool is_nested, uint32_t *counted)
{
	struct buf bytes = { 0 };
	struct case_of *it;
	int code;

	pack_map(&bytes, 5 + (is_nested ? 1 : keys));
	notation(&bytes, BASE KETTLE WHEN);
	if (is_nested) {
		pack_string(&bytes, "extra");
		pack_map(&bytes, keys - 1);
	}
	for (unsigned i = is_nested; i < keys; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%u", i);
		pack_field_uint(&bytes, key, i);
	}
	it = read_bytes(bytes);
	code = it->code;
	*counted = it->report.unknown;
	drop(it);
	return code;
}

static void
unknown_keys_are_counted_and_limited(void **state)
{
	uint32_t counted;

	(void)state;
	for (unsigned is_nested = 0; is_nested < 2; is_nested++) {
		assert_int_equal(with_unknown(3, is_nested, &counted), 0);
		assert_int_equal(counted, 3);
		assert_int_equal(with_unknown(REPORT_UNKNOWN_MAX, is_nested,
				     &counted),
		    0);
		assert_int_equal(counted, REPORT_UNKNOWN_MAX);
		assert_int_equal(with_unknown(REPORT_UNKNOWN_MAX + 1, is_nested,
				     &counted),
		    ERROR_INVALID);
	}
}

static void
problems_stop_at_the_maximum(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		problem_add(&problems, "country", "odd", "%s%u\x1b",
		    "a long text \xc3\xa9 that is repeated until it is cut, "
		    "a long text \xc3\xa9 that is repeated until it is cut, "
		    "a long text \xc3\xa9 that is repeated until it is cut ",
		    i);
	assert_int_equal(problems.count, REPORT_PROBLEMS_MAX);
	for (unsigned i = 0; i < problems.count; i++)
		assert_true(utf8_is_valid(text_of(problems.item[i].text)));
	problem_add(NULL, "country", "odd", "nobody listens");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_limited_in_bytes),
		cmocka_unit_test(unknown_keys_are_counted_and_limited),
		cmocka_unit_test(problems_stop_at_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
