/*
 * test_merged.c - exports of products that curators merged, split and named.
 */
#include "tests/unit/csv_cells.h"
#include "tests/unit/curators.h"
#include "tests/unit/history_export.h"

/* A report of one product, its mode, organisation and source. */
static uint64_t
report(struct history *history, const char *brand, const char *mode,
    const char *organisation, unsigned source)
{
	struct rig *rig = &history->rig;
	struct decision decision = { 0 };
	struct refusal why = { 0 };
	struct buf text = { 0 };
	struct value map;

	buf_printf(&text,
	    "{'id': '%u', 'kind': 'breakdown', 'country': 'FR', 'occurred': "
	    "'2026-11-03', 'product': "
	    "{'category': '%s', 'brand': '%s'}, 'failure': {'mode': '%s'}, "
	    "'origin': {'group': 'cafe %u'}}",
	    ++history->lived, strcmp(brand, "Lux") ? "kettle" : "lamp", brand,
	    mode, source);
	buf_u8(&text, 0);
	buf_clear(&rig->map);
	notation(&rig->map, (const char *)text.at);
	buf_free(&text);
	rig->prepare = (struct prepare_options){
		.vocabulary = rig->vocabulary,
		.limits = { 65536, 8192, intake_today(&rig->intake) },
		.hash_key = store_hash_key(rig->store),
		.keys = &rig->keys,
		.organisation = text_of(organisation),
		.backfill_days = 35,
		.compares = true,
	};
	rig->decide = (struct decide_options){ .prepare = &rig->prepare,
		.organisation_hash = prepare_name_hash(rig->prepare.hash_key,
		    NAME_ORGANISATION, rig->prepare.organisation) };
	assert_true(value_of(buf_text(&rig->map), &map));
	if (prepare_report(&rig->prepare, &map, &rig->candidate, NULL, &why))
		fail_msg("%s: %s", why.field, why.text);
	assert_int_equal(decide_report(&rig->intake, &rig->candidate,
			     &rig->decide, &decision),
	    STORE_OK);
	forget_notices(&rig->intake);
	settle_history(history);
	return store_durable(rig->store);
}

/* p1 Aldo, p2 Bode, p3 Lux (a lamp), p4 Dina: merged by nobody yet. */
static void
write_reports(struct history *history, const char *dir)
{
	begin(history, dir, 0);
	report(history, "Aldo", "leak", "ufc", 1);
	report(history, "Bode", "leak", "ufc", 1);
	report(history, "Lux", "smoke", "which", 1);
	report(history, "Dina", "leak", "ufc", 1);
	report(history, "Aldo", "leak", "ufc", 2);
	report(history, "Bode", "smoke", "which", 3);
	report(history, "Lux", "smoke", "which", 1);
}

static uint64_t
merge(struct history *history, uint32_t product, uint32_t into)
{
	struct curation curation = { .kind = CURATION_MERGE,
		.product = product,
		.other = into };
	uint64_t seq = curate(history, &curation);

	assert_true(seq > 0);
	settle_history(history);
	return seq;
}

static uint64_t
split(struct history *history, uint32_t product)
{
	struct curation curation = { .kind = CURATION_SPLIT,
		.product = product };
	uint64_t seq = curate(history, &curation);

	assert_true(seq > 0);
	settle_history(history);
	return seq;
}

/* name: brand, 0x1f, model; empty: none. */
static uint64_t
rename_product(struct history *history, uint32_t product, const char *name)
{
	struct curation curation = { .kind = CURATION_RENAME,
		.product = product,
		.given_len = (uint16_t)strlen(name) };
	uint64_t seq;

	memcpy(curation.given, name, curation.given_len);
	seq = curate(history, &curation);
	assert_true(seq > 0);
	settle_history(history);
	return seq;
}

/* What is asked for: at 0 the newest, filter NULL all. */
struct wish {
	enum export_what what;
	const char *filter;
	uint64_t at;
};

