/* trace.c - report.trace: why a report is counted where it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/trace_part.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/prepare.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

/* Today's candidates, of a report that is counted. */
static void
compare(struct trace *trace, struct intake *intake,
    const struct record_report *record)
{
	struct evidence evidence = record->evidence;
	struct facts facts = record->facts;
	struct record_case found;

	if (!evidence.product)
		return;
	evidence_set_seq(&evidence, trace->row.first_seq);
	liken(intake, &evidence, &facts, &found, &trace->likeness);
	casebook_find(&intake->projection, trace->row.first_seq, &trace->book);
}

static void
look_run(struct work *work, struct intake *intake)
{
	struct trace *trace = (struct trace *)work;
	struct decision decision = { 0 };
	struct record_report record;

	if (!trace->asked.is_key && !judged_read_key(intake, &trace->asked))
		return;
	if (decide_find(intake, trace->asked.key, &trace->row))
		return;
	if (judged_recall(intake, &trace->row, &record)) {
		answer_damaged(&trace->why);
		return;
	}
	trace->is_found = true;
	trace->facts = trace->row.is_withdrawn ? record.old : record.facts;
	if (!trace->row.is_withdrawn)
		compare(trace, intake, &record);
	decision.product = trace->facts.product;
	decision.mode = trace->facts.mode;
	outcome_read(intake, &decision, &trace->outcome);
	shown_copy(trace->organisation, sizeof(trace->organisation),
	    intake_name_text(intake, NAME_ORGANISATION,
		trace->facts.organisation));
}

/* What its event's body says, where that may be told. */
static void
pack_report(struct trace *trace)
{
	struct buf *out = &trace->out;
	bool is_own = !strcmp(trace->asker, trace->organisation);
	struct text id = text_of(trace->id), source = { 0 };
	struct value body, origin;
	size_t token;
	uint32_t pairs = 5;

	pack_string(out, "report");
	token = pack_open_map(out);
	if (value_of(buf_text(&trace->body), &body)) {
		if (is_own && !id.len)
			id = value_find_text(&body, "id");
		if (value_find(&body, "origin", &origin))
			source = value_find_text(&origin, "source");
	}
	pack_field_string(out, "organisation", trace->organisation);
	pack_field_uint(out, "seq", trace->row.latest_seq);
	pack_field_uint(out, "first_seq", trace->row.first_seq);
	pack_field_uint(out, "revision", trace->row.revision);
	pack_field_bool(out, "withdrawn", trace->row.is_withdrawn);
	pairs += mention_pack_text(out, "source",
	    source.len ? source : text_of(trace->organisation));
	pairs += mention_pack_text(out, "id", id);
	pack_close_map(out, token, pairs);
}

static const char *
status_of(const struct trace *trace)
{
	if (trace->row.is_withdrawn)
		return "withdrawn: its id, sent again, brings it back";
	return trace->row.revision > 1
	    ? "amended: its id was held, and the contents differ"
	    : "new: its id was not held";
}

static void
pack_dedup(struct trace *trace)
{
	char key[2 * 16 + 1], fingerprint[17];

	digest_hex(trace->asked.key, 16, key);
	snprintf(fingerprint, sizeof(fingerprint), "%016llx",
	    (unsigned long long)trace->record.fingerprint);
	pack_string(&trace->out, "dedup");
	pack_map(&trace->out, 3);
	pack_field_string(&trace->out, "key", key);
	pack_field_string(&trace->out, "fingerprint", fingerprint);
	pack_field_string(&trace->out, "status", status_of(trace));
}

static void
pack_place(struct trace *trace)
{
	struct buf *out = &trace->out;
	const struct shown *product = &trace->outcome.product;
	char group[PUBLIC_ID_MAX + PRODUCT_SLUG_MAX + 2];

	pack_string(out, "product");
	pack_map(out, 4);
	mention_pack_product(out, "resolved", trace->facts.product);
	pack_field_string(out, "id", product->id);
	pack_field_text(out, "name",
	    (struct text){ product->name, product->name_len });
	pack_field_string(out, "level",
	    product_level_name((enum product_level)product->level));
	snprintf(group, sizeof(group), "%s/%s", product->id,
	    trace->outcome.mode);
	pack_string(out, "group");
	pack_map(out, 2);
	pack_field_string(out, "id", group);
	pack_field_string(out, "mode", trace->outcome.mode);
}

static void
trace_read(struct fresh *fresh)
{
	struct trace *trace = (struct trace *)fresh;
	struct buf *out = &trace->out;

	trace->mention = (struct mention){ .store = fresh->services->store,
		.snapshot = snapshot_open(fresh->services->store),
		.asker = text_of(trace->asker) };
	if (!trace->mention.snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	trace_read_contents(trace);
	pack_map(out, 12);
	pack_report(trace);
	pack_dedup(trace);
	trace_pack_revisions(trace);
	trace_pack_identity(trace);
	pack_place(trace);
	trace_pack_merges(trace);
	trace_pack_decided(trace);
	trace_pack_compared(trace);
	trace_pack_case(trace);
	trace_pack_judgements(trace);
	trace_pack_acts(trace);
	snapshot_close(trace->mention.snapshot);
}

static void
finish(struct trace *trace)
{
	answer_ticket(trace->services, trace->ticket, &trace->out, 0,
	    &trace->why);
	buf_free(&trace->body);
	free(trace);
}

static void
trace_done(struct fresh *fresh)
{
	struct trace *trace = (struct trace *)fresh;

	trace->why = fresh->why;
	finish(trace);
}

static void
look_done(struct work *work)
{
	struct trace *trace = (struct trace *)work;

	if (work->failed)
		answer_undone(&trace->why);
	else if (!trace->is_found && !trace->why.code)
		refuse(&trace->why, ERROR_NOT_FOUND,
		    trace->id[0] ? "id" : "seq", "no such report is held");
	if (trace->why.code) {
		finish(trace);
		return;
	}
	trace->fresh = (struct fresh){ .services = trace->services,
		.read = trace_read,
		.done = trace_done };
	fresh_start(&trace->fresh);
}

static void
name_report(struct trace *trace, const struct call_report_trace *args)
{
	struct prepare_options options = {
		.hash_key = store_hash_key(trace->services->store),
		.organisation = args->organisation.len ? args->organisation
						       : text_of(trace->asker),
	};

	trace->asked.seq = args->seq;
	trace->asked.is_key = args->id.len > 0;
	shown_copy(trace->id, sizeof(trace->id), args->id);
	if (trace->asked.is_key)
		prepare_key(&options, args->source, args->id, trace->asked.key);
}

void
handle_report_trace(struct call *call)
{
	const struct call_report_trace *args = call->args;
	struct refusal why = { 0 };
	struct trace *trace;

	if (!args->seq == !args->id.len) {
		refuse(&why, ERROR_INVALID, "id",
		    "give either an id or a sequence");
		answer_refusal(call, &why);
		return;
	}
	trace = answer_alloc(call, sizeof(*trace));
	if (!trace)
		return;
	trace->services = session_services(call->session);
	trace->ticket = call_ticket(call);
	shown_copy(trace->asker, sizeof(trace->asker),
	    session_organisation(call->session));
	name_report(trace, args);
	trace->work = (struct work){ .run = look_run, .done = look_done };
	writer_put(trace->services->writer, &trace->work);
}
