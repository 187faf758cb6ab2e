/* held.c - report.get and report.lookup: what is held under an id. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/workers.h"
#include "daemon/core/access.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/outcome.h"
#include "daemon/intake/resubmit.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

/* One held report as its caller names it. */
struct wanted {
	char id[REPORT_ID_MAX + 1];
	size_t id_len;
	uint8_t key[16];
	struct report_row row;
	bool is_held;
	size_t told_at, told_len; /* occurred and brand, packed */
};

struct lookup {
	struct work work; /* first */
	struct job job;   /* reading contents */
	struct buf told;  /* of each wanted one that has any: its pairs */
	bool has_contents;
	struct services *services;
	struct ticket ticket;
	bool is_get, is_damaged;
	bool may_read_text;     /* others' texts, where they agreed */
	bool is_own;            /* asked for by its own organisation */
	uint64_t body_seq;      /* get: the event with the newest contents */
	struct outcome outcome; /* get */
	char organisation[64 + 1];
	char source[200 + 1];
	uint32_t count;
	struct wanted wanted[];
};

/* What a report is counted as, for report.get. */
static void
place(struct lookup *lookup, struct intake *intake)
{
	struct wanted *wanted = &lookup->wanted[0];
	struct decision decision = { 0 };
	struct facts facts;

	if (decide_recall(intake, &wanted->row, &facts, &lookup->body_seq)) {
		lookup->is_damaged = true;
		return;
	}
	decision.product = facts.product;
	decision.mode = facts.mode;
	outcome_read(intake, &decision, &lookup->outcome);
}

static void
lookup_run(struct work *work, struct intake *intake)
{
	struct lookup *lookup = (struct lookup *)work;

	for (uint32_t i = 0; i < lookup->count; i++) {
		struct wanted *wanted = &lookup->wanted[i];

		wanted->is_held = !resubmit_resolve(intake, wanted->key) &&
		    decide_find(intake, wanted->key, &wanted->row) == STORE_OK;
	}
	if (lookup->is_get && lookup->wanted[0].is_held)
		place(lookup, intake);
}

static void
pack_known(const struct lookup *lookup, const struct wanted *wanted,
    struct buf *out)
{
	pack_map(out, (wanted->is_held ? 5u : 2u) + 2u * !!wanted->told_len);
	pack_field_text(out, "id", (struct text){ wanted->id, wanted->id_len });
	pack_field_bool(out, "known", wanted->is_held);
	if (!wanted->is_held)
		return;
	pack_field_uint(out, "seq", wanted->row.latest_seq);
	pack_field_uint(out, "revision", wanted->row.revision);
	pack_field_bool(out, "withdrawn", wanted->row.is_withdrawn);
	pack_raw(out,
	    (struct text){ (const char *)lookup->told.at + wanted->told_at,
		wanted->told_len });
}

/* What a report is of, as it was sent, in two pairs. */
static void
tell(struct lookup *lookup, struct wanted *wanted)
{
	struct buf scratch = { 0 };
	struct store_event event;
	struct value report, product, brand = { 0 };

	wanted->told_at = lookup->told.len;
	if (wanted->is_held && !wanted->row.is_withdrawn &&
	    !wanted->row.is_erased &&
	    !store_read(lookup->services->store, wanted->row.latest_seq,
		&scratch, &event) &&
	    !event.is_erased && value_of(event.body, &report)) {
		if (value_find(&report, "product", &product) &&
		    product.kind == VALUE_MAP)
			value_find(&product, "brand", &brand);
		pack_field_text(&lookup->told, "occurred",
		    value_find_text(&report, "occurred"));
		pack_field_text(&lookup->told, "brand", value_text(&brand));
	}
	wanted->told_len = lookup->told.len - wanted->told_at;
	buf_free(&scratch);
}

/* What is left out of a report, at its top and of its product. */
struct omission {
	bool hides_text;
};

