/* test_table.c - cells of CSV and values of JSON, as exports write them. */
#include "tests/unit/export_rig.h"

#include "daemon/feed/json.h"
#include "daemon/feed/table.h"

/* One text cell, as it comes out behind the cell before it. */
static void
expect_cell(struct export_options options, struct text cell,
    const char *expected)
{
	struct buf out = { 0 };
	const struct export_sink sink = { put_bytes, &out };
	struct table table;

	table_init(&table, &options, &sink);
	buf_clear(&table.out);
	table_text(&table, cell);
	buf_add(&out, table.out.at, table.out.len);
	buf_u8(&out, 0);
	assert_string_equal((const char *)out.at, expected);
	table_fini(&table);
	buf_free(&out);
}

static void
test_csv_cells(void **state)
{
	static const struct {
		const char *cell, *guarded, *raw;
	} cases[] = {
		{ "", "", "" },
		{ "plain", "plain", "plain" },
		{ "a,b", "\"a,b\"", "\"a,b\"" },
		{ "say \"no\"", "\"say \"\"no\"\"\"", "\"say \"\"no\"\"\"" },
		{ "\"", "\"\"\"\"", "\"\"\"\"" },
		{ "two\nlines", "\"two\nlines\"", "\"two\nlines\"" },
		{ "two\r\nlines", "\"two\r\nlines\"", "\"two\r\nlines\"" },
		{ "=1+1", "'=1+1", "=1+1" },
		{ "+33 1", "'+33 1", "+33 1" },
		{ "-5", "'-5", "-5" },
		{ "@sum", "'@sum", "@sum" },
		{ "\tx", "\"'\tx\"", "\"\tx\"" },
		{ "a;=1", "\"a;=1\"", "\"a;=1\"" },
		{ "a\tb", "\"a\tb\"", "\"a\tb\"" },
		{ "\rx", "\"'\rx\"", "\"\rx\"" },
		{ "\nx", "\"'\nx\"", "\"\nx\"" },
		{ "  =1", "'  =1", "  =1" },
		{ "\xc2\xa0=1", "'\xc2\xa0=1", "\xc2\xa0=1" },
		{ "\xe3\x80\x80+1", "'\xe3\x80\x80+1", "\xe3\x80\x80+1" },
		{ "\xef\xbc\x9d"
		  "1",
		    "'\xef\xbc\x9d"
		    "1",
		    "\xef\xbc\x9d"
		    "1" },
		{ "\xef\xbc\x8b"
		  "1",
		    "'\xef\xbc\x8b"
		    "1",
		    "\xef\xbc\x8b"
		    "1" },
		{ "\xef\xbc\x8d"
		  "1",
		    "'\xef\xbc\x8d"
		    "1",
		    "\xef\xbc\x8d"
		    "1" },
		{ "\xef\xbc\xa0"
		  "a",
		    "'\xef\xbc\xa0"
		    "a",
		    "\xef\xbc\xa0"
		    "a" },
		{ "=a,\"b\"", "\"'=a,\"\"b\"\"\"", "\"=a,\"\"b\"\"\"" },
		{ "a=b", "a=b", "a=b" },
		{ "1-2", "1-2", "1-2" },
		{ "'=1", "'=1", "'=1" },
		{ "\xc3\x89lectro", "\xc3\x89lectro", "\xc3\x89lectro" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_cell((struct export_options){ .what = EXPORT_REPORTS },
		    text_of(cases[i].cell), cases[i].guarded);
		expect_cell((struct export_options){ .what = EXPORT_REPORTS,
				.raw_cells = true },
		    text_of(cases[i].cell), cases[i].raw);
	}
}

static void
test_json_texts(void **state)
{
	const struct {
		struct text text;
		const char *json;
	} cases[] = {
		{ TEXT(""), "\"\"" },
		{ TEXT("plain"), "\"plain\"" },
		{ TEXT("\"\\/"), "\"\\\"\\\\/\"" },
		{ TEXT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
		{ TEXT("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\"" },
		{ TEXT("\xc2\x9b\xe2\x80\xae\xe2\x80\xa8"),
		    "\"\\u009b\\u202e\\u2028\"" },
		{ TEXT("\xc3\xa9\xf0\x9f\x94\x94"),
		    "\"\xc3\xa9\xf0\x9f\x94\x94\"" },
		{ TEXT("a\xff"
		       "b\xc3"),
		    "\"a\xef\xbf\xbd"
		    "b\xef\xbf\xbd\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		json_text(&out, cases[i].text);
		buf_u8(&out, 0);
		assert_string_equal((const char *)out.at, cases[i].json);
		buf_free(&out);
	}
}

static void
test_json_values(void **state)
{
	static const struct {
		const char *value, *json;
	} cases[] = {
		{ "nil", "null" },
		{ "true", "true" },
		{ "0", "0" },
		{ "9007199254740991", "9007199254740991" },
		{ "-3", "-3" },
		{ "0.1", "0.1" },
		{ "2.5e-7", "2.5e-07" },
		{ "<cb 7f f0 00 00 00 00 00 00>", "null" },
		{ "b'\\x01\\xff'", "\"01ff\"" },
		{ "[]", "[]" },
		{ "[1, 'a', nil, [true]]", "[1,\"a\",null,[true]]" },
		{ "{'a': {'b': [1.5]}, 'c': 'd\"'}",
		    "{\"a\":{\"b\":[1.5]},\"c\":\"d\\\"\"}" },
		{ "{1: 2}", "{\"1\":2}" },
		{ "<c7 01 05 00>", "null" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf bytes = { 0 }, out = { 0 };
		struct value value;

		notation(&bytes, cases[i].value);
		assert_true(value_of(buf_text(&bytes), &value));
		json_value(&out, &value);
		buf_u8(&out, 0);
		assert_string_equal((const char *)out.at, cases[i].json);
		buf_free(&bytes);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv_cells),
		cmocka_unit_test(test_json_texts),
		cmocka_unit_test(test_json_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
