/* submit.c - report.submit, report.submit_batch, report.amend. */
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/quota.h"
#include "daemon/calls/submission.h"
#include "daemon/calls/trust.h"
#include "daemon/intake/origin.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

/* Is there room for more work, and may anything be written? */
static int
check_room(struct call *call, bool dry_run, uint32_t reports,
    struct refusal *why)
{
	struct services *services = session_services(call->session);

	if (!dry_run && writer_is_read_only(services->writer))
		return refuse_for_now(why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was taken");
	if (services->submitted_bytes > services->limits.queued_bytes) {
		metrics_add(METRIC_refused_queue, 1);
		return refuse_for_now(why, ERROR_BUSY, RETRY_BUSY_MS,
		    "too many reports are waiting; nothing was taken");
	}
	return quota_take(call, reports, why);
}

static int
check_backfill(struct text word, enum backfill *backfill, struct refusal *why)
{
	int found = backfill_find(word);

	if (found < 0)
		return refuse(why, ERROR_INVALID, "backfill",
		    "use auto, all or none");
	*backfill = (enum backfill)found;
	return 0;
}

static int
check_ids(struct text word, enum origin_ids *ids, struct refusal *why)
{
	int found = origin_ids_find(word);

	if (found < 0)
		return refuse(why, ERROR_INVALID, "ids",
		    "use stable, epoch or snapshot");
	*ids = (enum origin_ids)found;
	return 0;
}

static void
pack_problems(struct buf *out, const struct problems *problems)
{
	uint32_t count = problems->count < REPORT_PROBLEMS_MAX
	    ? problems->count
	    : REPORT_PROBLEMS_MAX;

	pack_string(out, "problems");
	pack_list(out, count);
	for (uint32_t i = 0; i < count; i++) {
		pack_map(out, 3);
		pack_field_string(out, "field", problems->item[i].field);
		pack_field_string(out, "code", problems->item[i].code);
		pack_field_string(out, "text", problems->item[i].text);
	}
}

/* Another organisation's id is its own affair. */
static void
pack_twin(const struct submission *submission, struct buf *out)
{
	const struct twin *twin = &submission->items[0].decision.twin;
	struct buf scratch = { 0 };
	struct store_event event;
	struct value body;
	struct text id = { 0 };

	if (!strcmp(submission->twin_organisation, submission->organisation) &&
	    !store_read(submission->services->store, twin->seq, &scratch,
		&event) &&
	    !event.is_erased && value_of(event.body, &body))
		id = value_find_text(&body, "id");
	pack_string(out, "duplicate_of");
	pack_map(out, id.len ? 5 : 4);
	pack_field_uint(out, "seq", twin->seq);
	pack_field_real(out, "score", twin->permille / 1000.);
	pack_field_bool(out, "linked", twin->is_linked);
	pack_field_string(out, "organisation", submission->twin_organisation);
	if (id.len)
		pack_field_text(out, "id", id);
	buf_free(&scratch);
}

static void
answer_single(struct submission *submission, struct buf *out)
{
	const struct submission_item *item = &submission->items[0];
	bool is_public = submission->is_public;
	bool has_twin = item->decision.twin.seq != 0 && !is_public;
	unsigned pairs = is_public ? OUTCOME_PUBLIC_PAIRS : OUTCOME_PAIRS;

	pack_map(out, 4u + pairs + submission->is_explained + has_twin);
	pack_field_text(out, "id", item->candidate->report.id);
	pack_field_uint(out, "seq", item->decision.seq);
	pack_field_string(out, "status",
	    report_status_name(item->decision.status));
	if (is_public)
		outcome_pack_public(out, &submission->outcome);
	else
		outcome_pack(out, &submission->outcome,
		    trust_ticket(submission->services, submission->ticket));
	if (has_twin)
		pack_twin(submission, out);
	pack_problems(out, &submission->problems);
	if (!submission->is_explained)
		return;
	pack_string(out, "explain");
	submission_pack_explanation(submission, 0, out);
}

static void
pack_item(const struct submission *submission, uint32_t index, struct buf *out)
{
	const struct submission_item *item = &submission->items[index];
	bool is_taken = item->decision.status != STATUS_REJECTED;
	bool is_explained = submission->is_explained && is_taken;
	bool has_redacted = item->taken_out && is_taken;
	char text[REFUSAL_TEXT_MAX];

	pack_map(out, 3u + is_explained + has_redacted);
	pack_field_uint(out, "i", index);
	pack_field_string(out, "status",
	    report_status_name(item->decision.status));
	if (!is_taken) {
		size_t len =
		    item->refusal ? refusal_format(item->refusal, text) : 0;

		pack_field_text(out, "error", (struct text){ text, len });
		return;
	}
	pack_field_uint(out, "seq", item->decision.seq);
	if (has_redacted)
		pack_field_uint(out, "redacted", item->taken_out);
	if (!is_explained)
		return;
	pack_string(out, "explain");
	submission_pack_explanation(submission, index, out);
}

static void
answer_batch(struct submission *submission, struct buf *out)
{
	uint32_t counts[STATUS_COUNT] = { 0 }, kinds = 0;

	pack_map(out, 2);
	pack_string(out, "items");
	pack_list(out, submission->count);
	for (uint32_t i = 0; i < submission->count; i++) {
		pack_item(submission, i, out);
		counts[submission->items[i].decision.status]++;
	}
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		kinds += counts[i] > 0;
	pack_string(out, "counts");
	pack_map(out, kinds);
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		if (counts[i])
			pack_field_uint(out,
			    report_status_name((enum report_status)i),
			    counts[i]);
}

/* The highest sequence this answer speaks of: the peer's read floor. */
static uint64_t
newest_seq(const struct submission *submission)
{
	uint64_t newest = 0;

	for (uint32_t i = 0; i < submission->count; i++)
		if (submission->items[i].decision.seq > newest)
			newest = submission->items[i].decision.seq;
	return newest;
}

static void
count_statuses(const struct submission *submission)
{
	static const enum metric metrics[STATUS_COUNT] = {
		[STATUS_NEW] = METRIC_reports_new,
		[STATUS_KNOWN] = METRIC_reports_known,
		[STATUS_AMENDED] = METRIC_reports_amended,
		[STATUS_RESUBMITTED] = METRIC_reports_known,
		[STATUS_REJECTED] = METRIC_reports_rejected,
	};

	if (submission->decide.dry_run)
		return;
	for (uint32_t i = 0; i < submission->count; i++)
		metrics_add(metrics[submission->items[i].decision.status], 1);
}

/* What the import has named is not missing from it. */
static void
note_snapshot(const struct submission *submission)
{
	if (!submission->snapshot[0])
		return;
	for (uint32_t i = 0; i < submission->count; i++) {
		const struct submission_item *item = &submission->items[i];
		bool is_taken = item->decision.status != STATUS_REJECTED;

		imports_note(submission->services, submission->snapshot,
		    is_taken ? item->candidate : NULL);
	}
}

/* Waiting would not help: no time to come back is named. */
static void
refuse_storage(const struct submission *submission, struct refusal *why)
{
	metrics_add(METRIC_refused_storage, 1);
	refuse(why, ERROR_BUSY, NULL,
	    "storage quota of %s reached: its reports have %llu of %llu bytes",
	    submission->organisation,
	    (unsigned long long)submission->held_bytes,
	    (unsigned long long)submission->storage_bytes);
}

static void
submission_done(struct work *work)
{
	struct submission *submission = (struct submission *)work;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (work->failed)
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was taken");
	else if (submission->held_bytes)
		refuse_storage(submission, &why);
	else if (submission->is_missing)
		refuse(&why, ERROR_NOT_FOUND, "id",
		    "no report of that id is held; submit it first");
	else if (submission->is_batch)
		answer_batch(submission, &out);
	else if (submission->items[0].refusal)
		why = *submission->items[0].refusal;
	else
		answer_single(submission, &out);
	if (!why.code) {
		count_statuses(submission);
		note_snapshot(submission);
	}
	answer_ticket(submission->services, submission->ticket, &out,
	    newest_seq(submission), &why);
	submission_free(submission);
}

static void
hand_over(struct submission *submission)
{
	submission->work.done = submission_done;
	writer_put(submission->services->writer, &submission->work);
}

/* A single report that is refused is an error of the call. */
static void
hand_over_single(struct call *call, struct submission *submission)
{
	struct refusal why = { 0 };

	if (submission->items[0].candidate) {
		hand_over(submission);
		return;
	}
	if (submission->items[0].refusal)
		why = *submission->items[0].refusal;
	else
		answer_no_memory(&why);
	answer_refusal(call, &why);
	submission_free(submission);
}

void
handle_report_submit(struct call *call)
{
	const struct call_report_submit *args = call->args;
	struct submission *submission;
	struct refusal why = { 0 };
	struct value report;
	enum backfill backfill = BACKFILL_AUTO;

	if (check_backfill(args->backfill, &backfill, &why) ||
	    check_room(call, args->dry_run, 1, &why)) {
		answer_refusal(call, &why);
		return;
	}
	submission = submission_new(call, 1, &args->report, &report);
	if (!submission) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
		return;
	}
	submission->prepare.backfill = backfill;
	submission->decide.dry_run = args->dry_run;
	submission->is_explained = args->explain && !submission->is_public;
	submission_prepare(submission, 0, &report);
	hand_over_single(call, submission);
}

