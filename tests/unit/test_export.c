/* test_export.c - exports: whole, exact, and readable by others. */
#include "tests/unit/export_rig.h"

#include "daemon/feed/table.h"

static void
test_columns_are_those_of_the_protocol(void **state)
{
	static const struct {
		enum export_what what;
		const char *header;
	} cases[] = {
		{ EXPORT_GROUPS, groups_header },
		{ EXPORT_TIMESERIES, timeseries_header },
		{ EXPORT_ALERTS, alerts_header },
		{ EXPORT_REPORTS, reports_header },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct column *column = table_columns(cases[i].what);
		struct buf names = { 0 };

		for (; column->name != NULL; column++)
			buf_printf(&names, "%s%s", names.len ? "," : "",
			    column->name);
		buf_u8(&names, 0);
		assert_string_equal((const char *)names.at, cases[i].header);
		buf_free(&names);
	}
}

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(export_what_find(TEXT("timeseries")),
	    EXPORT_TIMESERIES);
	assert_int_equal(export_what_find(TEXT("group")), -1);
	assert_int_equal(export_what_find((struct text){ 0 }), -1);
	assert_int_equal(export_format_find(TEXT("ndjson")), EXPORT_NDJSON);
	assert_int_equal(export_format_find(TEXT("json")), -1);
	assert_int_equal(export_clock_find(TEXT("received")), CLOCK_RECEIVED);
	assert_int_equal(export_step_find(TEXT("month")), STEP_MONTH);
	assert_int_equal(export_step_find(TEXT("year")), -1);
	assert_string_equal(export_what_name(EXPORT_PRODUCTS), "products");
	assert_string_equal(export_clock_name(CLOCK_OCCURRED), "occurred");
	assert_string_equal(export_step_name(STEP_WEEK), "week");
}

static void
test_reports(void **state)
{
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	struct export_options options = { .what = EXPORT_REPORTS };
	char expected[4000];
	uint64_t seq;
	(void)state;

	record.label = 1;
	record.facts.hazards = 1u << FIRE;
	record.facts.is_backfill = true;
	record.facts.units = 2;
	seq = rig_report(&rig, RECORD_REPORT, &record, full_body);
	rig_settle(&rig, false);
	snprintf(expected, sizeof(expected),
	    "%s\r\n%llu,17,ufc,cafe,Rennes,'=spring,2026-11-24T00:00:00Z,"
	    "2026-11-24,true,1,false,breakdown,p1,brand,kettle,"
	    "\"Dupont, \"\"Fils\"\"\",K7,'=kettle,"
	    "\"[\"\"4006381333931\"\",\"\"0401\"\"]\",\"[\"\"L1\"\"]\","
	    "overheating,\"[\"\"%.*s\"\"]\",\"[\"\"base\"\",\"\"lid\"\"]\","
	    "minor,0,,2,discarded,,FR,Bretagne,2026-11,2.5,2024,fr,"
	    "\"It said:\n\"\"pop\"\"\",%llu,,true,CC-BY-4.0,"
	    "\"{\"\"product.colour\"\":\"\"red\"\",\"\"shop\"\":{"
	    "\"\"city\"\":\"\"Brest\"\",\"\"n\"\":3}}\",1,,%llu,false\r\n",
	    reports_header, (unsigned long long)seq,
	    TEXT_ARG(vocabulary_word(rig.vocabulary, WORDS_HAZARD, FIRE)->slug),
	    (unsigned long long)seq, (unsigned long long)seq);
	expect(&options, 1, expected);
	assert_null(strstr(expected, "secret"));
}

