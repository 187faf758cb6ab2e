/*
 * export_rig.h - for tests of exports: a store with names and two products,
 * reports to put in, and an export as a string or as some of its cells.
 */
#ifndef TOCSIN_TESTS_EXPORT_RIG_H
#define TOCSIN_TESTS_EXPORT_RIG_H

#include "tests/unit/feed_rig.h"

#include "daemon/feed/export.h"
#include "tests/unit/csv_cells.h"

static struct rig rig;

static inline int
put_bytes(void *who, const void *bytes, size_t len)
{
	struct buf *out = who;

	buf_add(out, bytes, len);
	return 0;
}

static inline int
put_nowhere(void *who, const void *bytes, size_t len)
{
	(void)who;
	(void)bytes;
	(void)len;
	return -1;
}

/* Export into a string; the caller frees it. */
static inline char *
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

static inline int
export_code(const struct export_options *options, struct refusal *why)
{
	const struct export_source source = { rig.store, rig.vocabulary };
	const struct export_sink sink = { put_nowhere, NULL };
	struct export_result result;

	*why = (struct refusal){ 0 };
	return export_write(&source, options, &sink, &result, why);
}

static inline void
expect(const struct export_options *options, uint64_t rows,
    const char *expected)
{
	struct export_result result;
	char *text = export_text(options, &result);

	assert_string_equal(text, expected);
	assert_int_equal(result.rows, rows);
	free(text);
}

static inline struct filter *
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
static inline uint64_t
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
    "lang,text,case_id,duplicate_score,consent_publish,licence,extra,weight,"
    "doubts,first_seq,erased";

enum { FIRE = 0, MODE_UNSTATED = 1, MODE_HEAT = 2 };

static inline struct record_report
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
static inline void
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

static inline int
setup(void **state)
{
	(void)state;
	rig_init(&rig);
	write_names();
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static inline char *
cells_of(const struct export_options *given, const unsigned *columns,
    unsigned ncolumns)
{
	struct export_options options = *given;
	struct export_result result;
	char *text, *cells;

	options.format = EXPORT_CSV;
	text = export_text(&options, &result);
	cells = csv_cells(text, columns, ncolumns);
	free(text);
	return cells;
}

static inline void
expect_cells(const struct export_options *options, const unsigned *columns,
    unsigned ncolumns, const char *expected)
{
	char *cells = cells_of(options, columns, ncolumns);

	assert_string_equal(cells, expected);
	free(cells);
}

/* An event of the report that began at first; its contents stand there. */
static inline uint64_t
revise(enum record_type type, uint64_t first, uint32_t revision,
    const char *country, const char *body)
{
	struct record_report record = make_report(1, 1, MODE_HEAT, country);

	record.first_seq = record.previous_seq = first;
	record.revision = revision;
	record.old = record.facts;
	return rig_report(&rig, type, &record, body);
}

/* A withdrawal of one whose contents stand elsewhere. */
static inline uint64_t
withdraw(uint64_t first, uint64_t contents, uint32_t revision,
    const char *country)
{
	struct record_report record = make_report(1, 1, MODE_HEAT, country);

	record.first_seq = first;
	record.previous_seq = contents;
	record.revision = revision;
	record.old = record.facts;
	return rig_report(&rig, RECORD_WITHDRAW, &record, NULL);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
