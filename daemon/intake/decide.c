#include "daemon/intake/decide.h"
#include "daemon/intake/aftermath.h"

#include <string.h>

#include "daemon/core/duplicate.h"
#include "daemon/intake/apply.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/resolve.h"
#include "daemon/intake/resubmit.h"
#include "daemon/intake/ring.h"
#include "daemon/intake/trigger.h"
#include "daemon/intake/weigh.h"
#include "daemon/store/rows.h"

static const char *const status_names[STATUS_COUNT] = {
	[STATUS_NEW] = "new",
	[STATUS_KNOWN] = "known",
	[STATUS_AMENDED] = "amended",
	[STATUS_RESUBMITTED] = "resubmitted",
	[STATUS_REJECTED] = "rejected",
};

const char *
report_status_name(enum report_status status)
{
	return status_names[status];
}

/* Is this a key beyond every one that was ever held? */
static bool
is_beyond(struct intake *intake, const uint8_t id[16])
{
	struct key key = key_counter(COUNTER_NEWEST);
	struct text newest;

	return id[0] & DUPLICATE_TIMED &&
	    projection_get(&intake->projection, KEYSPACE_COUNTER, &key,
		&newest) == STORE_OK &&
	    newest.len == 16 && memcmp(id, newest.at, 16) > 0;
}

int
decide_find(struct intake *intake, const uint8_t id[16], struct report_row *row)
{
	struct key key = key_report(id);
	struct text bytes;
	int result;

	if (is_beyond(intake, id))
		return STORE_NOT_FOUND;
	result =
	    projection_get(&intake->projection, KEYSPACE_REPORT, &key, &bytes);
	if (result)
		return result;
	return report_row_read(bytes, row) ? STORE_OK : STORE_CORRUPT;
}

/*
 * The header of a report's latest event, and the event that has its contents.
 * What was decided a moment ago may not be in the log yet: then it is written
 * and waited for, which only a report amended twice in one batch ever asks.
 */
static int
read_record(struct intake *intake, uint64_t seq, struct record_report *record,
    uint64_t *contents)
{
	struct buf scratch = { 0 };
	struct store_event event;
	int result = STORE_OK;

	if (seq > store_durable(intake->store)) {
		bool was_open = intake->frame_is_open;

		intake_close_frame(intake);
		result = store_append(intake->store);
		if (result) {
			intake->projection.result = result;
			return result;
		}
		store_wait_durable(intake->store);
		if (was_open)
			intake_open_frame(intake);
	}
	result = store_read(intake->store, seq, &scratch, &event);
	if (!result &&
	    (!record_is_of_report(event.type) ||
		!record_report_read(event.header, event.type, event.received_ms,
		    record)))
		result = STORE_CORRUPT;
	if (!result)
		*contents =
		    record_contents((enum record_type)event.type, record, seq);
	buf_free(&scratch);
	return result;
}

/* That of the report's latest event, which is often asked for twice. */
static int
read_latest(struct intake *intake, const struct report_row *row,
    struct record_report *record, uint64_t *contents)
{
	struct latest_note *latest = &intake->latest;
	int result = STORE_OK;

	if (latest->seq != row->latest_seq) {
		latest->seq = 0;
		result = read_record(intake, row->latest_seq, &latest->record,
		    &latest->contents);
	}
	if (result)
		return result;
	latest->seq = row->latest_seq;
	*record = latest->record;
	*contents = latest->contents;
	return STORE_OK;
}