static void
test_reports_ndjson(void **state)
{
	struct record_report record = make_report(2, 1, MODE_UNSTATED, "BE");
	struct export_options options = { .what = EXPORT_REPORTS,
		.format = EXPORT_NDJSON };
	char expected[2000];
	uint64_t seq;
	(void)state;

	record.facts.severity = SEVERITY_UNSTATED;
	seq = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'x'}");
	rig_settle(&rig, false);
	snprintf(expected, sizeof(expected),
	    "{\"seq\":%llu,\"id\":\"x\",\"organisation\":\"ufc\",\"source\":"
	    "\"cafe\",\"group\":null,\"import\":null,\"received\":"
	    "\"2026-11-24T00:00:00Z\",\"filed\":\"2026-11-24\",\"backfill\":"
	    "false,\"revision\":1,\"withdrawn\":false,\"kind\":\"breakdown\","
	    "\"product_id\":\"p2\",\"level\":\"category\",\"category\":"
	    "\"other:thing\",\"brand\":null,\"model\":null,\"name\":null,"
	    "\"gtin\":null,\"lot\":null,\"mode\":\"unstated\",\"hazards\":"
	    "null,\"components\":null,\"severity\":\"unstated\",\"injured\":"
	    "null,\"deaths\":null,\"units\":null,\"outcome_status\":null,"
	    "\"outcome_barrier\":null,\"country\":\"BE\",\"region\":null,"
	    "\"occurred\":\"2026-11\",\"age\":null,\"purchased\":null,"
	    "\"lang\":null,\"text\":null,\"case_id\":%llu,"
	    "\"duplicate_score\":null,\"consent_publish\":false,\"licence\":"
	    "\"CC-BY-4.0\",\"extra\":null,\"weight\":1,\"doubts\":null,"
	    "\"first_seq\":%llu,\"erased\":false}\n",
	    (unsigned long long)seq, (unsigned long long)seq,
	    (unsigned long long)seq);
	expect(&options, 1, expected);
}

static void
test_revisions(void **state)
{
	/* seq, id, revision, withdrawn, country, case_id */
	static const unsigned columns[] = { 0, 1, 9, 10, 29, 36 };
	struct export_options options = { .what = EXPORT_REPORTS };
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	uint64_t a, b, c;
	char expected[400];
	(void)state;

	a = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'a'}");
	b = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'b'}");
	c = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'c'}");
	revise(RECORD_AMEND, a, 2, "BE", "{'id': 'a2'}"); /* c + 1 */
	revise(RECORD_WITHDRAW, b, 2, "FR", NULL);        /* c + 2 */
	revise(RECORD_AMEND, a, 3, "DE", "{'id': 'a3'}"); /* c + 3 */
	withdraw(a, c + 3, 4, "DE");                      /* c + 4 */
	revise(RECORD_AMEND, b, 3, "NL", "{'id': 'b3'}"); /* c + 5 */
	revise(RECORD_REGROUP, c, 1, "FR", NULL);         /* c + 6 */
	rig_settle(&rig, false);
#define EXPECT_AT(position, after, ...)                    \
	options.at = (position);                           \
	options.since = (after);                           \
	snprintf(expected, sizeof(expected), __VA_ARGS__); \
	expect_cells(&options, columns, 6, expected)
	EXPECT_AT(c, 0,
	    "%d,a,1,false,FR,%d %d,b,1,false,FR,%d %d,c,1,false,FR,%d ", (int)a,
	    (int)a, (int)b, (int)b, (int)c, (int)c);
	EXPECT_AT(c + 2, 0,
	    "%d,c,1,false,FR,%d %d,a2,2,false,BE,%d %d,b,2,true,FR,%d ", (int)c,
	    (int)c, (int)c + 1, (int)a, (int)c + 2, (int)b);
	EXPECT_AT(c + 5, 0,
	    "%d,c,1,false,FR,%d %d,a3,4,true,DE,%d %d,b3,3,false,NL,%d ",
	    (int)c, (int)c, (int)c + 4, (int)a, (int)c + 5, (int)b);
	EXPECT_AT(0, 0,
	    "%d,a3,4,true,DE,%d %d,b3,3,false,NL,%d %d,c,1,false,FR,%d ",
	    (int)c + 4, (int)a, (int)c + 5, (int)b, (int)c + 6, (int)c);
	/* The withdrawn one's body stands before the sequence asked for. */
	EXPECT_AT(c + 5, c + 3, "%d,a3,4,true,DE,%d %d,b3,3,false,NL,%d ",
	    (int)c + 4, (int)a, (int)c + 5, (int)b);
	EXPECT_AT(c + 2, c + 1, "%d,b,2,true,FR,%d ", (int)c + 2, (int)b);
	EXPECT_AT(c, c, "%s", "");
