/*
 * import_rows.c - a record becomes a report that is sent, and its answer a
 * number in the tally or a row among the rejects.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "clients/cli/formats/map_value.h"
#include "clients/cli/import/import.h"

enum { PENDING_BYTES_MAX = 1 << 24 };

/* A row on its way to the daemon. */
struct taken {
	const struct record *record;
	uint32_t count; /* cells but ours */
	char id[IMPORT_ID_MAX];
	struct map_notes notes;
};

static int
out_of_memory(struct import *import)
{
	output_message(import->output, "out of memory");
	return import->code = EXIT_LOCAL;
}

/* --- the heading --------------------------------------------------------- */

static int
hold_heading(struct import *import, const struct record *record)
{
	const char *at;
	import->ncolumns = record->count;
	import->heading = calloc(record->count, sizeof(*import->heading));
	import->is_ours = calloc(record->count, sizeof(*import->is_ours));
	import->own = calloc(CELLS_MAX, sizeof(*import->own));
	for (uint32_t i = 0; i < record->count; i++)
		buf_add_text(&import->heading_held, record->cell[i]);
	if (!import->heading || !import->is_ours || !import->own ||
	    import->heading_held.failed)
		return -1;
	at = (const char *)import->heading_held.at;
	for (uint32_t i = 0; i < record->count; i++) {
		size_t len = record->cell[i].len;
		struct text name = { at, len };
		import->is_ours[i] = map_is_reject_heading(map_trim(name));
		if (!import->is_ours[i])
			import->heading[import->nown++] = name;
		at += len;
	}
	return 0;
}

static int
tell_map_errors(struct import *import, const char *why)
{
	struct yaml_errors *errors = &import->map.errors;
	if (errors->count)
		output_safe_lines(import->output->messages,
		    (struct tocsin_text){ (const char *)errors->text.at,
			errors->text.len });
	else
		output_message(import->output, "%s: %s", import->path, why);
	return import->code = EXIT_USAGE;
}

static int
take_heading(struct import *import, const struct record *record)
{
	char why[WHY_MAX] = "";
	int failed = 0;
	if (record->trouble) {
		output_message(import->output, "%s: the heading is %s",
		    import->path, record->trouble);
		return import->code = EXIT_REJECTED;
	}
	if (hold_heading(import, record))
		return out_of_memory(import);
	if (import->format == IMPORT_ORDS || import->has_map)
		failed =
		    map_bind(&import->map, import->heading, import->nown, why);
	else
		failed = map_init_template(&import->map, import->heading,
		    import->nown, why);
	if (failed)
		return tell_map_errors(import, why);
	if (!import->map.nids && import->ids == IDS_COLUMN) {
		output_message(import->output,
		    "%s: no column holds ids: name one in the map (id: "
		    "COLUMN), or say --ids-from content or --ids-from row",
		    import->path);
		return import->code = EXIT_USAGE;
	}
	if (import->ids != IDS_COLUMN)
		import->map.nids = 0;
	import->rejects.heading = import->heading;
	import->rejects.count = import->nown;
	return 0;
}

/* --- a row --------------------------------------------------------------- */

/* The cells but those a rejects file has added, then those too many. */
static void
sort_cells(struct import *import, struct taken *taken)
{
	const struct record *record = taken->record;
	taken->count = 0;
	for (uint32_t i = 0; i < record->count; i++) {
		if (i >= import->ncolumns || !import->is_ours[i])
			import->own[taken->count++] = record->cell[i];
	}
}

/* The row as it will stand in the rejects file; empty when there is none. */
static void
put_raw(const struct import *import, const struct taken *taken, struct buf *out)
{
	static const struct text none[1];
	if (!import->rejects.path)
		return;
	if (import->format == IMPORT_NDJSON) {
		buf_add_text(out, taken->record->json);
		return;
	}
	csv_put_row(out, import->own, taken->count, import->rejects.delimiter);
	for (uint32_t i = taken->count ? taken->count : 1; i < import->nown;
	     i++) {
		buf_u8(out, (uint8_t)import->rejects.delimiter);
		csv_put_row(out, none, 1, import->rejects.delimiter);
	}
}

static void
reject(struct import *import, const struct taken *taken,
    const struct fault *fault)
{
	struct buf raw = { 0 };
	put_raw(import, taken, &raw);
	progress_clear(&import->progress);
	rejects_add(&import->rejects, taken->record->line, buf_text(&raw),
	    fault);
	buf_free(&raw);
	import->tally.rejected++;
}

