/*
 * export_groups.c - groups and products, merged ones as their root.  The rows
 * of a group stand together in key order, its counts before its alarms, so
 * that a group is held until the next one begins.
 */
#include <string.h>

#include "daemon/core/aggregate.h"
#include "daemon/core/alarm.h"
#include "daemon/core/product.h"
#include "daemon/core/suppress.h"
#include "daemon/feed/events.h"
#include "daemon/feed/export_part.h"
#include "daemon/feed/gathering.h"
#include "daemon/feed/recount.h"
#include "daemon/feed/roots.h"
#include "daemon/store/rows.h"

/* Where product, mode and part stand in a group's key. */
enum { AT_PRODUCT = 0, AT_MODE = 4, AT_PART = 6, KEY_BYTES = 11 };

struct grouping {
	struct export_run *run;
	bool is_by_mode;
	bool is_public;
	bool is_held; /* counts is a group not written yet */
	uint32_t product;
	uint16_t mode;
	struct alarm alarm; /* the one to show; id 0: none */
	bool is_withheld;   /* its counts are too small for the public */
	struct gathering gathering; /* in the public's view */
	/* A copy of struct aggregate, since stored rows may be unaligned. */
	_Alignas(8) uint8_t counts[ROW_MAX];
};

static const struct aggregate *
counts_of(const struct grouping *grouping)
{
	const void *at = grouping->counts;

	return at;
}

static void
country_name(uint16_t country, char out[2])
{
	out[0] = (char)(country >> 8);
	out[1] = (char)(country & 0xff);
}

static bool
is_wanted(const struct grouping *grouping,
    const struct lexicon_product *product)
{
	const struct filter *filter = grouping->run->options->filter;
	const struct aggregate *counts = counts_of(grouping);
	uint16_t country[AGGREGATE_TALLIES_MAX];
	struct family family;
	struct filter_subject subject = { .product = grouping->product,
		.member = family.member,
		.category = product->category,
		.category_name = product->category_name,
		.brand = product->folded_brand,
		.severity = aggregate_severity(counts),
		.country = country };

	if (filter == NULL)
		return true;
	lineage_family(lexicon_lineage(grouping->run->lexicon),
	    grouping->product, &family);
	subject.nmembers = family.count;
	for (unsigned i = 0; i < counts->ntallies; i++) {
		if (counts->tally[i].kind == TALLY_COUNTRY &&
		    subject.ncountries < AGGREGATE_TALLIES_MAX)
			country[subject.ncountries++] = counts->tally[i].code;
	}
	return filter_matches_subject(filter, &subject);
}

/* One list cell of the tallies of a kind. */
static void
write_tallies(struct grouping *grouping, enum tally_kind kind)
{
	struct export_run *run = grouping->run;
	const struct aggregate *counts = counts_of(grouping);

	table_list_open(&run->table);
	for (unsigned i = 0; i < counts->ntallies; i++) {
		uint16_t code = counts->tally[i].code;
		char country[2];
		struct text item = { country, sizeof(country) };

		if (counts->tally[i].kind != kind)
			continue;
		if (kind == TALLY_COUNTRY)
			country_name(code, country);
		else if (kind == TALLY_LICENCE)
			item = lexicon_text(run->lexicon, NAME_LICENCE, code);
		else if (code <
		    vocabulary_count(run->source->vocabulary, WORDS_HAZARD))
			item = vocabulary_word(run->source->vocabulary,
			    WORDS_HAZARD, code)
				   ->slug;
		else
			continue;
		table_list_item(&run->table, item);
	}
	table_list_close(&run->table);
}

static void
write_product(struct grouping *grouping, const struct lexicon_product *product)
{
	struct table *table = &grouping->run->table;
	char id[PUBLIC_ID_MAX];
	char gtin[24];

	product_id_format(grouping->product, id);
	table_string(table, id);
	table_string(table,
	    product_level_name((enum product_level)product->level));
	table_text(table, product->brand);
	table_text(table, product->model);
	table_text(table, product->category_name);
	snprintf(gtin, sizeof(gtin), "%014llu",
	    (unsigned long long)product->gtin);
	table_string(table, product->gtin ? gtin : "");
	if (grouping->is_by_mode)
		table_text(table,
		    lexicon_text(grouping->run->lexicon, NAME_MODE,
			grouping->mode));
}

