/*
 * test_output.c - what the command shows: neutral, fitted, CSV, JSON, whole
 * files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/cli/licences.h"
#include "clients/cli/shell/output.h"
#include "clients/cli/shell/safefile.h"

/* Output into memory. */
struct sink {
	struct output output;
	char *text;
	size_t len;
};

static void
sink_open(struct sink *sink, enum output_format format, unsigned width)
{
	memset(sink, 0, sizeof(*sink));
	sink->output.format = format;
	sink->output.width = width;
	sink->output.data = open_memstream(&sink->text, &sink->len);
	sink->output.messages = sink->output.data;
	assert_non_null(sink->output.data);
}

static void
sink_expect(struct sink *sink, const char *expected)
{
	fclose(sink->output.data);
	assert_string_equal(sink->text, expected);
	free(sink->text);
}

static void
test_what_steers_a_terminal_is_shown_as_a_mark(void **state)
{
	static const struct {
		const char *written;
		const char *shown;
		unsigned width;
	} cases[] = { { "", "", 0 }, { "kettle", "kettle", 6 },
		{ "a\033[31mb", "a?[31mb", 7 }, { "a\nb\tc\x7f", "a?b?c?", 6 },
		{ "\xc2\x9b"
		  "31m",
		    "?31m", 4 },
		{ "a\xe2\x80\xae"
		  "b",
		    "a?b", 3 },
		{ "\xe2\x81\xa6x", "?x", 2 }, { "\xff\xfe", "??", 2 },
		{ "\xc3", "?", 1 }, { "caf\xc3\xa9", "caf\xc3\xa9", 4 } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tocsin_text text = tocsin_text_of(cases[i].written);
		struct sink sink;
		sink_open(&sink, OUTPUT_TABLE, 0);
		output_safe(sink.output.data, text);
		sink_expect(&sink, cases[i].shown);
		assert_int_equal(output_width(text), cases[i].width);
	}
}

static void
test_numbers_and_times(void **state)
{
	static const struct {
		int64_t number;
		const char *shown;
	} numbers[] = { { 0, "0" }, { 999, "999" }, { 1000, "1 000" },
		{ 123456, "123 456" }, { 1234567, "1 234 567" },
		{ -1000, "-1 000" }, { -100, "-100" } };
	const struct output output = { .is_utc = true };
	char out[32];
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		output_number(numbers[i].number, out);
		assert_string_equal(out, numbers[i].shown);
	}
	output_time(&output, tocsin_text_of("2026-11-24T09:05:59Z"), out);
	assert_string_equal(out, "2026-11-24 09:05Z");
	output_time(&output, tocsin_text_of("yesterday"), out);
	assert_string_equal(out, "yesterday");
}

