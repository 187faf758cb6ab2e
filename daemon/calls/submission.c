#include "daemon/calls/submission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/digest.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/identity.h"
#include "daemon/core/access.h"
#include "daemon/intake/conceal.h"
#include "daemon/intake/origin.h"
#include "daemon/intake/redaction.h"
#include "daemon/intake/resubmit.h"
#include "daemon/intake/senders.h"
#include "daemon/metrics.h"
#include "daemon/store/db/keys.h"
#include "proto/codec.h"

static void
fill_options(struct submission *submission, struct call *call)
{
	const struct services *services = submission->services;
	struct text organisation = session_organisation(call->session);

	memcpy(submission->organisation, organisation.at, organisation.len);
	organisation.at = submission->organisation;
	submission->keys = services->keys;
	submission->prepare = (struct prepare_options){
		.vocabulary = services->vocabulary,
		.limits = { .report_bytes = services->limits.report_bytes,
		    .text_bytes = services->limits.text_bytes,
		    .today = date_of_ms(clock_now(services->clock)) },
		.hash_key = store_hash_key(services->store),
		.keys = &submission->keys,
		.organisation = organisation,
		.backfill_days = services->limits.backfill_days,
		.compares = services->limits.compares,
	};
	submission->decide.prepare = &submission->prepare;
	submission->decide.bodies = &submission->bodies;
	submission->decide.organisation_hash =
	    prepare_name_hash(submission->prepare.hash_key, NAME_ORGANISATION,
		organisation);
}

struct submission *
submission_new(struct call *call, uint32_t count, const struct value *reports,
    struct value *copied)
{
	struct submission *submission = calloc(1, sizeof(*submission));
	size_t offset = (size_t)(reports->span.at - call->frame.at);

	if (!submission)
		return NULL;
	submission->services = session_services(call->session);
	submission->is_public = session_grant(call->session)->is_public;
	submission->ticket = call_ticket(call);
	submission->count = count;
	submission->items = calloc(count, sizeof(*submission->items));
	submission->candidates =
	    malloc(count * sizeof(*submission->candidates));
	submission->frame = malloc(call->frame.len);
	if (!submission->items || !submission->candidates ||
	    !submission->frame) {
		submission_free(submission);
		return NULL;
	}
	memcpy(submission->frame, call->frame.at, call->frame.len);
	value_of((struct text){ (const char *)submission->frame + offset,
		     reports->span.len },
	    copied);
	submission->work.run = submission_run;
	submission->storage_bytes =
	    submission->services->limits.organisation_bytes;
	submission->work.bytes = call->frame.len +
	    count *
		(sizeof(*submission->candidates) + sizeof(*submission->items));
	submission->services->submitted_bytes += submission->work.bytes;
	session_hold(call->session, (int64_t)submission->work.bytes);
	fill_options(submission, call);
	return submission;
}

void
submission_free(struct submission *submission)
{
	struct session *session;

	if (!submission)
		return;
	submission->services->submitted_bytes -= submission->work.bytes;
	session =
	    ticket_session(submission->services->sessions, submission->ticket);
	if (session)
		session_hold(session, -(int64_t)submission->work.bytes);
	for (uint32_t i = 0; submission->items && i < submission->count; i++) {
		free(submission->items[i].refusal);
		free(submission->items[i].redacted);
	}
	free(submission->items);
	free(submission->candidates);
	free(submission->frame);
	buf_free(&submission->bodies);
	digest_forget(&submission->keys, sizeof(submission->keys));
	free(submission);
}

/* What is kept of the report; false when out of memory. */
static bool
conceal(struct submission *submission, const struct value *map,
    struct candidate *candidate)
{
	struct buf *bodies = &submission->bodies;
	size_t at = bodies->len;

	candidate->body_at = candidate->body_len = 0;
	if (conceal_report(&submission->prepare, map, &candidate->report,
		bodies)) {
		if (bodies->failed)
			return false;
		candidate->body_at = (uint32_t)at;
		candidate->body_len = (uint32_t)(bodies->len - at);
	}
	if (submission->decide.ids == ORIGIN_EPOCH)
		candidate->match = duplicate_match(
		    decide_body(candidate, &submission->decide));
	return true;
}

