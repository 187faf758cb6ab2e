/*
 * export_reports.c - one row a report: what was decided of it from the event's
 * header, its sender's words from the body.
 */
#include <assert.h>
#include <string.h>

#include "daemon/core/product.h"
#include "daemon/feed/casemap.h"
#include "daemon/feed/export_part.h"
#include "daemon/feed/json.h"
#include "daemon/feed/revisions.h"
#include "daemon/store/rows.h"
#include "proto/fields.h"
#include "proto/report.h"

/* Parts of a body that have a column of their own. */
enum part {
	BODY_ID,
	BODY_GROUP,
	BODY_BRAND,
	BODY_MODEL,
	BODY_NAME,
	BODY_GTIN,
	BODY_LOT,
	BODY_COMPONENT,
	BODY_INJURED,
	BODY_DEATHS,
	BODY_UNITS,
	BODY_STATUS,
	BODY_BARRIER,
	BODY_REGION,
	BODY_AGE,
	BODY_PURCHASED,
	BODY_LANG,
	BODY_TEXT,
	BODY_PUBLISH,
	BODY_PARTS
};

static const char *const part_paths[BODY_PARTS] = {
	[BODY_ID] = "id",
	[BODY_GROUP] = "origin.group",
	[BODY_BRAND] = "product.brand",
	[BODY_MODEL] = "product.model",
	[BODY_NAME] = "product.name",
	[BODY_GTIN] = "product.gtin",
	[BODY_LOT] = "product.lot",
	[BODY_COMPONENT] = "failure.component",
	[BODY_INJURED] = "injured",
	[BODY_DEATHS] = "deaths",
	[BODY_UNITS] = "units",
	[BODY_STATUS] = "outcome.status",
	[BODY_BARRIER] = "outcome.barrier",
	[BODY_REGION] = "region",
	[BODY_AGE] = "age",
	[BODY_PURCHASED] = "purchased",
	[BODY_LANG] = "lang",
	[BODY_TEXT] = "text",
	[BODY_PUBLISH] = "consent.publish",
};

enum { FIELDS_MAX = 64 };

struct reporting {
	struct export_run *run;
	const struct report_field *fields; /* rows of fields.def */
	unsigned nfields;
	unsigned row_of[BODY_PARTS];
	bool shows_prose;               /* of the body at hand */
	struct value value[FIELDS_MAX]; /* of the body at hand, by row */
	struct buf extra;      /* owned; JSON object without its last brace */
	struct casemap *cases; /* owned */
};

static void
find_rows(struct reporting *reporting)
{
	reporting->fields = report_fields(&reporting->nfields);
	assert(reporting->nfields <= FIELDS_MAX);
	for (unsigned part = 0; part < BODY_PARTS; part++) {
		unsigned row = 0;

		while (row < reporting->nfields &&
		    strcmp(reporting->fields[row].path, part_paths[part]) != 0)
			row++;
		assert(row < reporting->nfields);
		reporting->row_of[part] = row;
	}
}

static const struct value *
part_of(const struct reporting *reporting, enum part part)
{
	return &reporting->value[reporting->row_of[part]];
}

/* A key that fields.def does not know: "key", or "group.key". */
static void
add_extra(struct reporting *reporting, enum report_group group,
    const struct value *key, const struct value *item)
{
	struct buf *extra = &reporting->extra;
	char path[2 * REPORT_NAME_MAX];
	int len;

	if (key->kind != VALUE_STR)
		return;
	/* Why a report was amended is prose, as its text is. */
	if (!reporting->shows_prose && text_is(key->as.text, "amend_reason"))
		return;
	buf_u8(extra, extra->len == 0 ? '{' : ',');
	if (group == GROUP_TOP) {
		json_text(extra, key->as.text);
	} else {
		len = snprintf(path, sizeof(path), "%s.%.*s",
		    report_group_name(group), TEXT_ARG(key->as.text));
		if (len >= (int)sizeof(path))
			len = (int)sizeof(path) - 1;
		json_text(extra, (struct text){ path, (size_t)len });
	}
	buf_u8(extra, ':');
	json_value(extra, item);
}