#undef EXPECT_AT
}

static void
test_text_needs_consent(void **state)
{
	/* text, publish, extra */
	static const unsigned columns[] = { 35, 38, 40 };
	struct export_options options = { .what = EXPORT_REPORTS };
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	uint64_t seq;
	(void)state;

	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '1', 'text': 'one', 'consent': {'publish': true}}");
	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '2', 'text': 'two', 'consent': {'publish': false}, "
	    "'amend_reason': 'asked'}");
	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '3', 'text': 'three', 'shop': 'Bolt'}");
	seq = rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '4', 'text': 'four', 'consent': {'publish': true}}");
	revise(RECORD_WITHDRAW, seq, 2, "FR", NULL);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 3,
	    "one,true, ,false, ,false,\"{\"\"shop\"\":\"\"Bolt\"\"}\" ,true, ");
	options.own = "which";
	expect_cells(&options, columns, 2, "one,true ,false ,false ,true ");
	options.own = "ufc";
	expect_cells(&options, columns, 2,
	    "one,true two,false three,false ,true ");
	expect_cells(&options, columns + 2, 1,
	    " \"{\"\"amend_reason\"\":\"\"asked\"\"}\" "
	    "\"{\"\"shop\"\":\"\"Bolt\"\"}\"  ");
}

static void
test_groups_and_products(void **state)
{
	struct export_options options = { .what = EXPORT_GROUPS };
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	struct alarm alarm = { .id = 7,
		.rule = 1,
		.product = 1,
		.mode = MODE_HEAT,
		.episode = 1,
		.status = ALARM_OPEN };
	char row[1000], expected[3000];
	struct text hazard =
	    vocabulary_word(rig.vocabulary, WORDS_HAZARD, FIRE)->slug;
	struct export_result result;
	char *text;
	(void)state;

	record.facts.hazards = 1u << FIRE;
	record.facts.injured = 2;
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '1'}");
	rig.now_ms += 3600000;
	record = make_report(1, 2, MODE_HEAT, "BE");
	record.facts.occurred =
	    (struct date){ date_join(2026, 11, 20), DATE_DAY };
	record.facts.severity = SEVERITY_FATAL;
	record.facts.licence = 0;
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '2'}");
	record = make_report(2, 3, MODE_UNSTATED, "FR");
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '3'}");
	rig_alert(&rig, &alarm, CHANGE_RAISED, "{'id': 'a7'}");
	alarm = (struct alarm){ .id = 8,
		.rule = 2,
		.product = 1,
		.mode = MODE_HEAT,
		.episode = 1,
		.status = ALARM_CLOSED };
	rig_alert(&rig, &alarm, CHANGE_CLOSED, "{'id': 'a8'}");
	rig_settle(&rig, true);
	snprintf(row, sizeof(row),
	    "2,2,2,1,0,0,1,0,0,1,0,2,0,0,\"[\"\"BE\"\",\"\"FR\"\"]\","
	    "\"[\"\"%.*s\"\"]\",2026-11-01,2026-11-30,"
	    "2026-11-24T00:00:00Z,2026-11-24T01:00:00Z,a7,open,"
	    "\"[\"\"CC-BY-4.0\"\"]\"\r\n",
	    TEXT_ARG(hazard));
	snprintf(expected, sizeof(expected),
	    "%s\r\np1,brand,\"Dupont, \"\"Fils\"\"\",K7,kettle,,overheating,"
	    "%sp2,category,,,other:thing,,unstated,1,1,1,1,0,0,1,0,0,0,0,0,0,"
	    "0,\"[\"\"FR\"\"]\",,2026-11-01,2026-11-30,2026-11-24T01:00:00Z,"
	    "2026-11-24T01:00:00Z,,,\"[\"\"CC-BY-4.0\"\"]\"\r\n",
	    groups_header, row);
	expect(&options, 2, expected);
	options.what = EXPORT_PRODUCTS;
	text = export_text(&options, &result);
	assert_int_equal(result.rows, 2);
	assert_int_equal(result.seq, store_durable(rig.store));
	assert_null(strstr(text, ",mode,"));
	snprintf(expected, sizeof(expected),
	    "p1,brand,\"Dupont, \"\"Fils\"\"\",K7,kettle,,%s", row);
	assert_non_null(strstr(text, expected));
	free(text);
}