static void
expect(const struct history *history, const struct wish *wish,
    const char *expected)
{
	/* Of each: product, its names, and what was counted. */
	static const unsigned columns[][6] = {
		[EXPORT_GROUPS] = { 0, 2, 6, 7, 9, 10 },
		[EXPORT_PRODUCTS] = { 0, 2, 4, 6, 8, 9 },
		[EXPORT_TIMESERIES] = { 3, 4, 7, 8, 10, 11 },
		[EXPORT_REPORTS] = { 1, 12, 14, 15 },
		[EXPORT_ALERTS] = { 0, 4, 5, 6 },
	};
	bool is_listed =
	    wish->what == EXPORT_REPORTS || wish->what == EXPORT_ALERTS;
	struct filter *filter =
	    wish->filter ? make_filter(history, wish->filter) : NULL;
	const struct export_options options = { .what = wish->what,
		.step = STEP_MONTH,
		.filter = filter,
		.at = wish->at };
	struct export_result result;
	char *text = export_text(history, &options, &result);
	char *cells = csv_cells(text, columns[wish->what], is_listed ? 4 : 6);

	assert_string_equal(cells, expected);
	free(cells);
	free(text);
	filter_free(filter);
}

static void
test_root_has_the_rows(void **state)
{
	struct history history;
	uint64_t before;

	write_reports(&history, *state);
	before = store_durable(history.rig.store);
	merge(&history, 2, 1);
	merge(&history, 3, 2);
	/* p1 never counted any smoke itself. */
	expect(&history, &(struct wish){ EXPORT_GROUPS, NULL, 0 },
	    "p1,Aldo,leak,3,2,1 p1,Aldo,smoke,3,2,1 p4,dina,leak,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_PRODUCTS, NULL, 0 },
	    "p1,Aldo,kettle,6,4,2 p4,dina,kettle,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_TIMESERIES, NULL, 0 },
	    "p1,Aldo,leak,3,2,1 p1,Aldo,smoke,3,2,1 p4,dina,leak,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_REPORTS, NULL, 0 },
	    "1,p1,kettle,Aldo 2,p1,kettle,Bode 3,p1,kettle,Lux "
	    "4,p4,kettle,Dina 5,p1,kettle,Aldo 6,p1,kettle,Bode "
	    "7,p1,kettle,Lux ");
	/* At a sequence before, nothing was merged. */
	expect(&history, &(struct wish){ EXPORT_PRODUCTS, NULL, before },
	    "p1,Aldo,kettle,2,2,1 p2,Bode,kettle,2,2,2 p3,lux,lamp,2,1,1 "
	    "p4,dina,kettle,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_TIMESERIES, NULL, before },
	    "p1,Aldo,leak,2,2,1 p2,Bode,leak,1,1,1 p2,Bode,smoke,1,1,1 "
	    "p3,lux,smoke,2,1,1 p4,dina,leak,1,1,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_REPORTS, "{'product': 'p3'}", before },
	    "3,p3,lamp,Lux 7,p3,lamp,Lux ");
	end(&history);
}

static void
test_split_gives_them_back(void **state)
{
	struct history history;
	uint64_t merged;

	write_reports(&history, *state);
	merge(&history, 2, 1);
	merge(&history, 3, 2);
	merged = report(&history, "Lux", "leak", "taenk", 2);
	split(&history, 2);
	expect(&history, &(struct wish){ EXPORT_PRODUCTS, NULL, 0 },
	    "p1,Aldo,kettle,2,2,1 p2,Bode,kettle,5,4,3 p4,dina,kettle,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_GROUPS, NULL, 0 },
	    "p1,Aldo,leak,2,2,1 p2,Bode,leak,2,2,2 p2,Bode,smoke,3,2,1 "
	    "p4,dina,leak,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_PRODUCTS, NULL, merged },
	    "p1,Aldo,kettle,7,5,3 p4,dina,kettle,1,1,1 ");
	split(&history, 3);
	expect(&history, &(struct wish){ EXPORT_PRODUCTS, NULL, 0 },
	    "p1,Aldo,kettle,2,2,1 p2,Bode,kettle,2,2,2 p3,Lux,lamp,3,2,2 "
	    "p4,dina,kettle,1,1,1 ");
	expect(&history, &(struct wish){ EXPORT_GROUPS, NULL, merged },
	    "p1,Aldo,leak,4,3,2 p1,Aldo,smoke,3,2,1 p4,dina,leak,1,1,1 ");
	end(&history);
}

