/* test_export.c - exports: whole, exact, and readable by others. */
#include "tests/unit/feed_rig.h"

#include "daemon/feed/export.h"
#include "daemon/feed/json.h"
#include "daemon/feed/table.h"

static struct rig rig;

static int
put_bytes(void *who, const void *bytes, size_t len)
{
	struct buf *out = who;

	buf_add(out, bytes, len);
	return 0;
}

static int
put_nowhere(void *who, const void *bytes, size_t len)
{
	(void)who;
	(void)bytes;
	(void)len;
	return -1;
}

/* Export into a string; the caller frees it. */
static char *
export_text(const struct export_options *options, struct export_result *result)
{
	const struct export_source source = { rig.store, rig.vocabulary };
	struct buf out = { 0 };
	const struct export_sink sink = { put_bytes, &out };
	struct refusal why = { 0 };

	if (export_write(&source, options, &sink, result, &why) != 0)
		fail_msg("%s: %s", why.field, why.text);
	buf_u8(&out, 0);
	assert_false(out.failed);
	return (char *)out.at;
}

static int
export_code(const struct export_options *options, struct refusal *why)
{
	const struct export_source source = { rig.store, rig.vocabulary };
	const struct export_sink sink = { put_nowhere, NULL };
	struct export_result result;

	*why = (struct refusal){ 0 };
	return export_write(&source, options, &sink, &result, why);
}

static void
expect(const struct export_options *options, uint64_t rows,
    const char *expected)
{
	struct export_result result;
	char *text = export_text(options, &result);

	assert_string_equal(text, expected);
	assert_int_equal(result.rows, rows);
	free(text);
}

static struct filter *
make_filter(const char *text)
{
	struct buf bytes = { 0 };
	struct value map;
	struct filter *filter;
	struct refusal why;

	notation(&bytes, text);
	assert_true(value_of(buf_text(&bytes), &map));
	assert_int_equal(filter_new(&map, rig.vocabulary, &filter, &why), 0);
	buf_free(&bytes);
	return filter;
}

/* Number of rows that a filter lets through. */
static uint64_t
rows_with(enum export_what what, const char *filter_text)
{
	struct filter *filter = make_filter(filter_text);
	struct export_options options = { .what = what, .filter = filter };
	struct export_result result;

	free(export_text(&options, &result));
	filter_free(filter);
	return result.rows;
}

static const char groups_header[] =
    "product_id,level,brand,model,category,gtin,mode,reports,cases,sources,"
    "organisations,severity_none,severity_damage,severity_minor,"
    "severity_medical,severity_severe,severity_fatal,severity_unstated,"
    "injured,deaths,units,countries,hazards,occurred_first,occurred_last,"
    "received_first,received_last,alert_id,alert_state,licences";
static const char timeseries_header[] =
    "bucket,step,clock,product_id,brand,model,category,mode,reports,cases,"
    "sources,organisations,backfill";
static const char alerts_header[] =
    "alert_id,episode,seq,at,change,state,product_id,brand,model,category,"
    "mode,basis,rule,rule_version,severity,reports,cases,cases_min,sources,"
    "organisations,window_from,window_to,countries,hazards,observed,"
    "expected,ic,ic025,prr,ror,chi2,score,threshold,sentence_en,sentence_fr,"
    "replaces";
static const char reports_header[] =
    "seq,id,organisation,source,group,import,received,filed,backfill,"
    "revision,withdrawn,kind,product_id,level,category,brand,model,name,gtin,"
    "lot,mode,hazards,components,severity,injured,deaths,units,"
    "outcome_status,outcome_barrier,country,region,occurred,age,purchased,"
    "lang,text,case_id,duplicate_score,consent_publish,licence,extra";

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
		{ "\tx", "'\tx", "\tx" },
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

/* --- the history that the exports below are taken of --- */

enum { FIRE = 0, MODE_UNSTATED = 1, MODE_HEAT = 2 };