static void
read_group(struct reporting *reporting, enum report_group group,
    const struct value *map)
{
	struct value_walk walk = value_walk(map);
	struct value key, item;
	unsigned hint = 0;

	while (value_next_pair(&walk, &key, &item)) {
		const struct report_field *field =
		    report_field_find(group, value_text(&key), &hint);

		if (field == NULL)
			add_extra(reporting, group, &key, &item);
		else if (field->kind != REPORT_FIELD_MAP)
			reporting->value[field - reporting->fields] = item;
		else if (group == GROUP_TOP)
			read_group(reporting, (enum report_group)field->group,
			    &item);
	}
}

/*
 * Free text is private unless whoever wrote it agreed and who asks may read
 * such, or who asks for it is
 * the organisation that sent it.  Text that was taken back is nobody's.
 */
static bool
may_show_prose(const struct reporting *reporting, const struct value *body,
    const struct revised *revised)
{
	const struct export_run *run = reporting->run;
	struct value consent;

	if (revised->is_withdrawn)
		return false;
	if (!run->options->hides_texts &&
	    value_find(body, "consent", &consent) &&
	    value_find_bool(&consent, "publish"))
		return true;
	return run->options->own != NULL &&
	    text_is(lexicon_text(run->lexicon, NAME_ORGANISATION,
			revised->facts->organisation),
		run->options->own);
}