static void
test_alerts(void **state)
{
	struct export_options options = { .what = EXPORT_ALERTS };
	struct alarm alarm = { .id = 7,
		.rule = 1,
		.product = 1,
		.episode = 2,
		.status = ALARM_OPEN };
	char expected[3000];
	uint64_t seq;
	(void)state;

	seq = rig_alert(&rig, &alarm, CHANGE_RAISED,
	    "{'id': 'a7', 'episode': 2, 'state': 'open', 'basis': 'rule', "
	    "'rule': 'r1', 'rule_version': 9, 'product': {'id': 'p1', "
	    "'name': 'x', 'brand': '-Dupont', 'category': 'kettle'}, "
	    "'severity': 'minor', 'countries': ['BE', 'FR'], 'counts': "
	    "{'reports': 4, 'cases': 4, 'sources': 3, 'organisations': 1}, "
	    "'cases_min': 4, 'window': {'from': '2026-11-01', 'to': "
	    "'2026-11-24', 'clock': 'filed'}, 'evidence': {'observed': 4, "
	    "'expected': 0.25}, 'sentence': {'en': 'A, B.', 'fr': 'C.'}}");
	rig_alert(&rig, &alarm, CHANGE_UPDATED,
	    "{'id': 'a7', 'severity': 'severe', 'replaces': ['a1']}");
	rig_settle(&rig, false);
	snprintf(expected, sizeof(expected),
	    "%s\r\na7,2,%llu,2026-11-24T00:00:00Z,raised,open,p1,'-Dupont,,"
	    "kettle,,rule,r1,9,minor,4,4,4,3,1,2026-11-01,2026-11-24,"
	    "\"[\"\"BE\"\",\"\"FR\"\"]\",,4,0.25,,,,,,,,\"A, B.\",C.,\r\n"
	    "a7,,%llu,2026-11-24T00:00:00Z,updated,,,,,,,,,,severe,,,,,,,,,,"
	    ",,,,,,,,,,,\"[\"\"a1\"\"]\"\r\n",
	    alerts_header, (unsigned long long)seq,
	    (unsigned long long)seq + 1);
	expect(&options, 2, expected);
	options.since = seq;
	assert_int_equal(rows_with(EXPORT_ALERTS, "{'country': 'FR'}"), 1);
	assert_int_equal(rows_with(EXPORT_ALERTS, "{'severity_min': 'severe'}"),
	    1);
	assert_int_equal(rows_with(EXPORT_ALERTS, "{'rule': 'r1'}"), 1);
	options.since = 0;
	options.at = seq;
	snprintf(strstr(expected, "\r\na7,,") + 2, 1, "%s", "");
	expect(&options, 1, expected);
}

static void
test_filters(void **state)
{
	static const struct {
		const char *filter;
		unsigned groups, reports;
	} cases[] = {
		{ "{}", 2, 3 },
		{ "{'product': 'p1'}", 1, 2 },
		{ "{'brand': 'DUPONT & Fils'}", 1, 2 },
		{ "{'brand': 'dupont'}", 0, 0 },
		{ "{'category': 'kettle'}", 1, 2 },
		{ "{'category': 'other:thing'}", 1, 1 },
		{ "{'country': ['BE', 'NL']}", 1, 1 },
		{ "{'severity_min': 'severe'}", 1, 1 },
		{ "{'severity_min': 'severe', 'country': 'BE'}", 0, 0 },
	};
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	(void)state;

	record.facts.severity = SEVERITY_FATAL;
	record.facts.kind = REPORT_INCIDENT;
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '1'}");
	record = make_report(1, 1, MODE_HEAT, "FR");
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '2'}");
	record = make_report(2, 1, MODE_UNSTATED, "BE");
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '3'}");
	rig_settle(&rig, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t groups = rows_with(EXPORT_GROUPS, cases[i].filter);
		uint64_t reports = rows_with(EXPORT_REPORTS, cases[i].filter);

		if (groups != cases[i].groups || reports != cases[i].reports)
			fail_msg("%s: %d groups, %d reports", cases[i].filter,
			    (int)groups, (int)reports);
		assert_int_equal(rows_with(EXPORT_PRODUCTS, cases[i].filter),
		    groups);
	}
	assert_int_equal(rows_with(EXPORT_REPORTS, "{'kind': 'incident'}"), 1);
	assert_int_equal(rows_with(EXPORT_TIMESERIES, "{'kind': 'breakdown'}"),
	    2);
}