static struct record_report
make_report(uint32_t product, uint32_t source, uint16_t mode,
    const char *country)
{
	struct record_report record = { .revision = 1, .origin = 1 };

	record.facts = (struct facts){ .product = product,
		.source = source,
		.mode = mode,
		.organisation = 1,
		.licence = 1,
		.country = (uint16_t)(country[0] << 8 | country[1]),
		.kind = REPORT_BREAKDOWN,
		.severity = SEVERITY_MINOR,
		.filed = date_of_ms(rig.now_ms),
		.occurred = { date_join(2026, 11, 1), DATE_MONTH } };
	return record;
}

/* Kettles of product 1 (a brand in need of quotes), things of product 2. */
static void
write_names(void)
{
	rig_name(&rig, NAME_ORGANISATION, 1, "ufc");
	rig_name(&rig, NAME_ORGANISATION, 2, "which");
	rig_name(&rig, NAME_MODE, MODE_UNSTATED, "unstated");
	rig_name(&rig, NAME_MODE, MODE_HEAT, "overheating");
	rig_name(&rig, NAME_LICENCE, 1, "CC-BY-4.0");
	rig_name(&rig, NAME_ORIGIN, 1, "cafe");
	rig_name(&rig, NAME_LABEL, 1, "=spring");
	rig_product(&rig, 1, "kettle", "dupontfils", "Dupont, \"Fils\"\x1fK7");
	rig_product(&rig, 2, "other:thing", "", "");
}

static const char full_body[] =
    "{'id': 17, 'kind': 'breakdown', 'product': {'category': 'kettle', "
    "'brand': ' Dupont, \"Fils\" ', 'model': 'K7', 'name': '=kettle', "
    "'gtin': [4006381333931, '0401'], 'lot': 'L1', 'serial': 'S-secret', "
    "'colour': 'red'}, 'failure': {'mode': 'heat', 'component': ['base', "
    "'lid']}, 'severity': 'minor', 'injured': 0, 'units': 2, 'outcome': "
    "{'status': 'discarded'}, 'country': 'FR', 'region': 'Bretagne', "
    "'occurred': '2026-11', 'age': 2.5, 'purchased': '2024', 'reporter': "
    "'R-secret', 'text': 'It said:\\n\"pop\"', 'lang': 'fr', 'consent': "
    "{'publish': true}, 'origin': {'group': 'Rennes', 'source': 'cafe'}, "
    "'shop': {'city': 'Brest', 'n': 3}}";

static int
setup(void **state)
{
	(void)state;
	rig_init(&rig);
	write_names();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
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
	    "\"\"city\"\":\"\"Brest\"\",\"\"n\"\":3}}\"\r\n",
	    reports_header, (unsigned long long)seq,
	    TEXT_ARG(vocabulary_word(rig.vocabulary, WORDS_HAZARD, FIRE)->slug),
	    (unsigned long long)seq);
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
	    "\"CC-BY-4.0\",\"extra\":null}\n",
	    (unsigned long long)seq, (unsigned long long)seq);
	expect(&options, 1, expected);
}

/* Some cells of every row, by the number of their column. */
static char *
cells_of(const struct export_options *given, const unsigned *columns,
    unsigned ncolumns)
{
	struct export_options options = *given;
	struct export_result result;
	struct buf out = { 0 };
	char *text, *line, *next;

	options.format = EXPORT_CSV;
	text = export_text(&options, &result);
	for (line = strchr(text, '\n') + 1; *line != '\0'; line = next) {
		char *cell = line;

		next = strchr(line, '\n') + 1;
		for (unsigned at = 0, i = 0; i < ncolumns; at++) {
			size_t len = strcspn(cell, ",\r");

			if (at == columns[i]) {
				buf_printf(&out, "%s%.*s", i ? "," : "",
				    (int)len, cell);
				i++;
			}
			cell += len + 1;
		}
		buf_u8(&out, ' ');
	}
	buf_u8(&out, 0);
	free(text);
	return (char *)out.at;
}

static void
expect_cells(const struct export_options *options, const unsigned *columns,
    unsigned ncolumns, const char *expected)
{
	char *cells = cells_of(options, columns, ncolumns);

	assert_string_equal(cells, expected);
	free(cells);
}

