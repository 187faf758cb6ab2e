/* history.c - products.history: what curators did to a product. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/calls/reach.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/family.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"
#include "proto/codec.h"

struct history {
	struct fresh fresh; /* first */
	struct ticket ticket;
	struct reach reach;
	uint32_t product;
	uint64_t max, after;
	struct buf acts; /* struct listed */
	bool more;
	struct buf out;
};

/* An act as its row lists it. */
struct listed {
	uint64_t seq;
	struct act_row row;
};

static int
list_act(void *who, struct text key, struct text row)
{
	struct history *history = who;
	struct listed listed = { .seq = key_u64(key, 4) };

	if (listed.seq <= history->after || row.len != sizeof(listed.row))
		return 0;
	if (history->acts.len == history->max * sizeof(listed)) {
		history->more = true;
		return 1;
	}
	memcpy(&listed.row, row.at, sizeof(listed.row));
	buf_add(&history->acts, &listed, sizeof(listed));
	return 0;
}

static void
pack_id(struct buf *out, const char *key, uint32_t product)
{
	char id[PUBLIC_ID_MAX];

	product_id_format(product, id);
	if (key)
		pack_string(out, key);
	pack_string(out, id);
}

/* A pair with a text, when there is one. */
static uint32_t
pack_some(struct buf *out, const char *key, struct text text)
{
	if (!text.len)
		return 0;
	pack_field_text(out, key, text);
	return 1;
}

static uint32_t
pack_some_number(struct buf *out, const char *key, uint64_t number)
{
	if (!number)
		return 0;
	pack_field_uint(out, key, number);
	return 1;
}

/* What only the event itself says: who, when, why. */
static uint32_t
pack_event(struct history *history, struct snapshot *snapshot, uint64_t seq)
{
	struct buf *out = &history->out, scratch = { 0 };
	struct record_curation record;
	struct store_event event;
	char at[INSTANT_MAX];
	struct text organisation = { 0 };
	struct value body = { 0 };
	uint32_t pairs = 0;

	if (!store_read(history->fresh.services->store, seq, &scratch,
		&event) &&
	    event.type == RECORD_CURATION &&
	    record_curation_read(event.header, &record)) {
		struct key key =
		    key_name_ordinal(NAME_ORGANISATION, record.organisation);

		instant_format(event.received_ms, at);
		pack_field_string(out, "at", at);
		pack_id(out, "product", record.product);
		pairs = 2 + pack_some_number(out, "undoes", record.undoes);
		if (record.other) {
			pack_id(out, "other", record.other);
			pairs++;
		}
		if (!snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key),
			&organisation))
			pairs += pack_some(out, "organisation", organisation);
		if (!event.is_erased && value_of(event.body, &body)) {
			pairs += pack_some(out, "author",
			    value_find_text(&body, "author"));
			pairs += pack_some(out, "reason",
			    value_find_text(&body, "reason"));
			pairs += pack_some(out, "text",
			    value_find_text(&body, "text"));
		}
	}
	buf_free(&scratch);
	return pairs;
}

static void
pack_act(struct history *history, struct snapshot *snapshot,
    const struct listed *listed)
{
	struct buf *out = &history->out;
	size_t token = pack_open_map(out);
	uint32_t pairs = 2;

	pack_field_uint(out, "act", listed->seq);
	pack_field_string(out, "kind",
	    curation_kind_name((uint8_t)listed->row.kind));
	pairs += pack_some_number(out, "undone_by", listed->row.undone_by);
	pairs += pack_event(history, snapshot, listed->seq);
	pack_close_map(out, token, pairs);
}

/* Where it stands in the tree of merges: three pairs or two. */
static uint32_t
pack_family(struct buf *out, const struct family_row *kin)
{
	if (kin->parent)
		pack_id(out, "merged_into", kin->parent);
	pack_id(out, "read_as", kin->root);
	pack_string(out, "members");
	pack_list(out, kin->count);
	for (unsigned i = 0; i < kin->count; i++)
		pack_id(out, NULL, kin->member[i]);
	return kin->parent ? 3 : 2;
}

static void
read_kin(struct snapshot *snapshot, uint32_t product, struct family_row *kin)
{
	struct key key = key_family(product);
	struct text row;

	*kin = (struct family_row){ .root = product };
	if (!snapshot_get(snapshot, KEYSPACE_FAMILY, key_text(&key), &row) &&
	    row.len <= sizeof(*kin))
		memcpy(kin, row.at, row.len);
}

static void
pack_history(struct history *history, struct snapshot *snapshot,
    const struct shown *shown)
{
	struct buf *out = &history->out;
	const struct listed *listed = (const void *)history->acts.at;
	size_t count = history->acts.len / sizeof(*listed);
	size_t token = pack_open_map(out);
	struct family_row kin;
	uint32_t pairs;

	read_kin(snapshot, history->product, &kin);
	look_pack_product(out, "product", shown);
	pairs = 3 + pack_family(out, &kin);
	pack_string(out, "acts");
	pack_list(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		pack_act(history, snapshot, &listed[i]);
	pack_field_bool(out, "more", history->more);
	pack_close_map(out, token, pairs);
}

static void
history_read(struct fresh *fresh)
{
	struct history *history = (struct history *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	struct key prefix = key_product(history->product);
	struct row_source rows;
	struct shown shown;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	rows = row_source_of(snapshot);
	if (reach_check(&history->reach, &rows, history->product,
		&fresh->why)) {
		/* Nothing of it is told. */
	} else if (!look_product(snapshot, fresh->services->vocabulary,
		       history->product, &shown)) {
		refuse(&fresh->why, ERROR_NOT_FOUND, "id",
		    "no such product is known");
	} else {
		snapshot_walk(snapshot, KEYSPACE_ACT, key_text(&prefix),
		    (struct text){ 0 }, list_act, history);
		pack_history(history, snapshot, &shown);
	}
	snapshot_close(snapshot);
}

static void
history_done(struct fresh *fresh)
{
	struct history *history = (struct history *)fresh;

	answer_ticket(fresh->services, history->ticket, &history->out, 0,
	    &fresh->why);
	buf_free(&history->acts);
	free(history);
}

void
handle_products_history(struct call *call)
{
	const struct call_products_history *args = call->args;
	struct history *history;
	struct refusal why = { 0 };
	uint32_t product = product_id_parse(args->id);

	if (!product) {
		refuse(&why, ERROR_INVALID, "id", "use an id such as p12");
		answer_refusal(call, &why);
		return;
	}
	history = answer_alloc(call, sizeof(*history));
	if (!history)
		return;
	history->fresh =
	    (struct fresh){ .services = session_services(call->session),
		    .read = history_read,
		    .done = history_done };
	history->ticket = call_ticket(call);
	history->reach = reach_of(call);
	history->product = product;
	history->max = args->max;
	history->after = args->after;
	fresh_start(&history->fresh);
}