static void
test_filters_find_the_family(void **state)
{
	static const struct {
		const char *filter, *products, *reports, *series;
	} cases[] = {
		{ "{'product': 'p1'}", "p1,Aldo,kettle,6,4,2 ",
		    "1,p1,kettle,Aldo 2,p1,kettle,Bode 3,p1,kettle,Lux "
		    "5,p1,kettle,Aldo 6,p1,kettle,Bode 7,p1,kettle,Lux ",
		    "p1,Aldo,leak,3,2,1 p1,Aldo,smoke,3,2,1 " },
		/* Reports: of p2, and of what was merged into it. */
		{ "{'product': 'p2'}", "p1,Aldo,kettle,6,4,2 ",
		    "2,p1,kettle,Bode 3,p1,kettle,Lux 6,p1,kettle,Bode "
		    "7,p1,kettle,Lux ",
		    "p1,Aldo,leak,1,1,1 p1,Aldo,smoke,3,2,1 " },
		{ "{'product': 'p3'}", "p1,Aldo,kettle,6,4,2 ",
		    "3,p1,kettle,Lux 7,p1,kettle,Lux ",
		    "p1,Aldo,smoke,2,1,1 " },
		{ "{'product': 'p4'}", "p4,dina,kettle,1,1,1 ",
		    "4,p4,kettle,Dina ", "p4,dina,leak,1,1,1 " },
		{ "{'product': 'p5'}", "", "", "" },
		/* What is shown is what is matched. */
		{ "{'brand': 'bode'}", "", "", "" },
		{ "{'category': 'lamp'}", "", "", "" },
		{ "{'brand': 'aldo', 'category': 'kettle'}",
		    "p1,Aldo,kettle,6,4,2 ",
		    "1,p1,kettle,Aldo 2,p1,kettle,Bode 3,p1,kettle,Lux "
		    "5,p1,kettle,Aldo 6,p1,kettle,Bode 7,p1,kettle,Lux ",
		    "p1,Aldo,leak,3,2,1 p1,Aldo,smoke,3,2,1 " },
	};
	struct history history;
	uint64_t at;

	write_reports(&history, *state);
	merge(&history, 2, 1);
	at = merge(&history, 3, 2);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			expect(&history,
			    &(struct wish){ EXPORT_PRODUCTS, cases[i].filter,
				round ? at : 0 },
			    cases[i].products);
			expect(&history,
			    &(struct wish){ EXPORT_REPORTS, cases[i].filter,
				round ? at : 0 },
			    cases[i].reports);
			expect(&history,
			    &(struct wish){ EXPORT_TIMESERIES, cases[i].filter,
				round ? at : 0 },
			    cases[i].series);
		}
		/* Then once more, of an older sequence. */
		if (round == 0)
			split(&history, 3);
	}
	end(&history);
}

static void
test_given_names(void **state)
{
	struct history history;
	uint64_t before, given;

	write_reports(&history, *state);
	before = store_durable(history.rig.store);
	given = rename_product(&history, 1, "Zeta\x1fZ 1");
	expect(&history,
	    &(struct wish){ EXPORT_PRODUCTS, "{'brand': 'ZETA'}", 0 },
	    "p1,Zeta,kettle,2,2,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_TIMESERIES, "{'brand': 'zeta'}", 0 },
	    "p1,Zeta,leak,2,2,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_REPORTS, "{'brand': 'zeta'}", 0 },
	    "1,p1,kettle,Aldo 5,p1,kettle,Aldo ");
	expect(&history,
	    &(struct wish){ EXPORT_PRODUCTS, "{'brand': 'aldo'}", 0 }, "");
	expect(&history,
	    &(struct wish){ EXPORT_PRODUCTS, "{'brand': 'aldo'}", before },
	    "p1,Aldo,kettle,2,2,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_REPORTS, "{'brand': 'aldo'}", before },
	    "1,p1,kettle,Aldo 5,p1,kettle,Aldo ");
	report(&history, "Aldo", "leak", "ufc", 1);
	rename_product(&history, 1, "");
	expect(&history,
	    &(struct wish){ EXPORT_GROUPS, "{'product': 'p1'}", given },
	    "p1,Zeta,leak,2,2,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_TIMESERIES, "{'product': 'p1'}", given },
	    "p1,Zeta,leak,2,2,1 ");
	expect(&history,
	    &(struct wish){ EXPORT_GROUPS, "{'brand': 'aldo'}", 0 },
	    "p1,Aldo,leak,3,2,1 ");
	/* The name of the root is everybody's. */
	merge(&history, 1, 4);
	rename_product(&history, 4, "Omega\x1f");
	expect(&history,
	    &(struct wish){ EXPORT_GROUPS, "{'product': 'p1'}", 0 },
	    "p4,Omega,leak,4,2,1 ");
	end(&history);
}

