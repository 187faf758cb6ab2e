/* test_cursor.c - cursors come back as they went, and nothing else passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/feed/cursor.h"

static const uint8_t instance[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15, 16 };
enum { EPOCH = 7 };
#define HEAD ((UINT64_C(1) << 53) - 1)

static int
parse(const char *text, size_t len, uint64_t head, struct cursor *cursor)
{
	struct refusal why = { 0 };
	int code = cursor_parse((struct text){ text, len }, instance, EPOCH,
	    head, cursor, &why);

	assert_int_equal(code, why.code);
	if (code != 0)
		assert_string_equal(why.field, "cursor");
	return code;
}

static void
test_round_trip(void **state)
{
	static const struct cursor cursors[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ 0, HEAD },
		{ 1, 0 },
		{ 1, 1 },
		{ HEAD, 0 },
		{ HEAD, HEAD },
		{ 4000, 3999 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		char out[CURSOR_MAX];
		struct cursor back;
		size_t len = cursor_format(&cursors[i], instance, EPOCH, out);

		assert_int_equal(len, strlen(out));
		assert_true(len < CURSOR_MAX);
		assert_int_equal(parse(out, len, HEAD, &back), 0);
		assert_true(back.snapshot == cursors[i].snapshot);
		assert_true(back.position == cursors[i].position);
	}
}

static void
test_future_is_gone(void **state)
{
	static const struct {
		struct cursor cursor;
		uint64_t head;
		int code;
	} cases[] = {
		{ { 0, 100 }, 100, 0 },
		{ { 0, 101 }, 100, ERROR_CURSOR_GONE },
		{ { 100, 50 }, 100, 0 },
		{ { 101, 50 }, 100, ERROR_CURSOR_GONE },
		{ { 50, 51 }, 100, ERROR_INVALID },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[CURSOR_MAX];
		struct cursor back;
		size_t len =
		    cursor_format(&cases[i].cursor, instance, EPOCH, out);

		assert_int_equal(parse(out, len, cases[i].head, &back),
		    cases[i].code);
	}
}

static void
test_other_store_or_epoch(void **state)
{
	const struct cursor cursor = { 0, 5 };
	uint8_t other[16];
	char out[CURSOR_MAX];
	struct cursor back;
	size_t len;
	(void)state;

	memcpy(other, instance, sizeof(other));
	other[7] ^= 1;
	len = cursor_format(&cursor, other, EPOCH, out);
	assert_int_equal(parse(out, len, HEAD, &back), ERROR_CURSOR_GONE);
	len = cursor_format(&cursor, instance, EPOCH + 1, out);
	assert_int_equal(parse(out, len, HEAD, &back), ERROR_CURSOR_GONE);
	len = cursor_format(&cursor, instance, 0, out);
	assert_int_equal(parse(out, len, HEAD, &back), ERROR_CURSOR_GONE);
}

/* Every change of one character is a typing error, never another place. */
static void
test_typos_are_invalid(void **state)
{
	const struct cursor cursor = { 12345, 678 };
	char out[CURSOR_MAX];
	struct cursor back;
	size_t len = cursor_format(&cursor, instance, EPOCH, out);
	(void)state;

	for (size_t i = 0; i < len; i++) {
		static const char others[] = "0123456789abcdefg-T \n";
		char kept = out[i];

		for (const char *c = others; *c != '\0'; c++) {
			if (*c == kept)
				continue;
			out[i] = *c;
			assert_int_equal(parse(out, len, HEAD, &back),
			    ERROR_INVALID);
		}
		out[i] = kept;
	}
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(parse(out, cut, HEAD, &back), ERROR_INVALID);
	out[len] = '0';
	assert_int_equal(parse(out, len + 1, HEAD, &back), ERROR_INVALID);
	assert_int_equal(parse(NULL, 0, HEAD, &back), ERROR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_future_is_gone),
		cmocka_unit_test(test_other_store_or_epoch),
		cmocka_unit_test(test_typos_are_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