static bool
is_left_out(const struct omission *omission, struct text key)
{
	return text_is(key, "reporter") ||
	    (omission->hides_text &&
		(text_is(key, "text") || text_is(key, "amend_reason")));
}

static void
pack_product(const struct value *product, struct buf *out)
{
	size_t token = pack_open_map(out);
	struct value_walk walk = value_walk(product);
	struct value key, item;
	uint32_t pairs = 0;

	while (value_next_pair(&walk, &key, &item)) {
		if (text_is(value_text(&key), "serial"))
			continue;
		pack_raw(out, key.span);
		pack_raw(out, item.span);
		pairs++;
	}
	pack_close_map(out, token, pairs);
}

/* Copy a report without what would say who sent it or which one it was. */
static void
pack_report(const struct value *report, const struct omission *omission,
    struct buf *out)
{
	size_t token = pack_open_map(out);
	struct value_walk walk = value_walk(report);
	struct value key, item;
	uint32_t pairs = 0;

	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);

		if (is_left_out(omission, name))
			continue;
		pack_raw(out, key.span);
		if (text_is(name, "product") && item.kind == VALUE_MAP)
			pack_product(&item, out);
		else
			pack_raw(out, item.span);
		pairs++;
	}
	pack_close_map(out, token, pairs);
}

/*
 * Free text is its organisation's own unless its reporter agreed to more, and
 * who asks may read such.
 */
static bool
hides_text(const struct lookup *lookup, const struct value *report)
{
	struct value consent;

	return !lookup->is_own &&
	    !(lookup->may_read_text &&
		value_find(report, "consent", &consent) &&
		value_find_bool(&consent, "publish"));
}

static void
pack_held(struct lookup *lookup, const struct store_event *event,
    struct buf *out)
{
	const struct wanted *wanted = &lookup->wanted[0];
	char received[INSTANT_MAX];
	struct value report;

	instant_format(event->received_ms, received);
	pack_map(out, 12);
	pack_field_text(out, "id", (struct text){ wanted->id, wanted->id_len });
	pack_field_string(out, "organisation", lookup->organisation);
	pack_field_string(out, "source", lookup->source);
	pack_field_uint(out, "seq", wanted->row.latest_seq);
	pack_field_uint(out, "first_seq", wanted->row.first_seq);
	pack_field_uint(out, "revision", wanted->row.revision);
	pack_field_bool(out, "withdrawn", wanted->row.is_withdrawn);
	pack_field_string(out, "received", received);
	pack_field_bool(out, "erased", wanted->row.is_erased);
	outcome_pack_place(out, &lookup->outcome);
	pack_string(out, "report");
	if (!wanted->row.is_erased && !event->is_erased &&
	    value_of(event->body, &report))
		pack_report(&report,
		    &(struct omission){ hides_text(lookup, &report) }, out);
	else
		pack_nil(out);
}

static void
answer_get(struct lookup *lookup, struct buf *out, struct refusal *why)
{
	struct buf scratch = { 0 };
	struct store_event event;

	if (!lookup->wanted[0].is_held)
		refuse(why, ERROR_NOT_FOUND, "id",
		    "no report of that id is held for %s",
		    lookup->organisation);
	else if (lookup->is_damaged ||
	    store_read(lookup->services->store, lookup->body_seq, &scratch,
		&event))
		answer_damaged(why);
	else
		pack_held(lookup, &event, out);
	buf_free(&scratch);
}

static void
answer_lookup(struct lookup *lookup)
{
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (lookup->work.failed) {
		answer_undone(&why);
	} else if (lookup->told.failed) {
		answer_no_memory(&why);
	} else if (lookup->is_get) {
		answer_get(lookup, &out, &why);
	} else {
		pack_map(&out, 1);
		pack_string(&out, "items");
		pack_list(&out, lookup->count);
		for (uint32_t i = 0; i < lookup->count; i++)
			pack_known(lookup, &lookup->wanted[i], &out);
	}
	answer_ticket(lookup->services, lookup->ticket, &out, 0, &why);
	buf_free(&lookup->told);
	free(lookup);
}