static const struct table_column columns[] = {
	{ "id", ALIGN_LEFT, false },
	{ "name", ALIGN_LEFT, true },
	{ "n", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
print_table(struct sink *sink, const char *name, int64_t number)
{
	struct table *table = table_new(&sink->output, columns);
	assert_non_null(table);
	table_string(table, "p1");
	table_string(table, name);
	table_number(table, number);
	assert_int_equal(table_print(table), 0);
	table_free(table);
}

static void
test_tables_are_fitted(void **state)
{
	struct sink sink;
	(void)state;
	sink_open(&sink, OUTPUT_TABLE, 0);
	print_table(&sink, "a name of some length", 1200);
	sink_expect(&sink,
	    "id  name                       n\n"
	    "p1  a name of some length  1 200\n");
	sink_open(&sink, OUTPUT_TABLE, 22);
	print_table(&sink, "a name of some length", 1200);
	sink_expect(&sink,
	    "id  name             n\n"
	    "p1  a name of \xe2\x80\xa6  1 200\n");
	/* Columns never shrink to nothing: the line grows longer instead. */
	sink_open(&sink, OUTPUT_TABLE, 5);
	print_table(&sink, "a name of some length", -1);
	sink_expect(&sink,
	    "id  name      n\n"
	    "p1  a name \xe2\x80\xa6   \n");
}

static void
test_csv_cells_are_quoted_and_guarded(void **state)
{
	static const struct {
		const char *written;
		const char *cell;
	} cases[] = { { "plain", "plain" }, { "", "" }, { "a,b", "\"a,b\"" },
		{ "say \"x\"", "\"say \"\"x\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" }, { "=1+1", "\"'=1+1\"" },
		{ "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@x", "\"'@x\"" },
		{ "\tx", "\"'\tx\"" }, { "a=1", "a=1" }, { " =1", "\"' =1\"" },
		{ "a;b", "\"a;b\"" },
		{ "\xef\xbc\x9d"
		  "1",
		    "\"'\xef\xbc\x9d"
		    "1\"" } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[128];
		struct sink sink;
		sink_open(&sink, OUTPUT_CSV, 0);
		print_table(&sink, cases[i].written, 1200);
		snprintf(expected, sizeof(expected),
		    "id,name,n\r\np1,%s,1200\r\n", cases[i].cell);
		sink_expect(&sink, expected);
	}
}

static void
test_json_goes_in_and_out(void **state)
{
	static const struct {
		const char *in;
		const char *out; /* NULL: refused */
	} cases[] = {
		{ "{\"a\":[1,-2,0.5,true,null,\"x\"],\"b\":{}}",
		    "{\"a\":[1,-2,0.5,true,null,\"x\"],\"b\":{}}\n" },
		{ "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\"\n" },
		{ "\"\\u202e\\u009b\"", "\"\\u202e\\u009b\"\n" },
		{ "[\"\\n\"]", "[\"\\n\"]\n" },
		{ "", NULL },
		{ "{\"a\":1,\"a\":2}", NULL },
		{ "{\"a\":\"\xff\"}", NULL },
		{ "{\"a\":1} x", NULL },
		{ "[1,]", NULL },
		{ "[99999999999999999999]", NULL },
		{ "[[[[[[[[[[[[1]]]]]]]]]]]]", NULL },
		{ "[[[[[[[[[[[1]]]]]]]]]]]", "[[[[[[[[[[[1]]]]]]]]]]]\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tocsin_writer *writer = tocsin_writer_new();
		struct tocsin_value value;
		char why[160] = "";
		struct sink sink;
		int failed = output_parse_json(writer, NULL,
		    tocsin_text_of(cases[i].in), why);
		assert_int_equal(failed != 0, cases[i].out == NULL);
		assert_int_equal(why[0] != '\0', cases[i].out == NULL);
		if (!failed) {
			assert_true(
			    tocsin_decode(tocsin_writer_bytes(writer), &value));
			sink_open(&sink, OUTPUT_NDJSON, 0);
			assert_int_equal(output_json(&sink.output, &value), 0);
			sink_expect(&sink, cases[i].out);
		}
		tocsin_writer_free(writer);
	}
}

static void
expect_licences(bool is_csv, const char *text, size_t cut)
{
	struct licences licences;
	licences_init(&licences, is_csv);
	licences_scan(&licences, text, cut);
	licences_scan(&licences, text + cut, strlen(text) - cut);
	assert_int_equal(licences.count, 2);
	assert_string_equal(licences.found[0], "CC0");
	assert_string_equal(licences.found[1], "a \"b\", c");
	licences_fini(&licences);
}

/* However the bytes are cut, the same licences are found. */
static void
test_licences_are_found_across_cuts(void **state)
{
	static const char *const csv =
	    "id,text,licence,x\r\n"
	    "1,\"CC9, \"\"no\"\"\nlicence,\",CC0,CC9\r\n"
	    "2,,\"a \"\"b\"\", c\",\r\n3,,CC0,\r\n4,,,\r\n";
	static const char *const lists =
	    "licences,x\r\n\"[\"\"CC0\"\",\"\"a \\\"\"b\\\"\", c\"\"]\",\r\n";
	static const char *const json =
	    "{\"id\":1,\"text\":\"licence\",\"licence\":\"CC0\"}\n"
	    "{\"licences\":[\"CC0\",\"a \\\"b\\\", c\"]}\n{\"x\":1}\n";
	(void)state;
	for (size_t cut = 0; cut <= strlen(csv); cut++)
		expect_licences(true, csv, cut);
	for (size_t cut = 0; cut <= strlen(lists); cut++)
		expect_licences(true, lists, cut);
	for (size_t cut = 0; cut <= strlen(json); cut++)
		expect_licences(false, json, cut);
}

static void
read_back(const char *path, char out[32])
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	out[fread(out, 1, 31, file)] = '\0';
	fclose(file);
}

static void
test_a_file_is_whole_or_not_there(void **state)
{
	char folder[] = "/tmp/tocsin-output-XXXXXX";
	char path[64], part[64], text[32];
	struct safefile file = { .fd = -1 };
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.csv", folder);
	snprintf(part, sizeof(part), "%s/x.csv.part", folder);
	assert_int_equal(safefile_open(&file, path, ""), 0);
	fputs("half", file.stream);
	fflush(file.stream);
	assert_int_not_equal(access(path, F_OK), 0);
	safefile_drop(&file);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_not_equal(access(part, F_OK), 0);

	for (int round = 0; round < 2; round++) {
		assert_int_equal(safefile_open(&file, path, ""), 0);
		fprintf(file.stream, "whole %d", round);
		assert_int_equal(safefile_keep(&file), 0);
		safefile_drop(&file);
		read_back(path, text);
		assert_string_equal(text, round ? "whole 1" : "whole 0");
		assert_int_not_equal(access(part, F_OK), 0);
	}
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(safefile_open(&file, path, ""), -1);
	safefile_drop(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_what_steers_a_terminal_is_shown_as_a_mark),
		cmocka_unit_test(test_numbers_and_times),
		cmocka_unit_test(test_tables_are_fitted),
		cmocka_unit_test(test_csv_cells_are_quoted_and_guarded),
		cmocka_unit_test(test_json_goes_in_and_out),
		cmocka_unit_test(test_licences_are_found_across_cuts),
		cmocka_unit_test(test_a_file_is_whole_or_not_there),
	};
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