/* How badly people were hurt is told the public of products alone. */
static bool
is_harm_told(const struct grouping *grouping)
{
	return !grouping->is_public ||
	    (!grouping->is_by_mode &&
		gathering_tells_harm(counts_of(grouping)));
}

static void
write_harm(struct table *table, const struct aggregate *counts)
{
	for (int i = SEVERITY_NONE; i < SEVERITY_COUNT; i++)
		table_number(table, counts->severity[i]);
	table_number(table, counts->severity[SEVERITY_UNSTATED]);
	table_number(table, counts->injured);
	table_number(table, counts->deaths);
	table_number(table, counts->units);
}

static void
write_absent(struct table *table, unsigned cells)
{
	while (cells-- > 0)
		table_absent(table);
}

static void
write_counts(struct grouping *grouping)
{
	/* Severities, unstated, injured, deaths, units. */
	enum { HARM_CELLS = SEVERITY_COUNT + 3 };
	struct table *table = &grouping->run->table;
	const struct aggregate *counts = counts_of(grouping);

	if (grouping->is_withheld) {
		write_absent(table, 2);
		table_string(table, SUPPRESS_TEXT);
		write_absent(table, 1);
	} else {
		table_number(table, counts->reports);
		table_number(table, counts->cases);
		table_number(table, counts->sources);
		table_number(table, counts->organisations);
	}
	if (!grouping->is_withheld && is_harm_told(grouping))
		write_harm(table, counts);
	else
		write_absent(table, HARM_CELLS);
}

static void
write_times(const struct grouping *grouping)
{
	struct table *table = &grouping->run->table;
	const struct aggregate *counts = counts_of(grouping);

	if (counts->occurred_first > counts->occurred_last) {
		table_absent(table);
		table_absent(table);
	} else {
		table_day(table, counts->occurred_first);
		table_day(table, counts->occurred_last);
	}
	if (grouping->is_public) {
		write_absent(table, 2);
		return;
	}
	table_time(table, counts->received_first_ms);
	table_time(table, counts->received_last_ms);
}

static void
write_alarm(struct table *table, const struct alarm *alarm)
{
	char id[PUBLIC_ID_MAX];

	if (alarm->id == 0) {
		table_absent(table);
		table_absent(table);
		return;
	}
	alert_id_format(alarm->id, id);
	table_string(table, id);
	table_string(table,
	    alarm_status_name((enum alarm_status)alarm->status));
}

/* Write the group whose counts are there, if anything counts in it. */
static void
write_group(struct grouping *grouping)
{
	struct table *table = &grouping->run->table;
	const struct lexicon_product *product =
	    lexicon_product(grouping->run->lexicon, grouping->product);

	if (counts_of(grouping)->reports == 0 || !is_wanted(grouping, product))
		return;
	write_product(grouping, product);
	write_counts(grouping);
	if (grouping->is_withheld) {
		write_absent(table, 2 + 4);
	} else {
		write_tallies(grouping, TALLY_COUNTRY);
		write_tallies(grouping, TALLY_HAZARD);
		write_times(grouping);
	}
	write_alarm(table, &grouping->alarm);
	if (grouping->is_withheld)
		write_absent(table, 1);
	else
		write_tallies(grouping, TALLY_LICENCE);
	table_end_row(table);
}

/* --- the public's view ---------------------------------------------------- */

static int
keep_group(struct grouping *grouping)
{
	size_t len = aggregate_bytes(counts_of(grouping)->ntallies);

	return gathering_add(&grouping->gathering, grouping->mode,
	    (struct text){ (const char *)grouping->counts, len },
	    &grouping->alarm);
}

/* Show an open alarm before others, then the one that moved last. */
static bool
is_shown_before(const struct alarm *alarm, const struct alarm *other)
{
	bool is_open = event_status_is_open(alarm->status);
	bool was_open = other->id != 0 && event_status_is_open(other->status);

	if (alarm->id == 0 || other->id == 0)
		return alarm->id != 0;
	return is_open > was_open ||
	    (is_open == was_open && alarm->last_seq > other->last_seq);
}