static struct lookup *
lookup_of(struct job *job)
{
	void *at = (char *)job - offsetof(struct lookup, job);

	return at;
}

/* Worker thread: bodies stand all over the log. */
static void
contents_run(struct job *job)
{
	struct lookup *lookup = lookup_of(job);

	for (uint32_t i = 0; i < lookup->count; i++)
		tell(lookup, &lookup->wanted[i]);
}

static void
contents_done(struct job *job)
{
	answer_lookup(lookup_of(job));
}

static void
lookup_done(struct work *work)
{
	struct lookup *lookup = (struct lookup *)work;

	if (!lookup->has_contents || work->failed ||
	    !lookup->services->workers) {
		answer_lookup(lookup);
		return;
	}
	lookup->job =
	    (struct job){ .run = contents_run, .done = contents_done };
	workers_put(lookup->services->workers, &lookup->job);
}

static struct lookup *
lookup_new(struct call *call, uint32_t count, struct text organisation,
    struct text source)
{
	struct lookup *lookup =
	    calloc(1, sizeof(*lookup) + count * sizeof(*lookup->wanted));

	if (!lookup)
		return NULL;
	if (!organisation.len)
		organisation = session_organisation(call->session);
	lookup->is_own =
	    text_equal(organisation, session_organisation(call->session));
	lookup->may_read_text = session_grant(call->session)->may_read_text;
	lookup->services = session_services(call->session);
	lookup->ticket = call_ticket(call);
	lookup->count = count;
	shown_copy(lookup->organisation, sizeof(lookup->organisation),
	    organisation);
	shown_copy(lookup->source, sizeof(lookup->source),
	    source.len ? source : organisation);
	lookup->work.run = lookup_run;
	lookup->work.done = lookup_done;
	return lookup;
}

static void
want(struct lookup *lookup, uint32_t index, struct text id)
{
	struct wanted *wanted = &lookup->wanted[index];
	struct prepare_options options = {
		.hash_key = store_hash_key(lookup->services->store),
		.organisation = text_of(lookup->organisation),
	};

	shown_copy(wanted->id, sizeof(wanted->id), id);
	wanted->id_len = strlen(wanted->id);
	prepare_key(&options, text_of(lookup->source), id, wanted->key);
}

void
handle_report_get(struct call *call)
{
	const struct call_report_get *args = call->args;
	struct lookup *lookup =
	    lookup_new(call, 1, args->organisation, args->source);
	struct refusal why;

	if (!lookup) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
		return;
	}
	lookup->is_get = true;
	want(lookup, 0, args->id);
	writer_put(lookup->services->writer, &lookup->work);
}

/* A lone id is a list of one. */
static int
want_all(struct lookup *lookup, const struct value *ids, struct refusal *why)
{
	struct value_walk walk = value_walk(ids);
	struct value id;

	for (uint32_t i = 0; i < lookup->count; i++) {
		struct text text;

		if (ids->kind != VALUE_LIST)
			id = *ids;
		else if (!value_next(&walk, &id))
			break;
		text = value_text(&id);

		if (!text.len || text.len > REPORT_ID_MAX)
			return refuse(why, ERROR_INVALID, "ids",
			    "use texts of 1 to %d bytes", REPORT_ID_MAX);
		want(lookup, i, text);
	}
	return 0;
}

void
handle_report_lookup(struct call *call)
{
	const struct call_report_lookup *args = call->args;
	struct refusal why = { 0 };
	uint32_t count = args->ids.kind == VALUE_LIST ? args->ids.count : 1;
	struct lookup *lookup =
	    lookup_new(call, count, (struct text){ 0 }, args->source);

	if (!lookup)
		answer_no_memory(&why);
	if (why.code || want_all(lookup, &args->ids, &why)) {
		free(lookup);
		answer_refusal(call, &why);
		return;
	}
	lookup->has_contents = args->contents;
	writer_put(lookup->services->writer, &lookup->work);
}