/* Acts behind the last checkpoint are known of all the same. */
static void
test_acts_behind_a_checkpoint(void **state)
{
	struct history history;
	struct curation curation = { .kind = CURATION_MERGE,
		.product = 3,
		.other = 1 };

	write_reports(&history, *state);
	assert_true(curate(&history, &curation) > 0);
	store_wait_durable(history.rig.store);
	assert_true(store_applied(history.rig.store) <
	    store_durable(history.rig.store));
	expect(&history,
	    &(struct wish){ EXPORT_REPORTS, "{'product': 'p3'}", 0 },
	    "3,p1,kettle,Lux 7,p1,kettle,Lux ");
	expect(&history,
	    &(struct wish){ EXPORT_TIMESERIES, "{'product': 'p3'}", 0 },
	    "p1,Aldo,smoke,2,1,1 ");
	end(&history);
}

/* Two sources within the window ring for a product. */
static void
test_alerts_of_a_family(void **state)
{
	static const unsigned id[] = { 0 };
	const struct export_options products = { .what = EXPORT_PRODUCTS };
	struct export_result result;
	struct history history;
	char *text, *cells;

	write_reports(&history, *state);
	expect(&history, &(struct wish){ EXPORT_ALERTS, NULL, 0 },
	    "a1,raised,open,p1 a2,raised,open,p2 ");
	merge(&history, 2, 1);
	expect(&history, &(struct wish){ EXPORT_ALERTS, NULL, 0 },
	    "a1,raised,open,p1 a2,raised,open,p2 a2,merged,withdrawn,p2 "
	    "a1,merged,open,p1 ");
	expect(&history,
	    &(struct wish){ EXPORT_ALERTS, "{'product': 'p2'}", 0 },
	    "a2,raised,open,p2 a2,merged,withdrawn,p2 a1,merged,open,p1 ");
	expect(&history,
	    &(struct wish){ EXPORT_ALERTS, "{'product': 'p1'}", 0 },
	    "a1,raised,open,p1 a1,merged,open,p1 ");
	text = export_text(&history,
	    &(struct export_options){ .what = EXPORT_ALERTS }, &result);
	assert_non_null(strstr(text, ",\"[\"\"a2\"\"]\"\r\n"));
	free(text);
	text = export_text(&history,
	    &(struct export_options){ .what = EXPORT_ALERTS,
		.format = EXPORT_NDJSON },
	    &result);
	assert_non_null(strstr(text, "\"replaces\":[\"a2\"]}\n"));
	free(text);
	text = export_text(&history, &products, &result);
	cells = csv_cells(text, id, 1);
	assert_string_equal(cells, "p1 p3 p4 ");
	assert_non_null(strstr(text, ",a1,open,"));
	assert_null(strstr(text, ",a2,"));
	free(cells);
	free(text);
	split(&history, 2);
	text = export_text(&history, &products, &result);
	assert_non_null(strstr(text, ",a1,open,"));
	assert_non_null(strstr(text, ",a2,open,"));
	free(text);
	end(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(test_root_has_the_rows),
		IN_DIR(test_split_gives_them_back),
		IN_DIR(test_filters_find_the_family),
		IN_DIR(test_given_names),
		IN_DIR(test_acts_behind_a_checkpoint),
		IN_DIR(test_alerts_of_a_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