static void
test_refused(void **state)
{
	struct filter *kind = make_filter("{'kind': 'incident'}");
	struct filter *rule = make_filter("{'rule': 'r1'}");
	const struct {
		struct export_options options;
		int code;
		const char *field;
	} cases[] = {
		{ { .what = EXPORT_GROUPS, .filter = kind }, ERROR_UNSUPPORTED,
		    "filter.kind" },
		{ { .what = EXPORT_REPORTS, .filter = rule }, ERROR_UNSUPPORTED,
		    "filter.rule" },
		{ { .what = EXPORT_PRODUCTS, .since = 1 }, ERROR_UNSUPPORTED,
		    "since" },
		{ { .what = EXPORT_ALERTS, .fill = true }, ERROR_UNSUPPORTED,
		    "fill" },
		{ { .what = EXPORT_REPORTS, .at = 1000 }, ERROR_INVALID, "at" },
		{ { .what = EXPORT_GROUPS, .at = 1000 }, ERROR_INVALID, "at" },
		{ { .what = EXPORT_REPORTS }, ERROR_BUSY, "" },
		{ { .what = EXPORT_GROUPS }, ERROR_BUSY, "" },
		{ { .what = EXPORT_GROUPS, .at = 1 }, ERROR_BUSY, "" },
	};
	(void)state;

	rig_settle(&rig, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct refusal why;

		assert_int_equal(export_code(&cases[i].options, &why),
		    cases[i].code);
		assert_string_equal(why.field, cases[i].field);
	}
	filter_free(kind);
	filter_free(rule);
}

/* An export at a sequence is what an export was when that was the newest. */
static void
test_reproducible(void **state)
{
	enum { STOPS = 6 };
	char *then[STOPS][2];
	uint64_t at[STOPS];
	struct export_options options = { .what = EXPORT_REPORTS };
	struct export_result result;
	(void)state;

	rig_settle(&rig, true);
	for (unsigned i = 0; i < STOPS; i++) {
		struct record_report record =
		    make_report(1 + i % 2, i + 1, MODE_HEAT, "FR");
		uint64_t seq;

		seq = rig_report(&rig, RECORD_REPORT, &record, full_body);
		if (i % 2)
			revise(RECORD_AMEND, seq - 1, 2, "BE", full_body);
		rig_settle(&rig, i == 3);
		at[i] = store_durable(rig.store);
		options.at = 0;
		options.what = EXPORT_REPORTS;
		then[i][0] = export_text(&options, &result);
		assert_int_equal(result.seq, at[i]);
		options.what = EXPORT_TIMESERIES;
		then[i][1] = export_text(&options, &result);
	}
	for (unsigned i = 0; i < STOPS; i++) {
		options.at = at[i];
		for (unsigned j = 0; j < 2; j++) {
			char *now;

			options.what = j ? EXPORT_TIMESERIES : EXPORT_REPORTS;
			now = export_text(&options, &result);
			assert_string_equal(now, then[i][j]);
			free(now);
			free(then[i][j]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_those_of_the_protocol),
		cmocka_unit_test(test_words),
		WITH_STORE(test_reports),
		WITH_STORE(test_reports_ndjson),
		WITH_STORE(test_revisions),
		WITH_STORE(test_text_needs_consent),
		WITH_STORE(test_groups_and_products),
		WITH_STORE(test_alerts),
		WITH_STORE(test_filters),
		WITH_STORE(test_refused),
		WITH_STORE(test_reproducible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
