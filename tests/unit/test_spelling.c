/* test_spelling.c - when the choice of a spelling is looked at, and won. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/spelling.h"

/* Sources in order of arrival, and after which of them a choice is due. */
static void
test_due(void **state)
{
	static const struct {
		uint32_t sources[10];
		const char *due;
	} cases[] = {
		/* One source alone shows nothing, however often it writes. */
		{ { 7, 7, 7, 7, 7, 7, 7, 7 }, "--------" },
		{ { 7, 8 }, "-!" },
		{ { 7, 7, 8, 9, 7 }, "--!!-" },
		{ { 7, 8, 7, 8, 7, 8, 7, 8, 7, 8 }, "-!-!---!--" },
		/* The second source comes where the count does not double. */
		{ { 1, 1, 1, 1, 2, 1, 1, 1 }, "----!--!" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spelling_count count = { 0 };

		for (size_t k = 0; cases[i].due[k] != '\0'; k++)
			assert_int_equal(spelling_add(&count,
					     cases[i].sources[k]),
			    cases[i].due[k] == '!');
		assert_int_equal(count.first_source, cases[i].sources[0]);
	}
}

static void
test_counts_out(void **state)
{
	struct spelling_count count = { 0 };
	(void)state;

	spelling_remove(&count);
	assert_int_equal(count.reports, 0);
	assert_false(spelling_add(&count, 3));
	assert_true(spelling_add(&count, 4));
	spelling_remove(&count);
	spelling_remove(&count);
	assert_int_equal(count.reports, 0);
	/* It was shared once, and is for good. */
	assert_true(spelling_add(&count, 3));
	assert_int_equal(count.reports, 1);
}

static void
test_prevails(void **state)
{
	(void)state;
	assert_true(spelling_prevails(1, 0));
	assert_false(spelling_prevails(0, 0));
	assert_false(spelling_prevails(4, 4));
	assert_true(spelling_prevails(5, 4));
	assert_false(spelling_prevails(4, UINT32_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_counts_out),
		cmocka_unit_test(test_prevails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
