/* export_alerts.c - rows of alert events, and of the chain they make. */
#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/feed/export_part.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"

/* Columns that are told of the alert, and where they stand in its map. */
static const struct cell {
	const char *column, *outer, *inner;
} cells[] = {
#define CELL(column, outer, inner) { #column, outer, inner },
#include "proto/alert_cells.def"
#undef CELL
	{ 0 },
};

/* What one row is made of. */
struct alert_row {
	const struct store_event *event;
	const struct record_alert *record;
	struct value alert;
	uint64_t link; /* 0: it is no link of the chain */
};

struct alerts_run {
	struct export_run *export;
	uint64_t link; /* the last one met */
};

static void
write_value(struct table *table, const struct cell *cell,
    const struct value *alert)
{
	struct value value;

	(void)value_find(alert, cell->outer, &value);
	if (cell->inner != NULL) {
		struct value outer = value;

		(void)value_find(&outer, cell->inner, &value);
	}
	table_value(table, &value);
}

static void
write_hex(struct table *table, const void *bytes, size_t len)
{
	struct buf hex = { 0 };

	if (buf_reserve(&hex, 2 * len + 1)) {
		digest_hex(bytes, len, (char *)hex.at);
		table_text(table,
		    (struct text){ (const char *)hex.at, 2 * len });
	} else {
		table->failed = true;
		table_absent(table);
	}
	buf_free(&hex);
}

static void
write_hash(struct table *table, const struct alert_row *row)
{
	const struct record_alert *record = row->record;
	uint8_t hash[32];

	if (!row->link) {
		table_absent(table);
		return;
	}
	digest_chain(record->chain, record->alert.at, record->alert.len, hash);
	write_hex(table, hash, sizeof(hash));
}

static void
write_seq(struct table *table, const struct alert_row *row)
{
	table_number(table, row->event->seq);
}

static void
write_at(struct table *table, const struct alert_row *row)
{
	table_time(table, row->event->received_ms);
}

static void
write_change(struct table *table, const struct alert_row *row)
{
	table_string(table,
	    alarm_change_name((enum alarm_change)row->record->change));
}

static void
write_link(struct table *table, const struct alert_row *row)
{
	if (row->link)
		table_number(table, row->link);
	else
		table_absent(table);
}

static void
write_prev(struct table *table, const struct alert_row *row)
{
	write_hex(table, row->record->chain, sizeof(row->record->chain));
}

static void
write_packed(struct table *table, const struct alert_row *row)
{
	write_hex(table, row->record->alert.at, row->record->alert.len);
}

/* Columns that are told of the event. */
static const struct {
	const char *column;
	void (*write)(struct table *table, const struct alert_row *row);
} of_event[] = {
	{ "seq", write_seq },
	{ "at", write_at },
	{ "change", write_change },
	{ "link", write_link },
	{ "prev", write_prev },
	{ "hash", write_hash },
	{ "packed", write_packed },
};

static void
write_cell(struct table *table, const struct alert_row *row)
{
	const char *name = table->column->name;

	for (size_t i = 0; i < sizeof(of_event) / sizeof(*of_event); i++) {
		if (!strcmp(of_event[i].column, name)) {
			of_event[i].write(table, row);
			return;
		}
	}
	for (const struct cell *cell = cells; cell->column; cell++) {
		if (!strcmp(cell->column, name)) {
			write_value(table, cell, &row->alert);
			return;
		}
	}
	assert(false); /* a column that nobody writes */
}

static int
visit_alert(void *who, const struct store_event *event)
{
	struct alerts_run *run = who;
	const struct export_options *options = run->export->options;
	struct table *table = &run->export->table;
	struct record_alert record;
	struct alert_row row = { .event = event, .record = &record };

	if (event->type != RECORD_ALERT)
		return 0;
	if (!record_alert_read(event->header, &record) ||
	    !value_of(record.alert, &row.alert))
		return STORE_CORRUPT;
	if (record.audience == AUDIENCE_ALL)
		row.link = ++run->link;
	if (!options->show_hidden && record.audience == AUDIENCE_TRUSTED)
		return 0;
	if (!filter_matches(options->filter, &row.alert))
		return 0;
	while (table->column->name != NULL)
		write_cell(table, &row);
	table_end_row(table);
	return export_go_on(run->export);
}

/* Links up to a sequence, which the log need not be read for. */
struct links {
	uint64_t seq, count;
};

static int
count_link(void *who, struct text key, struct text row)
{
	struct links *links = who;
	struct alert_event_row told;

	if (key.len != sizeof(uint64_t) || row.len != sizeof(told))
		return STORE_CORRUPT;
	if (key_u64(key, 0) > links->seq)
		return EXPORT_STOP;
	memcpy(&told, row.at, sizeof(told));
	links->count += told.audience == AUDIENCE_ALL;
	return 0;
}

static int
count_links(struct export_run *run, uint64_t seq, uint64_t *count)
{
	const struct text all = { 0 };
	struct links links = { .seq = seq };
	struct snapshot *snapshot = snapshot_open(run->source->store);
	int result;

	if (snapshot == NULL)
		return STORE_MEMORY;
	result = snapshot_walk(snapshot, KEYSPACE_ALERT_EVENT, all, all,
	    count_link, &links);
	snapshot_close(snapshot);
	*count = links.count;
	return result == EXPORT_STOP ? 0 : result;
}

int
export_alerts(struct export_run *run)
{
	struct alerts_run alerts = { .export = run };
	uint64_t since = run->options->since;
	int result = 0;

	if (since >= run->seq)
		return 0;
	if (since != 0 && run->options->what == EXPORT_CHAIN)
		result = count_links(run, since, &alerts.link);
	if (result == 0)
		result = store_walk(run->source->store, since + 1, run->seq,
		    visit_alert, &alerts);
	return export_fault(run, result);
}
