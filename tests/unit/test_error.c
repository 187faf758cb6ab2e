/* test_error.c - codes, refusals and their wire form. */
#include "proto/error.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/value.h"

static void
every_code_has_a_name_that_leads_back(void **state)
{
	(void)state;
	assert_string_equal(error_name(ERROR_NONE), "");
	for (unsigned code = 1; code < ERROR_COUNT; code++) {
		const char *name = error_name((enum error_code)code);

		assert_true(name[0]);
		assert_int_equal(error_of_name(text_of(name)), code);
		assert_true(error_meaning((enum error_code)code)[0]);
		for (const char *at = name; *at; at++)
			assert_true((*at >= 'a' && *at <= 'z') || *at == '-');
	}
	assert_int_equal(error_of_name(TEXT("invalidx")), ERROR_INTERNAL);
	assert_int_equal(error_of_name(TEXT("")), ERROR_INTERNAL);
}

static void
format_is(const struct refusal *why, const char *wire)
{
	char out[REFUSAL_TEXT_MAX];

	assert_int_equal(refusal_format(why, out), strlen(wire));
	assert_string_equal(out, wire);
}

static void
refusals_take_their_wire_form(void **state)
{
	struct refusal why;

	(void)state;
	assert_int_equal(refuse(&why, ERROR_INVALID, "occurred", "use %s",
			     "YYYY"),
	    ERROR_INVALID);
	format_is(&why, "invalid: occurred: use YYYY");
	assert_int_equal(refuse(&why, ERROR_NOT_FOUND, NULL, "no product p7"),
	    ERROR_NOT_FOUND);
	format_is(&why, "not-found: no product p7");
	assert_int_equal(refuse_for_now(&why, ERROR_BUSY, 3600000,
			     "daily quota reached"),
	    ERROR_BUSY);
	format_is(&why, "busy: daily quota reached; retry_after_ms=3600000");
	assert_int_equal(refuse(&why, ERROR_BUSY, NULL, "for good"),
	    ERROR_BUSY);
	format_is(&why, "busy: for good");
}

static void
a_refusal_stays_printable(void **state)
{
	static const struct {
		const char *given, *kept;
	} row[] = {
		{ "a\nb\tc\x1b[2Jd\x7f", "a?b?c?[2Jd?" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "caf\xc3", "caf?" },
		{ "\xff\xfe", "??" },
		{ "\xed\xa0\x80", "???" },
		{ "x\xc2\x85y", "x?y" },
		{ "\xe2\x80\xae"
		  "evil",
		    "?evil" },
		{ "", "" },
	};
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		(void)refuse(&why, ERROR_INVALID, row[i].given, "%s",
		    row[i].given);
		assert_string_equal(why.text, row[i].kept);
		assert_string_equal(why.field, row[i].kept);
	}
}

/* Cut at every possible place inside and between two-byte characters. */
static void
a_cut_never_leaves_half_a_character(void **state)
{
	char given[1024];
	struct refusal why;
	char wire[REFUSAL_TEXT_MAX];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(given, 'x', sizeof(given));
		for (size_t i = shift; i + 3 < sizeof(given); i += 3)
			memcpy(given + i, "\xe2\x82\xac", 3);
		given[sizeof(given) - 1] = '\0';
		(void)refuse_for_now(&why, ERROR_TLS_REQUIRED, INT64_MAX, "%s",
		    given);
		assert_true(utf8_is_valid(text_of(why.text)));
		assert_null(strchr(why.text, '?'));
		assert_in_range(strlen(why.text), sizeof(why.text) - 4,
		    sizeof(why.text) - 1);
		(void)refuse(&why, ERROR_TLS_REQUIRED, given, "%s", given);
		assert_true(utf8_is_valid(text_of(why.field)));
		assert_null(strchr(why.field, '?'));
		assert_in_range(refusal_format(&why, wire), 250,
		    REFUSAL_TEXT_MAX - 1);
	}
}

static void
wire_forms_are_read_back(void **state)
{
	static const struct {
		const char *wire;
		enum error_code code;
		const char *field, *text;
		int64_t retry;
	} row[] = {
		{ "invalid: occurred: use YYYY", ERROR_INVALID, "occurred",
		    "use YYYY", 0 },
		{ "invalid: product.gtin: at most 16 items", ERROR_INVALID,
		    "product.gtin", "at most 16 items", 0 },
		{ "busy: quota of ufc: reached; retry_after_ms=3600000",
		    ERROR_BUSY, "", "quota of ufc: reached", 3600000 },
		{ "busy: x; retry_after_ms=", ERROR_BUSY, "",
		    "x; retry_after_ms=", 0 },
		{ "busy: x; retry_after_ms=9999999999999999999", ERROR_BUSY, "",
		    "x; retry_after_ms=9999999999999999999", 0 },
		{ "busy: 17", ERROR_BUSY, "", "17", 0 },
		{ "cursor-gone", ERROR_CURSOR_GONE, "", "", 0 },
		{ "cursor-gone:", ERROR_CURSOR_GONE, "", "", 0 },
		{ "newer-code: something", ERROR_INTERNAL, "", "something", 0 },
		{ "", ERROR_INTERNAL, "", "", 0 },
		{ ":", ERROR_INTERNAL, "", "", 0 },
		{ "invalid: a\x1b: b", ERROR_INVALID, "", "a?: b", 0 },
	};
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		refusal_parse(text_of(row[i].wire), &why);
		assert_int_equal(why.code, row[i].code);
		assert_string_equal(why.field, row[i].field);
		assert_string_equal(why.text, row[i].text);
		assert_int_equal(why.retry_after_ms, row[i].retry);
	}
}

static void
long_wire_forms_are_cut(void **state)
{
	char wire[2000];
	struct refusal why;

	(void)state;
	for (size_t len = 0; len < sizeof(wire); len += 7) {
		memset(wire, 'y', sizeof(wire));
		memcpy(wire, "invalid: ", 9);
		refusal_parse((struct text){ wire, len }, &why);
		assert_true(strlen(why.text) < sizeof(why.text));
		if (len > 100 && len + 2 < sizeof(wire)) {
			memcpy(wire + len - 2, ": z", 3);
			refusal_parse((struct text){ wire, len + 1 }, &why);
			assert_true(strlen(why.field) < sizeof(why.field));
		}
	}
}

static void
what_was_formatted_is_parsed(void **state)
{
	struct refusal why, back;
	char wire[REFUSAL_TEXT_MAX];

	(void)state;
	for (unsigned code = 1; code < ERROR_COUNT; code++) {
		size_t len;

		(void)refuse(&why, (enum error_code)code,
		    code % 2 ? "product.brand" : NULL, "rule number %u of many",
		    code);
		why.retry_after_ms = code % 3 ? 0 : 1000 + (int64_t)code;
		len = refusal_format(&why, wire);
		refusal_parse((struct text){ wire, len }, &back);
		assert_int_equal(back.code, why.code);
		assert_string_equal(back.field, why.field);
		assert_string_equal(back.text, why.text);
		assert_int_equal(back.retry_after_ms, why.retry_after_ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_that_leads_back),
		cmocka_unit_test(refusals_take_their_wire_form),
		cmocka_unit_test(a_refusal_stays_printable),
		cmocka_unit_test(a_cut_never_leaves_half_a_character),
		cmocka_unit_test(wire_forms_are_read_back),
		cmocka_unit_test(long_wire_forms_are_cut),
		cmocka_unit_test(what_was_formatted_is_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
