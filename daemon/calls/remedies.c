/*
 * remedies.c - alerts.remedy, remedy_undo, remedies: fixes and recalls that
 * people declare.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/calls/mention.h"
#include "daemon/calls/trust.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/respond.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { AFTER_MAX = 64 };

/* --- declaring ----------------------------------------------------------- */

struct declaring {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct remedy remedy;
	struct buf body;
	struct refusal why;
};

static void
pack_day(struct buf *out, const char *key, int32_t day)
{
	char text[DATE_MAX];

	date_format((struct date){ day, DATE_DAY }, text);
	pack_field_string(out, key, text);
}

static void
answer(struct declaring *one)
{
	const struct record_remedy *record = &one->remedy.record;
	struct buf out = { 0 };

	if (!one->why.code) {
		pack_map(&out, 4);
		pack_field_uint(&out, "act", one->remedy.seq);
		pack_field_string(&out, "kind", remedy_kind_name(record->kind));
		mention_pack_product(&out, "product", record->product);
		pack_day(&out, "date", record->date);
	}
	answer_ticket(one->services, one->ticket, &out, one->remedy.seq,
	    &one->why);
	buf_free(&one->body);
	free(one);
}

static void
declaring_run(struct work *work, struct intake *intake)
{
	struct declaring *one = (struct declaring *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	respond_remedy(intake, &one->remedy, &one->why);
}

static void
declaring_done(struct work *work)
{
	struct declaring *one = (struct declaring *)work;

	if (work->failed && !one->why.code)
		refuse_for_now(&one->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	answer(one);
}

/* NULL when memory is out, and the call is answered so. */
static struct declaring *
declaring_new(struct call *call, struct text by, struct text reason,
    struct text reference)
{
	struct declaring *one = answer_alloc(call, sizeof(*one));

	if (!one)
		return NULL;
	one->services = session_services(call->session);
	one->ticket = call_ticket(call);
	pack_map(&one->body, AUTHOR_PAIRS + 3);
	author_pack(&one->body, call);
	pack_field_text(&one->body, "by", by);
	pack_field_text(&one->body, "reason", reason);
	pack_field_text(&one->body, "reference", reference);
	one->remedy.body = buf_text(&one->body);
	if (!trust_check(call->session, &one->why) && one->body.failed)
		answer_no_memory(&one->why);
	return one;
}

static void
start(struct declaring *one)
{
	if (!one->why.code && writer_is_read_only(one->services->writer))
		refuse_for_now(&one->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	one->work =
	    (struct work){ .run = declaring_run, .done = declaring_done };
	if (one->why.code)
		answer(one);
	else
		writer_put(one->services->writer, &one->work);
}

static int
take_place(struct declaring *one, const struct call_alerts_remedy *args)
{
	struct record_remedy *record = &one->remedy.record;
	struct services *services = one->services;
	int word;

	if (!args->id.len == !args->product.len)
		return refuse(&one->why, ERROR_INVALID, "id",
		    "give either an alert's id or a product");
	if (args->id.len && !(record->alert = alert_id_parse(args->id)))
		return refuse(&one->why, ERROR_INVALID, "id",
		    "use an id such as a12");
	if (args->product.len &&
	    !(record->product = product_id_parse(args->product)))
		return refuse(&one->why, ERROR_INVALID, "product",
		    "use an id such as p12");
	if (!args->mode.len)
		return 0;
	if (args->id.len)
		return refuse(&one->why, ERROR_INVALID, "mode",
		    "goes with product; an alert has its own");
	word = vocabulary_find(services->vocabulary, WORDS_MODE, args->mode);
	one->remedy.has_mode = true;
	one->remedy.mode_hash =
	    prepare_name_hash(store_hash_key(services->store), NAME_MODE,
		word < 0 ? args->mode
			 : vocabulary_word(services->vocabulary, WORDS_MODE,
			       (unsigned)word)
			       ->slug);
	return 0;
}

static int
take_day(struct declaring *one, const struct call_alerts_remedy *args)
{
	int32_t today = date_of_ms(clock_now(one->services->clock));
	int kind = remedy_kind_find(args->kind);
	struct date date;
	const char *text;

	if (kind < 0)
		return refuse(&one->why, ERROR_INVALID, "kind",
		    "use fix or recall");
	if (date_parse(args->date, &date, &text) || date.precision != DATE_DAY)
		return refuse(&one->why, ERROR_INVALID, "date",
		    "use YYYY-MM-DD");
	if (date.day > today)
		return refuse(&one->why, ERROR_INVALID, "date",
		    "must not be after today");
	one->remedy.record.kind = (uint8_t)kind;
	one->remedy.record.date = date.day;
	return 0;
}

void
handle_alerts_remedy(struct call *call)
{
	const struct call_alerts_remedy *args = call->args;
	struct declaring *one =
	    declaring_new(call, args->by, args->reason, args->reference);

	if (!one)
		return;
	if (!one->why.code && !take_place(one, args))
		take_day(one, args);
	start(one);
}

void
handle_alerts_remedy_undo(struct call *call)
{
	const struct call_alerts_remedy_undo *args = call->args;
	struct declaring *one =
	    declaring_new(call, args->by, args->reason, (struct text){ 0 });

	if (!one)
		return;
	one->remedy.record.undoes = args->act;
	start(one);
}

/* --- listing ------------------------------------------------------------- */

struct listing {
	struct fresh fresh; /* first */
	struct ticket ticket;
	uint32_t product; /* 0: all */
	uint64_t max;
	uint64_t after; /* the act behind which to begin */
	struct key from;
	bool is_trusted, more;
	struct buf found; /* struct listed */
	struct buf out;
};

struct listed {
	uint32_t product;
	uint16_t mode;
	struct remedy_entry entry;
};

static int
list_row(void *who, struct text key, struct text row)
{
	struct listing *listing = who;
	bool is_first = text_equal(key, key_text(&listing->from));

	for (size_t at = 0; at + sizeof(struct remedy_entry) <= row.len;
	     at += sizeof(struct remedy_entry)) {
		struct listed one = { .product = key_u32(key, 0),
			.mode = key_u16(key, 4) };

		memcpy(&one.entry, row.at + at, sizeof(one.entry));
		if (is_first && one.entry.seq <= listing->after)
			continue;
		if (listing->found.len == listing->max * sizeof(one)) {
			listing->more = true;
			return 1;
		}
		buf_add(&listing->found, &one, sizeof(one));
	}
	return listing->found.failed;
}

/* Who and why, for those who are trusted; where it can be read, for all. */
static uint32_t
pack_said(const struct listing *listing, const struct store_event *event,
    struct buf *out)
{
	static const char *const keys[] = { "reference", "organisation", "by",
		"reason" };
	unsigned nkeys = listing->is_trusted ? 4 : 1;
	uint32_t pairs = 0;
	struct value body;

	if (event->is_erased || !value_of(event->body, &body))
		return 0;
	for (unsigned i = 0; i < nkeys; i++)
		pairs += mention_pack_text(out, keys[i],
		    value_find_text(&body, keys[i]));
	return pairs;
}

static void
pack_one(struct listing *listing, struct snapshot *snapshot,
    const struct listed *one)
{
	struct buf *out = &listing->out, scratch = { 0 };
	char mode[PRODUCT_SLUG_MAX + 1], at[INSTANT_MAX];
	size_t token = pack_open_map(out);
	struct store_event event;
	uint32_t pairs = 4;

	look_mode(snapshot, one->mode, mode);
	pack_field_uint(out, "act", one->entry.seq);
	pack_field_string(out, "kind", remedy_kind_name(one->entry.kind));
	mention_pack_product(out, "product", one->product);
	pack_day(out, "date", one->entry.date);
	pairs += mention_pack_text(out, "mode", text_of(mode));
	pairs += mention_pack_number(out, "undone_by", one->entry.undone_by);
	if (!store_read(listing->fresh.services->store, one->entry.seq,
		&scratch, &event)) {
		instant_format(event.received_ms, at);
		pack_field_string(out, "at", at);
		pairs += 1 + pack_said(listing, &event, out);
	}
	buf_free(&scratch);
	pack_close_map(out, token, pairs);
}

static void
listing_read(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	const struct listed *found;
	struct key prefix = { 0 };
	char after[AFTER_MAX] = "";
	size_t count;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	if (listing->product)
		prefix = key_product(listing->product);
	snapshot_walk(snapshot, KEYSPACE_REMEDY, key_text(&prefix),
	    key_text(&listing->from), list_row, listing);
	found = (const void *)listing->found.at;
	count = listing->found.len / sizeof(*found);
	pack_map(&listing->out, 3);
	pack_string(&listing->out, "remedies");
	pack_list(&listing->out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		pack_one(listing, snapshot, &found[i]);
	if (count)
		snprintf(after, sizeof(after), "p%u.%u.%llu",
		    found[count - 1].product, found[count - 1].mode,
		    (unsigned long long)found[count - 1].entry.seq);
	pack_field_bool(&listing->out, "more", listing->more);
	pack_field_string(&listing->out, "after", after);
	listing->out.failed = listing->out.failed || listing->found.failed;
	snapshot_close(snapshot);
}

static void
listing_done(struct fresh *fresh)
{
	struct listing *listing = (struct listing *)fresh;

	answer_ticket(fresh->services, listing->ticket, &listing->out, 0,
	    &fresh->why);
	buf_free(&listing->found);
	free(listing);
}

/* "p12.0.4711" */
static int
take_after(struct listing *listing, struct text after, struct refusal *why)
{
	char copy[AFTER_MAX + 1], rest;
	unsigned product, mode;
	unsigned long long seq;

	if (!after.len)
		return 0;
	shown_copy(copy, sizeof(copy), after);
	if (sscanf(copy, "p%u.%u.%llu%c", &product, &mode, &seq, &rest) != 3 ||
	    mode > UINT16_MAX)
		return refuse(why, ERROR_INVALID, "after",
		    "use the after of the page before");
	listing->from = key_remedy(product, (uint16_t)mode);
	listing->after = seq;
	return 0;
}

void
handle_alerts_remedies(struct call *call)
{
	const struct call_alerts_remedies *args = call->args;
	struct listing *listing = answer_alloc(call, sizeof(*listing));
	struct refusal why = { 0 };

	if (!listing)
		return;
	listing->fresh =
	    (struct fresh){ .services = session_services(call->session),
		    .read = listing_read,
		    .done = listing_done };
	listing->ticket = call_ticket(call);
	listing->is_trusted = trust_reader(call->session) == READER_TRUSTED;
	listing->max = args->max;
	if (args->product.len &&
	    !(listing->product = product_id_parse(args->product)))
		refuse(&why, ERROR_INVALID, "product", "use an id such as p12");
	else
		take_after(listing, args->after, &why);
	if (!why.code) {
		fresh_start(&listing->fresh);
		return;
	}
	answer_refusal(call, &why);
	free(listing);
}