static void
reject(struct submission_item *item, const struct refusal *why)
{
	if (why->code == ERROR_TOO_LARGE)
		metrics_add(METRIC_too_large, 1);
	item->decision.status = STATUS_REJECTED;
	item->refusal = malloc(sizeof(*item->refusal));
	if (item->refusal)
		*item->refusal = *why;
}

static void
count_redaction(const struct redaction *redaction)
{
	metrics_add(METRIC_emails_redacted, redaction->count[REDACT_EMAIL]);
	metrics_add(METRIC_phones_redacted, redaction->count[REDACT_PHONE]);
	metrics_add(METRIC_vins_redacted, redaction->count[REDACT_VIN]);
	metrics_add(METRIC_contact_keys_dropped, redaction->dropped);
}

/*
 * Check and fold a report without what leads to a person: nothing behind this
 * sees it, not even a hash of it.
 */
static int
prepare(struct submission *submission, uint32_t index, struct value *map,
    struct refusal *why)
{
	struct submission_item *item = &submission->items[index];
	struct candidate *candidate = &submission->candidates[index];
	struct problems *problems =
	    submission->is_batch ? NULL : &submission->problems;
	struct redaction redaction;
	int code =
	    prepare_report(&submission->prepare, map, candidate, problems, why);

	if (code ||
	    !redaction_make(&candidate->report, map,
		submission->prepare.limits.text_bytes, &redaction))
		return code;
	item->redacted = redaction.map.at;
	item->taken_out = redaction_total(&redaction);
	if (redaction.map.failed || !value_of(buf_text(&redaction.map), map))
		return answer_no_memory(why);
	code =
	    prepare_report(&submission->prepare, map, candidate, problems, why);
	redaction_tell(&redaction, problems);
	if (!code && !submission->decide.dry_run)
		count_redaction(&redaction);
	return code;
}

void
submission_prepare(struct submission *submission, uint32_t index,
    const struct value *map)
{
	struct submission_item *item = &submission->items[index];
	struct candidate *candidate = &submission->candidates[index];
	struct refusal why = { 0 };
	struct value kept = *map;

	if (!prepare(submission, index, &kept, &why)) {
		if (conceal(submission, &kept, candidate))
			item->candidate = candidate;
		else
			answer_no_memory(&why);
	}
	if (item->candidate)
		return;
	reject(item, &why);
}

/* An amendment by call is of something held; report.submit makes new ones. */
static bool
is_missing(struct submission *submission, struct intake *intake)
{
	struct report_row row;
	uint8_t key[16];
	int result;

	if (!submission->is_amendment)
		return false;
	memcpy(key, submission->items[0].candidate->key, sizeof(key));
	if (resubmit_resolve(intake, key))
		return false;
	result = decide_find(intake, key, &row);
	return result == STORE_NOT_FOUND;
}

/* The submission that passes the limit is taken, the next one is not. */
static uint64_t
find_excess(const struct submission *submission, struct intake *intake)
{
	uint32_t organisation;
	uint64_t held;

	if (!submission->storage_bytes || submission->decide.dry_run)
		return 0;
	organisation = intake_find_name(intake, NAME_ORGANISATION,
	    submission->decide.organisation_hash);
	held = organisation
	    ? senders_bytes(&intake->projection, (uint16_t)organisation)
	    : 0;
	return held >= submission->storage_bytes ? held : 0;
}

/*
 * Rows are scattered over memory: those of the reports ahead are on their way
 * while this one is decided.
 */
static void
prefetch(const struct submission *submission, const struct intake *intake,
    uint32_t from)
{
	enum { SLOTS_AHEAD = 6, ROWS_AHEAD = 2 };
	uint32_t slots = from + SLOTS_AHEAD, rows = from + ROWS_AHEAD;

	if (slots < submission->count && submission->items[slots].candidate)
		decide_prefetch(intake, submission->items[slots].candidate,
		    false);
	if (rows < submission->count && submission->items[rows].candidate)
		decide_prefetch(intake, submission->items[rows].candidate,
		    true);
}

