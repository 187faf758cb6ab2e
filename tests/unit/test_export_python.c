/* test_export_python.c - a reader that is not ours reads every export. */
#include "tests/unit/export_rig.h"

static const char foreign[] =
    "import csv, json, sys\n"
    "rows = list(csv.reader(open(sys.argv[1], newline='', "
    "encoding='utf-8'), strict=True))\n"
    "lines = open(sys.argv[2], encoding='utf-8').read().split('\\n')\n"
    "assert lines.pop() == ''\n"
    "objects = [json.loads(line) for line in lines]\n"
    "head = rows.pop(0)\n"
    "assert len(rows) == len(objects) > 0\n"
    "for row, item in zip(rows, objects):\n"
    "    assert list(item) == head and len(row) == len(head)\n"
    "    for cell, value in zip(row, item.values()):\n"
    "        if value is None: assert cell == ''\n"
    "        elif isinstance(value, str): assert cell == value\n"
    "        else: assert json.loads(cell) == value\n";

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", rig.dir, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static void
compare_with_python(enum export_what what)
{
	struct export_options options = { .what = what, .raw_cells = true };
	struct export_result result;
	char command[512];
	char *text;

	text = export_text(&options, &result);
	write_file("out.csv", text);
	free(text);
	options.format = EXPORT_NDJSON;
	text = export_text(&options, &result);
	write_file("out.ndjson", text);
	free(text);
	write_file("compare.py", foreign);
	snprintf(command, sizeof(command),
	    "python3 '%s/compare.py' '%s/out.csv' '%s/out.ndjson'", rig.dir,
	    rig.dir, rig.dir);
	assert_int_equal(system(command), 0);
}

static void
test_python_reads_the_same(void **state)
{
	static const char *const texts[] = { "=1+1", "\\n\\n", "\"",
		",\"\\t\\'", "\xe2\x80\xa8 \xf0\x9f\x94\x94", "\\r\\n;",
		"a\\x01\\x1fz" };
	struct alarm alarm = { .id = 1,
		.product = 1,
		.mode = MODE_HEAT,
		.status = ALARM_OPEN };
	(void)state;

	if (system("python3 -c 'import csv, json' 2>/dev/null") != 0)
		skip();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record_report record =
		    make_report(1, 1, MODE_HEAT, "FR");
		char body[400];

		snprintf(body, sizeof(body),
		    "{'id': '%zu', 'text': 'x%sx', 'region': '%s', "
		    "'consent': {'publish': true}, 'product': {'lot': "
		    "['%s', 'b']}, 'x%s': {'y': [1, 2.5, nil, '%s']}}",
		    i, texts[i], texts[i], texts[i], texts[i], texts[i]);
		rig_report(&rig, RECORD_REPORT, &record, body);
	}
	rig_report(&rig, RECORD_REPORT,
	    &(struct record_report){ .revision = 1,
		.facts = { .product = 2,
		    .mode = 1,
		    .source = 1,
		    .organisation = 1,
		    .country = 'F' << 8 | 'R' } },
	    full_body);
	rig_alert(&rig, &alarm, CHANGE_RAISED,
	    "{'id': 'a1', 'countries': ['FR'], 'sentence': {'en': '\"a\", "
	    "b\\nc'}, 'evidence': {'ic': -0.5, 'chi2': 1e30}}");
	rig_settle(&rig, true);
	compare_with_python(EXPORT_REPORTS);
	compare_with_python(EXPORT_GROUPS);
	compare_with_python(EXPORT_PRODUCTS);
	compare_with_python(EXPORT_ALERTS);
	compare_with_python(EXPORT_TIMESERIES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_python_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
