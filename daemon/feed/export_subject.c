/*
 * export_subject.c - all that is held of what one reporter sent: a row for
 * every event of every report that it sent in any revision, with the report as
 * it is held.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/feed/export_part.h"
#include "daemon/feed/json.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"

struct subjecting {
	struct export_run *run;
	uint32_t source;    /* ordinal of the pseudonym */
	struct buf reports; /* owned; u64 each, rising: first events */
	struct buf json;    /* owned */
};

static int
compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int
find_event(void *who, const struct store_event *event)
{
	struct subjecting *subjecting = who;
	enum record_type type = (enum record_type)event->type;
	struct record_report record;
	uint64_t first;

	if (!record_is_of_report(event->type))
		return 0;
	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	first = record.first_seq ? record.first_seq : event->seq;
	if ((type == RECORD_WITHDRAW
		    ? record.old.source
		    : record.facts.source) == subjecting->source)
		buf_add(&subjecting->reports, &first, sizeof(first));
	return subjecting->reports.failed ? STORE_MEMORY : 0;
}

static bool
is_wanted(const struct subjecting *subjecting, uint64_t first)
{
	return subjecting->reports.len &&
	    bsearch(&first, subjecting->reports.at,
		subjecting->reports.len / sizeof(first), sizeof(first),
		compare);
}

static void
write_body(struct subjecting *subjecting, const struct store_event *event)
{
	struct table *table = &subjecting->run->table;
	struct value body;

	buf_clear(&subjecting->json);
	if (event->is_erased || !event->body.len)
		table_absent(table);
	else if (event->type == RECORD_WITHDRAW) {
		json_text(&subjecting->json, event->body);
		table_json(table, buf_text(&subjecting->json));
	} else if (value_of(event->body, &body)) {
		json_value(&subjecting->json, &body);
		table_json(table, buf_text(&subjecting->json));
	} else {
		table_absent(table);
	}
	table->failed = table->failed || subjecting->json.failed;
}

static void
write_event(struct subjecting *subjecting, const struct store_event *event,
    const struct record_report *record)
{
	struct export_run *run = subjecting->run;
	struct table *table = &run->table;
	const struct facts *facts =
	    event->type == RECORD_WITHDRAW ? &record->old : &record->facts;
	char id[PUBLIC_ID_MAX];

	product_id_format(lineage_root(lexicon_lineage(run->lexicon),
			      facts->product),
	    id);
	table_number(table, event->seq);
	table_number(table, record->first_seq ? record->first_seq : event->seq);
	table_string(table, record_type_name(event->type));
	table_number(table, record->revision);
	table_time(table, event->received_ms);
	table_text(table,
	    lexicon_text(run->lexicon, NAME_ORGANISATION, facts->organisation));
	table_text(table,
	    lexicon_text(run->lexicon, NAME_ORIGIN, record->origin));
	table_string(table, id);
	table_text(table, lexicon_text(run->lexicon, NAME_MODE, facts->mode));
	table_flag(table, event->is_erased);
	write_body(subjecting, event);
	table_end_row(table);
}

static int
give_event(void *who, const struct store_event *event)
{
	struct subjecting *subjecting = who;
	enum record_type type = (enum record_type)event->type;
	struct record_report record;

	if (!record_is_of_report(event->type))
		return 0;
	if (!record_report_read(event->header, type, event->received_ms,
		&record))
		return STORE_CORRUPT;
	if (!is_wanted(subjecting,
		record.first_seq ? record.first_seq : event->seq))
		return 0;
	write_event(subjecting, event, &record);
	return export_go_on(subjecting->run);
}

static void
look_up(struct subjecting *subjecting, struct snapshot *snapshot, uint64_t hash)
{
	struct key key = key_name_hash(NAME_SOURCE, hash);
	struct text row;

	if (hash && !subjecting->source &&
	    snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key), &row) ==
		STORE_OK &&
	    row.len == sizeof(subjecting->source))
		memcpy(&subjecting->source, row.at, row.len);
}

static int
find_source(struct subjecting *subjecting)
{
	struct export_run *run = subjecting->run;
	struct snapshot *snapshot = snapshot_open(run->source->store);

	if (!snapshot)
		return STORE_MEMORY;
	look_up(subjecting, snapshot, run->options->subject);
	look_up(subjecting, snapshot, run->options->subject_before);
	snapshot_close(snapshot);
	return 0;
}

int
export_subject(struct export_run *run)
{
	struct subjecting subjecting = { .run = run };
	struct store *store = run->source->store;
	int result = find_source(&subjecting);

	if (!result && !subjecting.source)
		return refuse(run->why, ERROR_NOT_FOUND, "reporter",
		    "there is no reporter of that name, or it was erased");
	if (!result)
		result =
		    store_walk(store, 1, run->seq, find_event, &subjecting);
	if (subjecting.reports.len)
		qsort(subjecting.reports.at,
		    subjecting.reports.len / sizeof(uint64_t), sizeof(uint64_t),
		    compare);
	if (!result)
		result =
		    store_walk(store, 1, run->seq, give_event, &subjecting);
	buf_free(&subjecting.reports);
	buf_free(&subjecting.json);
	return export_fault(run, result);
}