/* Why a report that is right in itself was not taken. */
static int
refuse_reason(const struct submission *submission,
    const struct submission_item *item, struct refusal *why)
{
	struct text source = item->candidate->report.source;

	if (!source.len)
		source = submission->prepare.organisation;
	switch (item->decision.reason) {
	case REASON_NEEDS_RELEASE:
		return refuse(why, ERROR_CONFLICT, "origin.source",
		    "%.*s gives its ids anew with each release: send them in "
		    "a batch with ids epoch and the release's import label",
		    TEXT_ARG(source));
	case REASON_NOT_BEGUN:
		return refuse(why, ERROR_CONFLICT, "import",
		    "this release of %.*s was not begun, or a later one has: "
		    "sources.declare begins one",
		    TEXT_ARG(source));
	case REASON_ERASED:
		return refuse(why, ERROR_CONFLICT, "id",
		    "the report of that id was erased and is not taken "
		    "again; what is to be told anew needs another id");
	case REASON_NONE:
	case REASON_ID_TAKEN:
	default:
		return refuse(why, ERROR_CONFLICT, "id",
		    "this release has another report of that id; another "
		    "release needs another import label");
	}
}

/*
 * False when the store failed.  That what is held of this one report cannot be
 * read is no trouble of the others.
 */
static bool
decide_item(const struct submission *submission, struct submission_item *item,
    struct intake *intake)
{
	struct refusal why = { 0 };

	if (!decide_report(intake, item->candidate, &submission->decide,
		&item->decision)) {
		if (item->decision.status == STATUS_REJECTED) {
			refuse_reason(submission, item, &why);
			reject(item, &why);
		}
		return true;
	}
	if (intake->projection.result)
		return false;
	answer_damaged(&why);
	reject(item, &why);
	return true;
}

static void
read_outcome(struct submission *submission, struct intake *intake)
{
	const struct decision *decision = &submission->items[0].decision;

	outcome_read(intake, decision, &submission->outcome);
	if (decision->twin.organisation)
		shown_copy(submission->twin_organisation,
		    sizeof(submission->twin_organisation),
		    intake_name_text(intake, NAME_ORGANISATION,
			decision->twin.organisation));
}

void
submission_run(struct work *work, struct intake *intake)
{
	struct submission *submission = (struct submission *)work;
	bool dry_run = submission->decide.dry_run;

	if (!dry_run && store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	submission->held_bytes = find_excess(submission, intake);
	if (submission->held_bytes)
		return;
	submission->decide.has_epochs = origin_has_epochs(intake);
	submission->decide.is_amendment = submission->is_amendment;
	submission->is_missing = is_missing(submission, intake);
	for (uint32_t i = 0; i < submission->count && !submission->is_missing;
	     i++) {
		struct submission_item *item = &submission->items[i];

		prefetch(submission, intake, i + 1);
		if (!item->candidate)
			continue;
		if (!decide_item(submission, item, intake)) {
			work->failed = true;
			return;
		}
	}
	intake_close_frame(intake);
	if (!submission->is_batch && !submission->is_missing &&
	    !submission->items[0].refusal)
		read_outcome(submission, intake);
}

static void
pack_keys(const struct product_identity *identity, struct buf *out)
{
	struct product_key keys[2];
	unsigned count = product_keys(identity, keys);

	pack_string(out, "keys");
	pack_list(out, count);
	for (unsigned i = 0; i < count; i++) {
		char hex[2 * PRODUCT_HASH + 1];

		digest_hex(keys[i].hash, PRODUCT_HASH, hex);
		pack_map(out, 2);
		pack_field_string(out, "of",
		    identity_key_name(identity, &keys[i]));
		pack_field_string(out, "hash", hex);
	}
}

void
submission_pack_explanation(const struct submission *submission, uint32_t index,
    struct buf *out)
{
	const struct submission_item *item = &submission->items[index];
	const struct product_identity *identity = &item->candidate->identity;
	char fingerprint[17], key[33], version[16];

	snprintf(fingerprint, sizeof(fingerprint), "%016llx",
	    (unsigned long long)item->candidate->fingerprint);
	snprintf(version, sizeof(version), "%d", PRODUCT_RULES_VERSION);
	digest_hex(item->candidate->key, 16, key);
	pack_map(out, 6 + IDENTITY_PAIRS);
	pack_field_string(out, "report_key", key);
	pack_field_string(out, "fingerprint", fingerprint);
	pack_field_string(out, "identity_version", version);
	identity_pack(out, identity);
	pack_field_text(out, "mode",
	    (struct text){ identity->mode, identity->mode_len });
	pack_field_bool(out, "backfill", item->candidate->is_backfill);
	pack_keys(identity, out);
}