static uint32_t
clip(int64_t number)
{
	if (number < 0)
		return 0;
	return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static void
fill_facts(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, struct facts *facts)
{
	const struct report *report = &candidate->report;
	const struct product_identity *identity = &candidate->identity;

	*facts = (struct facts){
		.kind = (unsigned)report->kind & 3u,
		.severity = (uint8_t)report->severity,
		.is_backfill = candidate->is_backfill,
		.hazards = identity->hazards,
		.injured = clip(report->injured),
		.deaths = clip(report->deaths),
		.units = clip(report->units),
		.filed = report->filed.day,
		.occurred = report->occurred,
		.received_ms = intake->received_ms,
		.country = (uint16_t)((uint8_t)report->country[0] << 8 |
		    (uint8_t)report->country[1]),
	};
	facts->organisation = (uint16_t)intake_name(intake, NAME_ORGANISATION,
	    options->organisation_hash, options->prepare->organisation);
	facts->source = intake_source(intake, candidate, options->prepare);
	facts->mode =
	    (uint16_t)intake_name(intake, NAME_MODE, candidate->mode_hash,
		(struct text){ identity->mode, identity->mode_len });
	if (!facts->mode)
		facts->mode = (uint16_t)intake_unstated(intake);
	if (report->licence.len)
		facts->licence = (uint16_t)intake_name(intake, NAME_LICENCE,
		    candidate->licence_hash, report->licence);
	facts->product = resolve_product(intake, candidate);
}

struct text
decide_body(const struct candidate *candidate,
    const struct decide_options *options)
{
	if (!candidate->body_len)
		return candidate->report.raw;
	return (struct text){ (const char *)options->bodies->at +
		    candidate->body_at,
		candidate->body_len };
}

/* Of what is only possible, nobody is told. */
static void
fill_twin(const struct record_case *found, struct twin *twin)
{
	if (found->decision < LINKAGE_REVIEW)
		return;
	*twin = (struct twin){ .seq = found->match,
		.organisation = found->organisation,
		.permille = found->permille,
		.is_linked = found->joins != 0 };
}

void
decide_compare(struct intake *intake, struct record_report *record)
{
	const struct product_note *note =
	    intake_product(intake, record->facts.product);
	const struct evidence_place place = {
		.seq = record->first_seq ? record->first_seq
					 : store_next_seq(intake->store),
		.product = record->facts.product,
		.source = record->facts.source,
		.hazards = record->facts.hazards,
		.mode = record->facts.mode == intake_unstated(intake)
		    ? 0
		    : record->facts.mode,
		.organisation = record->facts.organisation,
		.is_model = note && note->level == LEVEL_MODEL,
		.is_backfill = record->facts.is_backfill,
	};

	evidence_place(&record->evidence, &place);
	liken(intake, &record->evidence, &record->facts, &record->found, NULL);
}

void
decide_leave(struct intake *intake, uint64_t first_seq,
    const struct record_report *old, struct record_report *record)
{
	struct casebook book;

	record->old = old->facts;
	record->week = old->week;
	record->old_spelling = old->spelling;
	record->old_evidence = old->evidence;
	if (!old->evidence.product)
		return;
	evidence_set_seq(&record->old_evidence, first_seq);
	casebook_find(&intake->projection, first_seq, &book);
	record->old_case = book.id;
	record->old.marks =
	    (uint8_t)((old->facts.marks & ~(FACT_NO_CASE | FACT_NO_CASE_MODE)) |
		casebook_marks(&book, &record->old_evidence));
}

/* What it counts for is decided once; one that comes back comes anew. */
static void
weigh(struct intake *intake, struct record_report *record)
{
	struct facts *facts = &record->facts;

	if (!record->old.product) {
		weigh_report(intake, facts);
		return;
	}
	facts->discount = record->old.discount;
	facts->doubts = record->old.doubts;
}

/* Write and apply a REPORT or AMEND whose key and old half are filled. */
static int
take(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, struct record_report *record,
    struct decision *decision)
{
	enum record_type type =
	    record->first_seq ? RECORD_AMEND : RECORD_REPORT;
	const struct report *report = &candidate->report;

	intake_open_frame(intake);
	record->fingerprint = candidate->fingerprint;
	fill_facts(intake, candidate, options, &record->facts);
	record->origin =
	    intake_name(intake, NAME_ORIGIN, candidate->origin_hash,
		report->source.len ? report->source
				   : options->prepare->organisation);
	if (options->label.len)
		record->label = intake_name(intake, NAME_LABEL,
		    options->label_hash, options->label);
	record->spelling =
	    resolve_spelling(intake, record->facts.product, candidate);
	if (intake->projection.result)
		return intake->projection.result;
	if (candidate->has_evidence) {
		record->evidence = candidate->evidence;
		decide_compare(intake, record);
		fill_twin(&record->found, &decision->twin);
	}
	weigh(intake, record);
	record->blind = intake_blind(intake);
	buf_clear(&intake->header);
	record_report_write(&intake->header, type, record, intake->received_ms);
	decision->seq =
	    intake_add_event(intake, type, decide_body(candidate, options));
	decision->product = record->facts.product;
	decision->mode = record->facts.mode;
	record->body_bytes = decide_body(candidate, options).len;
	apply_report(&intake->projection, type, record, decision->seq,
	    intake->received_ms);
	liken_remember(intake->blocks, type, record, decision->seq);
	if (record->old.product)
		aftermath_left(intake, record->old.product, record->old.mode);
	weigh_remember(intake->weigher, type, record);
	ring_report(intake, &record->facts);
	trigger_report(intake);
	intake_close_long_frame(intake);
	return intake->projection.result;
}

int
decide_look(struct intake *intake, const struct candidate *candidate,
    struct decision *decision)
{
	decision->product = resolve_find(intake, candidate);
	decision->mode =
	    (uint16_t)intake_find_name(intake, NAME_MODE, candidate->mode_hash);
	return intake->projection.result;
}

/* The record's old half, from the report's latest event; which one has its
 * contents. */
static int
recall(struct intake *intake, const struct report_row *row,
    struct record_report *record, uint64_t *contents)
{
	struct record_report old;
	int result = read_latest(intake, row, &old, contents);

	if (result)
		return result;
	record->first_seq = row->first_seq;
	record->origin = old.origin;
	record->label = old.label;
	record->revision = row->revision + 1;
	if (row->is_withdrawn)
		return STORE_OK;
	decide_leave(intake, row->first_seq, &old, record);
	return STORE_OK;
}

int
decide_take(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, const struct decide_place *place,
    struct decision *decision)
{
	struct record_report record = { .revision = 1 };
	uint64_t contents;
	int result = place->row ? recall(intake, place->row, &record, &contents)
				: STORE_OK;

	if (result)
		return result;
	if (place->row)
		record.previous_seq = place->row->latest_seq;
	memcpy(record.key, place->key, sizeof(record.key));
	return take(intake, candidate, options, &record, decision);
}

/*
 * Did an earlier revision have these contents?  Amendments are rare: nearly
 * always there is none to look at, and the log is not read.
 */
static int
is_earlier(struct intake *intake, const struct report_row *row,
    const struct candidate *candidate, bool *is_found)
{
	enum { REVISIONS_MAX = 64 }; /* looked at */
	struct record_report record = { 0 };
	uint64_t contents;
	int result = STORE_OK;

	*is_found = false;
	if (row->revision > 1)
		result = read_latest(intake, row, &record, &contents);
	for (unsigned i = 0;
	     record.previous_seq && i < REVISIONS_MAX && !*is_found && !result;
	     i++) {
		result = read_record(intake, record.previous_seq, &record,
		    &contents);
		*is_found =
		    !result && prepare_is_same(candidate, record.fingerprint);
	}
	return result;
}

int
decide_held(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, const struct report_row *row,
    struct decision *decision)
{
	bool is_known = prepare_is_same(candidate, row->fingerprint);
	int result = STORE_OK;

	decision->seq = row->latest_seq;
	decision->was_withdrawn = row->is_withdrawn;
	if (row->is_erased)
		decision->reason = REASON_ERASED;
	else if (!is_known && !row->is_withdrawn && !options->is_amendment)
		result = is_earlier(intake, row, candidate, &is_known);
	decision->status = row->is_erased ? STATUS_REJECTED
	    : row->is_withdrawn           ? STATUS_NEW
	    : is_known                    ? STATUS_KNOWN
					  : STATUS_AMENDED;
	return result;
}

int
decide_recall(struct intake *intake, const struct report_row *row,
    struct facts *facts, uint64_t *contents)
{
	struct record_report record;
	int result = read_record(intake, row->latest_seq, &record, contents);

	if (!result)
		*facts = row->is_withdrawn ? record.old : record.facts;
	return result;
}

int
decide_report(struct intake *intake, const struct candidate *candidate,
    const struct decide_options *options, struct decision *decision)
{
	struct decide_place place = { .key = candidate->key };
	struct report_row row = { 0 };
	int result;

	*decision = (struct decision){ .status = STATUS_NEW };
	if (options->ids == ORIGIN_EPOCH || options->has_epochs) {
		bool is_done;

		result = resubmit_report(intake, candidate, options, decision,
		    &is_done);
		if (result || is_done)
			return result;
	}
	result = decide_find(intake, candidate->key, &row);
	if (result == STORE_OK) {
		place.row = &row;
		result =
		    decide_held(intake, candidate, options, &row, decision);
	} else if (result == STORE_NOT_FOUND) {
		result = STORE_OK;
	}
	if (result || decision->status == STATUS_REJECTED)
		return result;
	if (decision->status == STATUS_KNOWN || options->dry_run)
		return decide_look(intake, candidate, decision);
	return decide_take(intake, candidate, options, &place, decision);
}

void
decide_prefetch(const struct intake *intake, const struct candidate *candidate,
    bool is_row)
{
	const struct store *store = intake->store;
	uint32_t product = resolve_guess(intake, candidate);
	uint16_t mode = (uint16_t)intake_guess_name(intake, NAME_MODE,
	    candidate->mode_hash);
	uint32_t source =
	    intake_guess_name(intake, NAME_SOURCE, candidate->source_hash);
	struct key keys[] = {
		key_group(product, 0, PART_AGGREGATE, 0),
		key_group(product, mode, PART_AGGREGATE, 0),
		key_group(product, 0, PART_WINDOW, 0),
		key_group(product, mode, PART_WINDOW, 0),
		key_group(product, 0, PART_SOURCE, source),
	};
	struct key day = key_day(candidate->report.filed.day, product, mode);
	struct key report = key_report(candidate->key);

	if (!is_row)
		store_prefetch(store, KEYSPACE_REPORT, key_text(&report),
		    false);
	if (!product)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		store_prefetch(store, KEYSPACE_GROUP, key_text(&keys[i]),
		    is_row);
	store_prefetch(store, KEYSPACE_DAY, key_text(&day), is_row);
}

int
decide_withdrawal(struct intake *intake, const uint8_t key[16],
    struct text reason, uint64_t *seq, struct facts *left)
{
	struct record_report record = { 0 };
	struct report_row row = { 0 };
	int result = decide_find(intake, key, &row);

	if (!result && row.is_withdrawn)
		return STORE_NOT_FOUND;
	if (!result)
		result = recall(intake, &row, &record, &record.previous_seq);
	if (result)
		return result;
	if (row.is_erased)
		evidence_blank(&record.old_evidence);
	intake_open_frame(intake);
	memcpy(record.key, key, sizeof(record.key));
	record.blind = intake_blind(intake);
	buf_clear(&intake->header);
	record_report_write(&intake->header, RECORD_WITHDRAW, &record,
	    intake->received_ms);
	*seq = intake_add_event(intake, RECORD_WITHDRAW, reason);
	apply_report(&intake->projection, RECORD_WITHDRAW, &record, *seq,
	    intake->received_ms);
	liken_remember(intake->blocks, RECORD_WITHDRAW, &record, *seq);
	*left = record.old;
	intake_close_long_frame(intake);
	return intake->projection.result;
}