static int
make_id(struct import *import, struct taken *taken, struct text *id)
{
	struct record record = *taken->record;
	record.cell = import->own;
	if (import->ids == IDS_CONTENT &&
	    content_id(import->content, &record, taken->count, taken->id))
		return -1;
	if (import->ids == IDS_ROW)
		snprintf(taken->id, sizeof(taken->id), "%.90s:%llu",
		    import->base, (unsigned long long)import->row);
	*id = text_of(import->ids == IDS_COLUMN ? "" : taken->id);
	return 0;
}

static int
read_row(struct import *import, struct taken *taken, struct text id,
    struct fault *fault)
{
	const struct map_overlay overlay = { .id = id,
		.source = import->source,
		.licence = import->licence };
	const struct map_row row = { .cell = import->own,
		.count = taken->count,
		.overlay = &overlay };
	if (taken->count != import->nown)
		return fault_set(fault, "", "has %u cells, the heading has %u",
		    taken->count, import->nown);
	return map_report(&import->map, &row, import->writer, &taken->notes,
	    fault);
}

static struct text
text_at(const struct tocsin_value *map, const char *path)
{
	struct tocsin_text found = tocsin_get_text(map, path);
	return (struct text){ found.at, found.len };
}

static int
read_line(struct import *import, struct taken *taken, struct text id,
    struct fault *fault)
{
	const struct json_overlay overlay = { .id = id,
		.source = import->source,
		.licence = import->licence };
	struct map_notes *notes = &taken->notes;
	struct tocsin_value map;
	struct text filed;
	*notes = (struct map_notes){ 0 };
	if (fault_check_text(fault, "", taken->record->json) ||
	    json_report(import->writer, import->scratch, taken->record->json,
		&overlay, fault))
		return -1;
	if (!tocsin_decode(tocsin_writer_bytes(import->writer), &map))
		return fault_set(fault, "", "is no JSON object");
	notes->reporter = text_at(&map, "reporter");
	notes->group = text_at(&map, "origin.group");
	notes->source = text_at(&map, "origin.source");
	filed = text_at(&map, "filed");
	if (filed.len < sizeof(notes->filed))
		memcpy(notes->filed, filed.at ? filed.at : "", filed.len);
	return 0;
}

static bool
is_history(const struct import *import, const struct map_notes *notes)
{
	struct date date;
	if (strcmp(import->backfill, "auto") != 0)
		return !strcmp(import->backfill, "all");
	return !date_parse(text_of(notes->filed), &date, NULL) &&
	    date.day <= import->history_until;
}

/* Would the daemon count two of these rows as two sources? */
static void
note_source(struct import *import, const struct map_notes *notes)
{
	static const uint8_t key[DIGEST_SIP_KEY_BYTES];
	struct text source = notes->reporter.len ? notes->reporter
	    : notes->group.len                   ? notes->group
						 : notes->source;
	uint64_t hash;
	if (import->has_many_sources)
		return;
	hash = digest_sip64(key, source.at ? source.at : "", source.len);
	import->has_many_sources =
	    import->has_source && hash != import->source_hash;
	import->source_hash = hash;
	import->has_source = true;
}

static int
stop(struct import *import, const struct tocsin_error *error)
{
	progress_clear(&import->progress);
	import->failure = *error;
	return import->code = line_refused(import->line, error);
}

int
import_send(struct import *import, struct pending *pending, struct text report)
{
	struct tocsin_error error;
	STAILQ_INSERT_TAIL(&import->pending, pending, entry);
	import->pending_bytes += pending->len;
	import->has_sent = true;
	if (tocsin_submitter_add(import->submitter,
		(struct tocsin_text){ report.at, report.len }, &error))
		return stop(import, &error);
	if (import->pending_bytes > PENDING_BYTES_MAX &&
	    tocsin_submitter_finish(import->submitter, &error))
		return stop(import, &error);
	return 0;
}

