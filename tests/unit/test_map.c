/*
 * test_map.c - dates, numbers, headings and maps of the importer.
 */
#include "clients/cli/formats/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/cli/formats/map_value.h"

static void
dates_are_read(void **state)
{
	static const struct {
		const char *text, *format, *date; /* NULL: refused */
	} cases[] = {
		{ "2026", NULL, "2026" },
		{ "2026-05", NULL, "2026-05" },
		{ "2026-05-31", NULL, "2026-05-31" },
		{ "2026-05-31T23:59:59Z", NULL, "2026-05-31" },
		{ "2026-05-31 10:00", NULL, "2026-05-31" },
		{ "2026-05-32", NULL, NULL },
		{ "2026-02-29", NULL, NULL },
		{ "1899-12-31", NULL, NULL },
		{ "9999-01-01", NULL, NULL },
		{ "", NULL, NULL },
		{ "03/04/2026", NULL, NULL },
		{ "28/04/2026", NULL, NULL },
		{ "3.4.2026", NULL, NULL },
		{ "03/04/26", NULL, NULL },
		{ "03/04/2026", "DD/MM/YYYY", "2026-04-03" },
		{ "03/04/2026", "MM/DD/YYYY", "2026-03-04" },
		{ "3/4/2026", "DD/MM/YYYY", "2026-04-03" },
		{ "31/02/2026", "DD/MM/YYYY", NULL },
		{ "13/13/2026", "DD/MM/YYYY", NULL },
		{ "00/01/2026", "DD/MM/YYYY", NULL },
		{ "003/4/2026", "DD/MM/YYYY", NULL },
		{ "3/4/26", "DD/MM/YYYY", NULL },
		{ "3/4/26", "DD/MM/YY", "2026-04-03" },
		{ "3/4/49", "DD/MM/YY", "2049-04-03" },
		{ "3/4/50", "DD/MM/YY", "1950-04-03" },
		{ "20260403", "YYYYMMDD", "2026-04-03" },
		{ "2026043", "YYYYMMDD", NULL },
		{ "04/2026", "MM/YYYY", "2026-04" },
		{ "2026", "YYYY", "2026" },
		{ "2026-04-03", "DD/MM/YYYY", "2026-04-03" },
		{ "03/04/2026 ", "DD/MM/YYYY", NULL },
		{ "3 avril 2026", "DD/MM/YYYY", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[DATE_MAX];
		struct fault fault = { .code = NULL };
		int code = map_date(text_of(cases[i].text), cases[i].format,
		    out, &fault, "occurred");
		if (code != (cases[i].date ? 0 : -1))
			fail_msg("\"%s\" as %s: %d", cases[i].text,
			    cases[i].format ? cases[i].format : "ISO", code);
		if (cases[i].date)
			assert_string_equal(out, cases[i].date);
		else
			assert_string_equal(fault.field, "occurred");
	}
}

static void
date_formats_are_judged(void **state)
{
	static const char *const good[] = { "YYYY", "DD/MM/YYYY", "DD.MM.YY",
		"YYYYMMDD", "MM-YYYY", "YYYY MM DD" };
	static const char *const bad[] = { "", "DD/MM", "JJ/MM/AAAA", "DD/YYYY",
		"D/M/YYYY", "YYY", "DD/MM/YYYY HH", "DD/MM/YYYY/DD",
		"YYYYYYYY" };
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(map_is_date_format(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(map_is_date_format(bad[i]));
}

static void
numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		char decimal;
		int code;
		double number;
	} cases[] = {
		{ "12", 0, 0, 12 },
		{ "1.5", 0, 0, 1.5 },
		{ "1,5", 0, 0, 1.5 },
		{ "1,5", ',', 0, 1.5 },
		{ "1.5", ',', -1, 0 },
		{ "1,5", '.', -1, 0 },
		{ "-3", '.', 0, -3 },
		{ "1,234.5", 0, -1, 0 },
		{ "", 0, -1, 0 },
		{ "-", 0, -1, 0 },
		{ ".", 0, -1, 0 },
		{ "1e5", 0, -1, 0 },
		{ "0x10", 0, -1, 0 },
		{ "nan", 0, -1, 0 },
		{ "inf", 0, -1, 0 },
		{ "12 ans", 0, -1, 0 },
		{ "11111111111111111111111111111111", 0, -1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double number = 0;
		assert_int_equal(map_number(text_of(cases[i].text),
				     cases[i].decimal, &number),
		    cases[i].code);
		if (!cases[i].code)
			assert_true(number == cases[i].number);
	}
}

/* Cut a heading without quotes. */
static uint32_t
cut_heading(char *line, char delimiter, struct text cell[64])
{
	const char marks[2] = { delimiter, '\0' };
	uint32_t count = 0;
	char *rest = line;
	char *part;
	while ((part = strsep(&rest, marks)))
		cell[count++] = map_trim(text_of(part));
	return count;
}

static void
templates_need_no_map(void **state)
{
	(void)state;
	for (int is_french = 0; is_french < 2; is_french++) {
		struct buf out = { 0 };
		struct text cell[64];
		char why[WHY_MAX];
		struct map map;
		unsigned nfields, nused = 0;
		uint32_t count;
		map_put_template(&out, is_french);
		buf_u8(&out, 0);
		count =
		    cut_heading((char *)out.at, is_french ? ';' : ',', cell);
		assert_int_equal(map_init_template(&map, cell, count, why), 0);
		report_fields(&nfields);
		for (unsigned i = 0; i < nfields; i++)
			nused += map.use[i].field != NULL;
		assert_int_equal(map.nids, 1);
		assert_int_equal(nused, count - 1);
		map_fini(&map);
		buf_free(&out);
	}
}

static void
headings_are_refused_with_a_hint(void **state)
{
	const struct text wrong[] = { TEXT("id"), TEXT("categry") };
	const struct text other[] = { TEXT("colour of the thing") };
	const struct text ours[] = { TEXT("id"), TEXT("_line"), TEXT("_field"),
		TEXT("_code"), TEXT("_reason"), TEXT("") };
	char why[WHY_MAX];
	struct map map;
	(void)state;
	assert_int_equal(map_init_template(&map, wrong, 2, why), -1);
	assert_non_null(strstr(why, "did you mean \"category\"?"));
	map_fini(&map);
	assert_int_equal(map_init_template(&map, other, 1, why), -1);
	assert_non_null(strstr(why, "--template"));
	map_fini(&map);
	assert_int_equal(map_init_template(&map, ours, 6, why), 0);
	map_fini(&map);
}

/* --- map.yaml ------------------------------------------------------------ */

static int
load(struct map *map, const char *yaml)
{
	char path[] = "/tmp/tocsin-map-XXXXXX";
	int fd = mkstemp(path);
	int code;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
	close(fd);
	code = map_load(map, path);
	unlink(path);
	return code;
}

static void
maps_are_refused_with_reasons(void **state)
{
	static const struct {
		const char *yaml, *complaint;
	} cases[] = {
		{ "", "which column is which field" },
		{ "- a\n", "which column is which field" },
		{ "colour: red\n", ":1:1: unknown key \"colour\"" },
		{ "encoding: ebcdic\n", ":1:11: an encoding is" },
		{ "delimiter: ab\n", ":1:12: \"delimiter\" is one of" },
		{ "decimal: x\n", "\"decimal\" is one of" },
		{ "date: DD\n", ":1:7: a date is written" },
		{ "date: DD/MM/YYYY/DD/MM/YYYY/DD/MM/YYYY\n", "a date is" },
		{ "date: [DD]\n", "wants one value" },
		{ "fields: x\n", "fields is a map" },
		{ "fields: {product.brnd: x}\n",
		    "did you mean \"product.brand\"?" },
		{ "fields: {product: x}\n", "has no field \"product\"" },
		{ "fields: {kind: {}}\n", "say a column or a value" },
		{ "fields: {kind: {column: a, vals: b}}\n", "unknown key" },
		{ "fields: {kind: {column: a, values: b}}\n",
		    "values is a map" },
		{ "fields: {kind: {column: a, values: {b: [c]}}}\n",
		    "means one word" },
		{ "fields: {kind: {column: a, otherwise: drop}}\n",
		    "otherwise is refuse or keep" },
		{ "id: [a, b, c, d, e, f, g, h, i]\n", "at most 8 columns" },
		{ "id: [{a: b}]\n", "a column's heading" },
		{ "id: a\nid: b\n", ":2:1:" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct map map;
		assert_int_equal(load(&map, cases[i].yaml), -1);
		buf_u8(&map.errors.text, 0);
		if (!strstr((char *)map.errors.text.at, cases[i].complaint))
			fail_msg("%s: %s", cases[i].yaml,
			    (char *)map.errors.text.at);
		map_fini(&map);
	}
}

static void
check_text(const struct tocsin_value *report, const char *path,
    const char *text)
{
	struct tocsin_text found = tocsin_get_text(report, path);
	if (!tocsin_text_is(found, text))
		fail_msg("%s is \"%.*s\", not \"%s\"", path, (int)found.len,
		    found.at ? found.at : "", text);
}

static void
rows_become_reports(void **state)
{
	const char *yaml =
	    "id: [a, b]\nsource: s\nfields:\n"
	    "  kind: {value: incident}\n"
	    "  product.brand: c\n"
	    "  severity: {column: d, values: {X: none, y: damage}}\n"
	    "  product.gtin: e\n"
	    "  text: {column: f, value: empty}\n"
	    "keep: g\n";
	const struct text heading[] = { TEXT("A"), TEXT("b"), TEXT("c"),
		TEXT("d"), TEXT("e"), TEXT("f"), TEXT("g"), TEXT("h") };
	struct text cell[] = { TEXT("1"), TEXT(" 2 "), TEXT("B"), TEXT("Y"),
		TEXT("1;2,3\n4"), TEXT(""), TEXT("kept"), TEXT("gone") };
	const struct map_overlay overlay = { .licence = TEXT("L") };
	const struct map_row row = { .cell = cell,
		.count = 8,
		.overlay = &overlay };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value report, list;
	struct map_notes notes;
	struct fault fault;
	char why[WHY_MAX];
	struct map map;
	(void)state;
	assert_int_equal(load(&map, yaml), 0);
	assert_int_equal(map_bind(&map, heading, 8, why), 0);
	assert_int_equal(map_report(&map, &row, writer, &notes, &fault), 0);
	assert_true(tocsin_writer_is_whole(writer));
	assert_true(tocsin_decode(tocsin_writer_bytes(writer), &report));
	check_text(&report, "id", "1/2");
	check_text(&report, "kind", "incident");
	check_text(&report, "product.brand", "B");
	check_text(&report, "severity", "damage");
	check_text(&report, "origin.source", "s");
	check_text(&report, "origin.licence", "L");
	check_text(&report, "text", "empty");
	check_text(&report, "g", "kept");
	list = tocsin_get(&report, "product.gtin");
	assert_int_equal(list.count, 4);
	assert_int_equal(report.count, 7);
	cell[3] = TEXT("z");
	assert_int_equal(map_report(&map, &row, writer, &notes, &fault), -1);
	assert_string_equal(fault.field, "severity");
	cell[3] = TEXT("x");
	cell[1] = TEXT(" ");
	assert_int_equal(map_report(&map, &row, writer, &notes, &fault), -1);
	assert_string_equal(fault.field, "id");
	tocsin_writer_free(writer);
	map_fini(&map);
}

static void
ords_needs_its_columns(void **state)
{
	const struct text heading[] = { TEXT("id"), TEXT("country"),
		TEXT("product_category"), TEXT("event_date"),
		TEXT("something new"), TEXT("text"), TEXT("something new") };
	char why[WHY_MAX] = "";
	struct map map;
	(void)state;
	map_init_ords(&map);
	assert_int_equal(map_bind(&map, heading, 7, why), 0);
	/* A second of the same name, or one that a report knows, is left. */
	assert_int_equal(map.nkept, 1);
	map_fini(&map);
	for (uint32_t missing = 0; missing < 4; missing++) {
		struct text fewer[3];
		uint32_t count = 0;
		for (uint32_t i = 0; i < 4; i++) {
			if (i != missing)
				fewer[count++] = heading[i];
		}
		map_init_ords(&map);
		assert_int_equal(map_bind(&map, fewer, 3, why), -1);
		assert_non_null(strstr(why, "the file has no column"));
		map_fini(&map);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(date_formats_are_judged),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(templates_need_no_map),
		cmocka_unit_test(headings_are_refused_with_a_hint),
		cmocka_unit_test(maps_are_refused_with_reasons),
		cmocka_unit_test(rows_become_reports),
		cmocka_unit_test(ords_needs_its_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