/* A lone report is a list of one. */
static uint32_t
count_reports(const struct call_report_submit_batch *args)
{
	return args->reports.kind == VALUE_LIST ? args->reports.count : 1;
}

static int
check_batch(struct call *call, const struct call_report_submit_batch *args,
    struct refusal *why)
{
	const struct services *services = session_services(call->session);

	if (args->reports.kind != VALUE_LIST && args->reports.kind != VALUE_MAP)
		return refuse(why, ERROR_INVALID, "reports",
		    "use a list of reports");
	if (count_reports(args) > services->limits.batch_reports)
		return refuse(why, ERROR_TOO_LARGE, "reports",
		    "at most %u reports a call",
		    services->limits.batch_reports);
	return check_room(call, args->dry_run, count_reports(args), why);
}

void
handle_report_submit_batch(struct call *call)
{
	const struct call_report_submit_batch *args = call->args;
	struct submission *submission;
	struct refusal why = { 0 };
	struct value reports, report;
	struct value_walk walk;
	enum backfill backfill = BACKFILL_AUTO;
	enum origin_ids ids = ORIGIN_STABLE;

	if (check_backfill(args->backfill, &backfill, &why) ||
	    check_ids(args->ids, &ids, &why) ||
	    imports_check(call, args->snapshot, &why) ||
	    check_batch(call, args, &why)) {
		answer_refusal(call, &why);
		return;
	}
	submission =
	    submission_new(call, count_reports(args), &args->reports, &reports);
	if (!submission) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
		return;
	}
	submission->is_batch = true;
	submission->is_explained = args->explain && !submission->is_public;
	submission->prepare.backfill = backfill;
	submission->decide.dry_run = args->dry_run;
	submission->decide.ids = ids;
	shown_copy(submission->snapshot, sizeof(submission->snapshot),
	    args->snapshot);
	memcpy(submission->label, args->import.at ? args->import.at : "",
	    args->import.len);
	submission->decide.label =
	    (struct text){ submission->label, args->import.len };
	submission->decide.label_hash =
	    prepare_label_hash(submission->prepare.hash_key,
		submission->prepare.organisation, submission->decide.label);
	if (reports.kind == VALUE_MAP)
		submission_prepare(submission, 0, &reports);
	walk = value_walk(&reports);
	for (uint32_t i = 0;
	     reports.kind == VALUE_LIST && value_next(&walk, &report); i++)
		submission_prepare(submission, i, &report);
	hand_over(submission);
}