/* A revision of the report that began at first. */
static uint64_t
revise(enum record_type type, uint64_t first, uint32_t revision,
    const char *country, const char *body)
{
	struct record_report record = make_report(1, 1, MODE_HEAT, country);

	record.first_seq = first;
	record.revision = revision;
	record.old = record.facts;
	return rig_report(&rig, type, &record, body);
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
	revise(RECORD_WITHDRAW, a, 4, "DE", NULL);        /* c + 4 */
	revise(RECORD_AMEND, b, 3, "NL", "{'id': 'b3'}"); /* c + 5 */
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
	EXPECT_AT(0, 0,
	    "%d,c,1,false,FR,%d %d,a3,4,true,DE,%d %d,b3,3,false,NL,%d ",
	    (int)c, (int)c, (int)c + 4, (int)a, (int)c + 5, (int)b);
	/* The withdrawn one's body stands before the sequence asked for. */
	EXPECT_AT(0, c + 3, "%d,a3,4,true,DE,%d %d,b3,3,false,NL,%d ",
	    (int)c + 4, (int)a, (int)c + 5, (int)b);
	EXPECT_AT(c + 2, c + 1, "%d,b,2,true,FR,%d ", (int)c + 2, (int)b);
	EXPECT_AT(c, c, "%s", "");
#undef EXPECT_AT
}

static void
test_text_needs_consent(void **state)
{
	static const unsigned columns[] = { 35, 38 }; /* text, publish */
	struct export_options options = { .what = EXPORT_REPORTS };
	struct record_report record = make_report(1, 1, MODE_HEAT, "FR");
	uint64_t seq;
	(void)state;

	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '1', 'text': 'one', 'consent': {'publish': true}}");
	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '2', 'text': 'two', 'consent': {'publish': false}}");
	rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '3', 'text': 'three'}");
	seq = rig_report(&rig, RECORD_REPORT, &record,
	    "{'id': '4', 'text': 'four', 'consent': {'publish': true}}");
	revise(RECORD_WITHDRAW, seq, 2, "FR", NULL);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 2, "one,true ,false ,false ,true ");
	options.show_text = true;
	expect_cells(&options, columns, 2,
	    "one,true two,false three,false ,true ");
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

/* --- time series --- */

static void
report_on(uint32_t product, uint32_t source, uint16_t organisation, int32_t day,
    int32_t occurred)
{
	struct record_report record =
	    make_report(product, source, MODE_HEAT, "FR");

	record.facts.organisation = organisation;
	record.facts.filed = day;
	record.facts.occurred = (struct date){ occurred, DATE_DAY };
	record.facts.is_backfill = day < date_join(2026, 11, 1);
	rig_report(&rig, RECORD_REPORT, &record, "{'id': '1'}");
}

static void
test_timeseries(void **state)
{
	/* bucket, product, reports, sources, organisations, backfill */
	static const unsigned columns[] = { 0, 3, 8, 10, 11, 12 };
	struct export_options options = { .what = EXPORT_TIMESERIES };
	int32_t monday = date_join(2026, 11, 16);
	uint64_t first = store_next_seq(rig.store);
	(void)state;

	report_on(2, 1, 1, monday, monday - 1);
	report_on(2, 1, 1, monday, monday - 1);
	report_on(2, 2, 2, monday, monday - 40);
	report_on(2, 2, 1, monday + 6, monday);
	report_on(2, 3, 1, monday + 7, monday);
	report_on(2, 1, 1, monday - 60, monday - 61);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 6,
	    "2026-09-17,p2,1,1,1,1 2026-11-16,p2,3,2,2,0 "
	    "2026-11-22,p2,1,1,1,0 2026-11-23,p2,1,1,1,0 ");
	options.step = STEP_WEEK;
	expect_cells(&options, columns, 6,
	    "2026-09-14,p2,1,1,1,1 2026-11-16,p2,4,2,2,0 "
	    "2026-11-23,p2,1,1,1,0 ");
	options.step = STEP_MONTH;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-11-01,p2,5,3,2,0 ");
	options.fill = true;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-10-01,p2,0,0,0,0 "
	    "2026-11-01,p2,5,3,2,0 ");
	options.fill = false;
	options.by = CLOCK_OCCURRED;
	expect_cells(&options, columns, 6,
	    "2026-09-01,p2,1,1,1,1 2026-10-01,p2,1,1,1,0 "
	    "2026-11-01,p2,4,3,1,0 ");
	options.by = CLOCK_RECEIVED;
	options.step = STEP_DAY;
	expect_cells(&options, columns, 6, "2026-11-24,p2,6,3,2,1 ");
	options.by = CLOCK_FILED;
	options.at = first + 1;
	expect_cells(&options, columns, 6, "2026-11-16,p2,2,1,1,0 ");
	options.at = first - 1;
	expect_cells(&options, columns, 6, "");
}