static int
send(struct import *import, const struct taken *taken)
{
	struct tocsin_text report;
	uint32_t source;
	struct buf raw = { 0 };
	struct pending *pending;
	put_raw(import, taken, &raw);
	pending = malloc(sizeof(*pending) + raw.len);
	if (!pending || raw.failed || !tocsin_writer_is_whole(import->writer)) {
		free(pending);
		buf_free(&raw);
		return out_of_memory(import);
	}
	pending->line = taken->record->line;
	pending->row = import->row;
	pending->is_backfill = is_history(import, &taken->notes);
	pending->len = raw.len;
	if (raw.len)
		memcpy(pending->raw, raw.at, raw.len);
	buf_free(&raw);
	if (import_sources_meet(import, taken->notes.source, &source)) {
		free(pending);
		return import->code;
	}
	report = tocsin_writer_bytes(import->writer);
	if (import_gate_holds(import, source))
		return import_gate_add(import, pending, source,
		    (struct text){ report.at, report.len });
	return import_send(import, pending,
	    (struct text){ report.at, report.len });
}

/* A report too large for its frame would cost the connection. */
static int
check_size(const struct import *import, struct fault *fault)
{
	size_t len = tocsin_writer_bytes(import->writer).len;
	if (len <= import->report_max)
		return 0;
	fault_set(fault, "", "a report has at most %zu bytes",
	    import->report_max);
	fault->code = "too-large";
	return -1;
}

static int
take_row(struct import *import, struct taken *taken)
{
	const struct record *record = taken->record;
	struct fault fault = { .code = "invalid" };
	struct text id;
	int failed;
	if (record->trouble) {
		snprintf(fault.reason, WHY_MAX, "%s", record->trouble);
		fault.code = strncmp(record->trouble, "a quote", 7)
		    ? "too-large"
		    : "invalid";
	}
	if (!record->trouble && make_id(import, taken, &id))
		return out_of_memory(import);
	if (import->row <= import->tally.skipped)
		return 0;
	failed = record->trouble ? -1
	    : import->format == IMPORT_NDJSON
	    ? read_line(import, taken, id, &fault)
	    : read_row(import, taken, id, &fault);
	if (failed || check_size(import, &fault)) {
		reject(import, taken, &fault);
		return 0;
	}
	note_source(import, &taken->notes);
	import->tally.ages_dropped += taken->notes.is_age_dropped;
	return send(import, taken);
}

int
import_take(void *who, const struct record *record)
{
	struct import *import = who;
	struct taken taken = { .record = record };
	if (import->format != IMPORT_NDJSON && !import->heading)
		return take_heading(import, record);
	import->row++;
	if (import->format != IMPORT_NDJSON && !record->trouble)
		sort_cells(import, &taken);
	return take_row(import, &taken);
}

/* --- answers ------------------------------------------------------------- */

static void
count(struct import *import, struct text status, bool is_backfill)
{
	struct import_tally *tally = &import->tally;
	if (text_is(status, "new"))
		tally->fresh++;
	else if (text_is(status, "amended"))
		tally->amended++;
	else if (text_is(status, "resubmitted"))
		tally->resubmitted++;
	else
		tally->known++;
	tally->backfill += is_backfill;
}

void
import_answered(void *who, uint64_t index, const struct tocsin_value *item,
    const struct tocsin_error *error)
{
	struct import *import = who;
	struct pending *pending = STAILQ_FIRST(&import->pending);
	struct fault fault;
	(void)index;
	if (!pending)
		return;
	STAILQ_REMOVE_HEAD(&import->pending, entry);
	import->pending_bytes -= pending->len;
	/* After a call that failed nothing counts towards --resume. */
	import->has_gap |= !item;
	if (!import->has_gap)
		import->answered = pending->row;
	if (!item) {
		free(pending);
		return;
	}
	if (error) {
		fault_set(&fault, error->field, "%s", error->text);
		fault.code = tocsin_code_name(error->code);
		progress_clear(&import->progress);
		rejects_add(&import->rejects, pending->line,
		    (struct text){ pending->raw, pending->len }, &fault);
		import->tally.rejected++;
	} else {
		struct tocsin_text status = tocsin_get_text(item, "status");
		count(import, (struct text){ status.at, status.len },
		    pending->is_backfill);
	}
	free(pending);
}

void
import_rows_fini(struct import *import)
{
	struct pending *pending;
	while ((pending = STAILQ_FIRST(&import->pending))) {
		STAILQ_REMOVE_HEAD(&import->pending, entry);
		free(pending);
	}
	buf_free(&import->heading_held);
	free(import->heading);
	free(import->is_ours);
	free(import->own);
}