/* The report's origin, with the source that the call names. */
static int
pack_origin(const struct value *origin, struct text source, struct buf *map,
    struct refusal *why)
{
	struct value_walk walk = value_walk(origin);
	struct value key, item, given;
	uint32_t pairs = 1;
	size_t token;

	if (value_find(origin, "source", &given) && !value_is_absent(&given) &&
	    !text_equal(value_text(&given), source))
		return refuse(why, ERROR_INVALID, "report.origin.source",
		    "must be the source of the call, or left out");
	pack_string(map, "origin");
	token = pack_open_map(map);
	pack_field_text(map, "source", source);
	while (value_next_pair(&walk, &key, &item)) {
		if (text_is(value_text(&key), "source"))
			continue;
		pack_raw(map, key.span);
		pack_raw(map, item.span);
		pairs++;
	}
	pack_close_map(map, token, pairs);
	return 0;
}

/* Why a report was amended is kept with it, as a key of its own. */
#define AMEND_REASON "amend_reason"

/*
 * The amended report's own id and origin.source may be left out; where the
 * call gives them, the report's must be the same.
 */
static int
complete_amendment(const struct call_report_amend *args, struct buf *map,
    struct refusal *why)
{
	struct value report, id, origin = { 0 };
	bool has_source;
	struct value_walk walk;
	uint32_t pairs = 1;
	size_t token;
	struct value key, item;

	value_of(args->report.span, &report);
	value_find(&report, "origin", &origin);
	has_source = args->source.len &&
	    (value_is_absent(&origin) || origin.kind == VALUE_MAP);
	if (value_find(&report, "id", &id) && !value_is_absent(&id) &&
	    !text_equal(value_text(&id), args->id))
		return refuse(why, ERROR_INVALID, "report.id",
		    "must be the id of the call, or left out");
	token = pack_open_map(map);
	pack_field_text(map, "id", args->id);
	for (walk = value_walk(&report); value_next_pair(&walk, &key, &item);) {
		if (text_is(value_text(&key), "id") ||
		    text_is(value_text(&key), AMEND_REASON) ||
		    (has_source && text_is(value_text(&key), "origin")))
			continue;
		pack_raw(map, key.span);
		pack_raw(map, item.span);
		pairs++;
	}
	if (has_source && pack_origin(&origin, args->source, map, why))
		return ERROR_INVALID;
	pairs += has_source;
	if (args->reason.len) {
		pack_field_text(map, AMEND_REASON, args->reason);
		pairs++;
	}
	pack_close_map(map, token, pairs);
	return map->failed ? answer_no_memory(why) : 0;
}

void
handle_report_amend(struct call *call)
{
	const struct call_report_amend *args = call->args;
	struct submission *submission = NULL;
	struct refusal why = { 0 };
	struct buf map = { 0 };
	struct value report, unused;

	if (check_room(call, false, 1, &why))
		goto fail;
	submission = submission_new(call, 1, &args->report, &unused);
	if (!submission) {
		answer_no_memory(&why);
		goto fail;
	}
	if (complete_amendment(args, &map, &why))
		goto fail;
	free(submission->frame);
	submission->frame = map.at;
	value_of(buf_text(&map), &report);
	submission->is_amendment = true;
	submission_prepare(submission, 0, &report);
	hand_over_single(call, submission);
	return;
fail:
	buf_free(&map);
	submission_free(submission);
	answer_refusal(call, &why);
}