static void
test_timeseries_follows_revisions(void **state)
{
	static const unsigned columns[] = { 0, 3, 8 };
	struct export_options options = { .what = EXPORT_TIMESERIES };
	struct record_report record = make_report(2, 1, MODE_HEAT, "FR");
	uint64_t a, b;
	(void)state;

	a = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'a'}");
	b = rig_report(&rig, RECORD_REPORT, &record, "{'id': 'b'}");
	revise(RECORD_AMEND, a, 2, "BE", "{'id': 'a'}"); /* now p1 */
	revise(RECORD_WITHDRAW, b, 2, "FR", NULL);
	rig_settle(&rig, false);
	expect_cells(&options, columns, 3, "2026-11-24,p1,1 ");
	options.at = b;
	expect_cells(&options, columns, 3, "2026-11-24,p2,2 ");
	options.at = b + 1;
	/* The amended one moved to the other product. */
	expect_cells(&options, columns, 3, "2026-11-24,p1,1 2026-11-24,p2,1 ");
}

/* Many products and days: sums are those of the reports, whatever the order
 * of arrival, and filled series have no gaps. */
static void
test_timeseries_sums(void **state)
{
	struct export_options options = { .what = EXPORT_TIMESERIES,
		.step = STEP_WEEK };
	static const unsigned columns[] = { 8 };
	unsigned sum = 0;
	char *cells, *at;
	(void)state;

	for (unsigned i = 0; i < 3000; i++)
		report_on(1 + i % 2, i % 7 + 1, (uint16_t)(1 + i % 2),
		    date_join(2026, 11, 24) - (int32_t)(i * 37 % 700), 0);
	rig_settle(&rig, false);
	cells = cells_of(&options, columns, 1);
	for (at = cells; *at != '\0'; at = strchr(at, ' ') + 1)
		sum += (unsigned)strtoul(at, NULL, 10);
	assert_int_equal(sum, 3000);
	free(cells);
}

/* Days that only damage or a joke can bring, and one empty row for each. */
static void
test_timeseries_too_large(void **state)
{
	struct export_options options = { .what = EXPORT_TIMESERIES,
		.fill = true };
	struct refusal why;
	(void)state;

	report_on(1, 1, 1, 0, 0);
	report_on(1, 1, 1, 9000000, 0);
	rig_settle(&rig, false);
	assert_int_equal(export_code(&options, &why), ERROR_TOO_LARGE);
	options.fill = false;
	assert_int_equal(export_code(&options, &why), ERROR_BUSY);
}

/* --- filters, refusals --- */

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

/* --- a reader that is not ours --- */

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

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_those_of_the_protocol),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_csv_cells),
		cmocka_unit_test(test_json_texts),
		cmocka_unit_test(test_json_values),
		WITH_STORE(test_reports),
		WITH_STORE(test_reports_ndjson),
		WITH_STORE(test_revisions),
		WITH_STORE(test_text_needs_consent),
		WITH_STORE(test_groups_and_products),
		WITH_STORE(test_alerts),
		WITH_STORE(test_timeseries),
		WITH_STORE(test_timeseries_follows_revisions),
		WITH_STORE(test_timeseries_sums),
		WITH_STORE(test_timeseries_too_large),
		WITH_STORE(test_filters),
		WITH_STORE(test_refused),
		WITH_STORE(test_reproducible),
		WITH_STORE(test_python_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