static void
read_body(struct reporting *reporting, const struct revised *revised)
{
	struct value map;

	memset(reporting->value, 0,
	    reporting->nfields * sizeof(reporting->value[0]));
	buf_clear(&reporting->extra);
	reporting->shows_prose = false;
	if (revised->body.len == 0 || !value_of(revised->body, &map))
		return;
	reporting->shows_prose = may_show_prose(reporting, &map, revised);
	read_group(reporting, GROUP_TOP, &map);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
write_part(struct reporting *reporting, enum part part)
{
	struct value value = *part_of(reporting, part);
	struct text *text = &value.as.text;

	if (value.kind == VALUE_STR) {
		while (text->len > 0 && is_blank(text->at[0])) {
			text->at++;
			text->len--;
		}
		while (text->len > 0 && is_blank(text->at[text->len - 1]))
			text->len--;
	}
	table_value(&reporting->run->table, &value);
}

static void
write_list(struct reporting *reporting, enum part part)
{
	struct report_list list = report_list(part_of(reporting, part));
	struct text item;

	table_list_open(&reporting->run->table);
	while (report_list_next(&list, &item)) {
		if (item.len > 0)
			table_list_item(&reporting->run->table, item);
	}
	table_list_close(&reporting->run->table);
}

/* As stated; where the body is erased, what was counted still stands. */
static void
write_count(struct reporting *reporting, enum part part, uint32_t counted)
{
	if (value_is_absent(part_of(reporting, part)) && counted > 0)
		table_number(&reporting->run->table, counted);
	else
		write_part(reporting, part);
}

static void
write_hazards(struct export_run *run, uint32_t hazards)
{
	unsigned count =
	    vocabulary_count(run->source->vocabulary, WORDS_HAZARD);

	table_list_open(&run->table);
	for (unsigned i = 0; i < count && i < VOCABULARY_HAZARDS_MAX; i++) {
		if (hazards & UINT32_C(1) << i)
			table_list_item(&run->table,
			    vocabulary_word(run->source->vocabulary,
				WORDS_HAZARD, i)
				->slug);
	}
	table_list_close(&run->table);
}

static void
write_origin(struct reporting *reporting, const struct revised *revised)
{
	struct export_run *run = reporting->run;
	const struct facts *facts = revised->facts;
	struct table *table = &run->table;

	table_number(table, revised->seq);
	write_part(reporting, BODY_ID);
	table_text(table,
	    lexicon_text(run->lexicon, NAME_ORGANISATION, facts->organisation));
	table_text(table,
	    lexicon_text(run->lexicon, NAME_ORIGIN, revised->origin));
	write_part(reporting, BODY_GROUP);
	table_text(table,
	    lexicon_text(run->lexicon, NAME_LABEL, revised->label));
	table_time(table, facts->received_ms);
	table_day(table, facts->filed);
	table_flag(table, facts->is_backfill);
	table_number(table, revised->revision);
	table_flag(table, revised->is_withdrawn);
	table_string(table, report_kind_name((enum report_kind)facts->kind));
}

static void
write_product(struct reporting *reporting, const struct facts *facts)
{
	struct export_run *run = reporting->run;
	struct table *table = &run->table;
	uint32_t root =
	    lineage_root(lexicon_lineage(run->lexicon), facts->product);
	const struct lexicon_product *product =
	    lexicon_product(run->lexicon, root);
	char id[PUBLIC_ID_MAX];

	product_id_format(root, id);
	table_string(table, id);
	table_string(table,
	    product_level_name((enum product_level)product->level));
	table_text(table, product->category_name);
	write_part(reporting, BODY_BRAND);
	write_part(reporting, BODY_MODEL);
	write_part(reporting, BODY_NAME);
	write_list(reporting, BODY_GTIN);
	write_list(reporting, BODY_LOT);
}

static void
write_harm(struct reporting *reporting, const struct facts *facts)
{
	struct export_run *run = reporting->run;
	struct table *table = &run->table;

	table_text(table, lexicon_text(run->lexicon, NAME_MODE, facts->mode));
	write_hazards(run, facts->hazards);
	write_list(reporting, BODY_COMPONENT);
	table_string(table, severity_name((enum severity)facts->severity));
	write_count(reporting, BODY_INJURED, facts->injured);
	write_count(reporting, BODY_DEATHS, facts->deaths);
	write_count(reporting, BODY_UNITS, facts->units);
	write_part(reporting, BODY_STATUS);
	write_part(reporting, BODY_BARRIER);
}

static void
write_story(struct reporting *reporting, const struct revised *revised)
{
	struct export_run *run = reporting->run;
	struct table *table = &run->table;
	const struct facts *facts = revised->facts;
	const struct value *publish = part_of(reporting, BODY_PUBLISH);
	bool may_publish = publish->kind == VALUE_BOOL && publish->as.yes;
	const char country[2] = { (char)(facts->country >> 8),
		(char)(facts->country & 0xff) };

	table_text(table, (struct text){ country, sizeof(country) });
	write_part(reporting, BODY_REGION);
	table_date(table, facts->occurred);
	write_part(reporting, BODY_AGE);
	write_part(reporting, BODY_PURCHASED);
	write_part(reporting, BODY_LANG);
	if (reporting->shows_prose)
		write_part(reporting, BODY_TEXT);
	else
		table_absent(table);
	table_number(table, casemap_find(reporting->cases, revised->first_seq));
	if (revised->found->decision)
		table_real(table, revised->found->permille / 1000.);
	else
		table_absent(table);
	table_flag(table, may_publish);
	table_text(table,
	    lexicon_text(run->lexicon, NAME_LICENCE, facts->licence));
}

static void
write_extra(struct reporting *reporting)
{
	struct table *table = &reporting->run->table;

	if (reporting->extra.len == 0) {
		table_absent(table);
		return;
	}
	buf_u8(&reporting->extra, '}');
	if (reporting->extra.failed)
		table->failed = true;
	table_json(table, buf_text(&reporting->extra));
}

static void
write_weight(struct table *table, const struct facts *facts)
{
	table_real(table,
	    (WEIGHT_CASE - facts->discount) / (double)WEIGHT_CASE);
	table_list_open(table);
	for (unsigned i = 0; i < DOUBT_COUNT; i++)
		if (facts->doubts >> i & 1)
			table_list_item(table, text_of(doubt_word(i)));
	table_list_close(table);
}

static int
visit_report(void *who, const struct revised *revised)
{
	struct reporting *reporting = who;

	if (!export_wants(reporting->run, revised->facts) ||
	    (reporting->run->options->only_erased && !revised->is_erased))
		return 0;
	read_body(reporting, revised);
	write_origin(reporting, revised);
	write_product(reporting, revised->facts);
	write_harm(reporting, revised->facts);
	write_story(reporting, revised);
	write_extra(reporting);
	write_weight(&reporting->run->table, revised->facts);
	table_number(&reporting->run->table, revised->first_seq);
	table_flag(&reporting->run->table, revised->is_erased);
	table_end_row(&reporting->run->table);
	return export_go_on(reporting->run);
}

int
export_reports(struct export_run *run)
{
	struct reporting reporting = { .run = run };
	const struct revision_range range = { .store = run->source->store,
		.since = run->options->since,
		.seq = run->seq,
		.want_bodies = true };
	int result;

	find_rows(&reporting);
	reporting.cases = casemap_new();
	result = reporting.cases
	    ? casemap_read(reporting.cases, run->source->store, run->seq)
	    : STORE_MEMORY;
	if (result == 0)
		result = revisions_each(&range, visit_report, &reporting);
	buf_free(&reporting.extra);
	casemap_free(reporting.cases);
	return export_fault(run, result);
}