/* Write what may be told of the product, whose groups have all been kept. */
static int
tell_product(struct grouping *grouping)
{
	struct gathering *gathering = &grouping->gathering;
	struct alarm alarm = { 0 };
	int result = gathering_judge(gathering, grouping->product,
	    store_hash_key(grouping->run->source->store));

	for (size_t i = 0; i < gathering->count; i++)
		if (is_shown_before(&gathering->item[i].alarm, &alarm))
			alarm = gathering->item[i].alarm;
	for (size_t i = 0; i < gathering->count && result == 0; i++) {
		const struct gathered *item = &gathering->item[i];
		struct text row = gathering_row(gathering, i);

		if ((item->mode != 0) != grouping->is_by_mode)
			continue;
		memcpy(grouping->counts, row.at, row.len);
		grouping->mode = item->mode;
		grouping->alarm = grouping->is_by_mode ? item->alarm : alarm;
		grouping->is_withheld = item->is_withheld;
		write_group(grouping);
	}
	gathering_clear(gathering);
	return result;
}

/* --- rows, in the order of their keys ------------------------------------- */

/* The group that is held is whole. */
static int
release(struct grouping *grouping)
{
	int result = 0;

	if (grouping->is_held && grouping->is_public)
		result = keep_group(grouping);
	else if (grouping->is_held)
		write_group(grouping);
	grouping->is_held = false;
	grouping->alarm.id = 0;
	return result;
}

static int
hold_counts(struct grouping *grouping, struct text row)
{
	struct aggregate counts;

	if (row.len < sizeof(counts) || row.len > sizeof(grouping->counts))
		return STORE_CORRUPT;
	memcpy(&counts, row.at, sizeof(counts));
	if (row.len != aggregate_bytes(counts.ntallies))
		return STORE_CORRUPT;
	memcpy(grouping->counts, row.at, row.len);
	grouping->is_held = true;
	return 0;
}

static int
consider_alarm(struct grouping *grouping, struct text row)
{
	bool is_trusted = grouping->run->options->show_hidden;
	struct alarm alarm;

	if (row.len != sizeof(alarm))
		return STORE_CORRUPT;
	memcpy(&alarm, row.at, sizeof(alarm));
	alarm.status = (uint8_t)alarm_seen(&alarm, is_trusted);
	if (alarm.id == 0 || alarm.status == ALARM_QUIET)
		return 0;
	if (is_shown_before(&alarm, &grouping->alarm))
		grouping->alarm = alarm;
	return 0;
}

static int
visit_row(void *who, struct text key, struct text row)
{
	struct grouping *grouping = who;
	uint32_t product;
	uint16_t mode;
	int result = 0;

	if (key.len != KEY_BYTES)
		return STORE_CORRUPT;
	product = key_u32(key, AT_PRODUCT);
	mode = key_u16(key, AT_MODE);
	if (product != grouping->product ||
	    ((grouping->is_by_mode || grouping->is_public) &&
		mode != grouping->mode)) {
		result = release(grouping);
		if (result == 0 && product != grouping->product &&
		    grouping->is_public)
			result = tell_product(grouping);
		if (result != 0)
			return result;
		grouping->product = product;
		grouping->mode = mode;
	}
	if (key.at[AT_PART] == PART_AGGREGATE &&
	    (grouping->is_public || (mode != 0) == grouping->is_by_mode))
		result = hold_counts(grouping, row);
	else if (key.at[AT_PART] == PART_ALARM)
		result = consider_alarm(grouping, row);
	return result ? result : export_go_on(grouping->run);
}

static struct grouping
grouping_of(struct export_run *run)
{
	return (struct grouping){ .run = run,
		.is_by_mode = run->options->what == EXPORT_GROUPS,
		.is_public = run->options->is_public };
}

/* What is left when all rows were seen; result is what the walk answered. */
static int
finish(struct grouping *grouping, int result)
{
	if (result == 0)
		result = release(grouping);
	if (result == 0 && grouping->is_public)
		result = tell_product(grouping);
	gathering_fini(&grouping->gathering);
	return result;
}

int
export_groups(struct export_run *run, struct snapshot *snapshot)
{
	struct grouping grouping = grouping_of(run);
	int result = roots_walk(snapshot, visit_row, &grouping);

	return export_fault(run, finish(&grouping, result));
}

int
export_recounted(struct export_run *run)
{
	uint32_t movements = run->options->recount;
	const struct recount_range range = { .store = run->source->store,
		.seq = run->seq,
		.movements = movements ? movements : RECOUNT_MOVEMENTS };
	struct grouping grouping = grouping_of(run);
	int result =
	    finish(&grouping, recount_walk(&range, visit_row, &grouping));

	if (result == RECOUNT_TOO_LARGE)
		return refuse(run->why, ERROR_TOO_LARGE, "at",
		    "one product has too many reports to be counted again; "
		    "take the newest sequence");
	return export_fault(run, result);
}
