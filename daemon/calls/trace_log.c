/* trace_log.c - a report's revisions, and what its product was read from. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/digest.h"
#include "daemon/calls/identity.h"
#include "daemon/calls/trace_part.h"
#include "daemon/core/product.h"
#include "proto/codec.h"
#include "proto/value.h"

/* One event of the report; false when it cannot be read. */
static bool
read_event(const struct trace *trace, uint64_t seq, struct buf *scratch,
    struct store_event *event, struct record_report *record)
{
	return seq &&
	    !store_read(trace->services->store, seq, scratch, event) &&
	    record_is_of_report(event->type) &&
	    record_report_read(event->header, event->type, event->received_ms,
		record);
}

/* The newest event with contents, from this one back; 0 none. */
static uint64_t
find_contents(const struct trace *trace, uint64_t seq, struct buf *scratch,
    struct store_event *event, struct record_report *record)
{
	while (read_event(trace, seq, scratch, event, record)) {
		if (record_contents(event->type, record, seq) == seq)
			return seq;
		seq = record->previous_seq;
	}
	return 0;
}

void
trace_read_contents(struct trace *trace)
{
	struct buf scratch = { 0 };
	struct store_event event;

	trace->contents = find_contents(trace, trace->row.latest_seq, &scratch,
	    &event, &trace->record);
	if (trace->contents && !event.is_erased)
		buf_add_text(&trace->body, event.body);
	buf_free(&scratch);
}

/* --- what an amendment changed ------------------------------------------- */

struct changes {
	struct buf *out;
	uint32_t count;
};

static void
add_change(struct changes *changes, struct text group, struct text key)
{
	char path[2 * REPORT_NAME_MAX];
	int len;

	if (changes->count == TRACE_CHANGED_MAX)
		return;
	len = snprintf(path, sizeof(path), "%.*s%s%.*s", TEXT_ARG(group),
	    group.len ? "." : "", TEXT_ARG(key));
	if (len >= (int)sizeof(path))
		len = (int)sizeof(path) - 1;
	pack_text(changes->out, (struct text){ path, (size_t)len });
	changes->count++;
}

static bool
find_key(const struct value *map, struct text name, struct value *found)
{
	struct value_walk walk = value_walk(map);
	struct value key;

	while (map->kind == VALUE_MAP && value_next_pair(&walk, &key, found))
		if (text_equal(value_text(&key), name))
			return true;
	return false;
}

/* Fields of one map that another lacks or has otherwise. */
static void
compare_maps(struct changes *changes, struct text group,
    const struct value *one, const struct value *other, bool is_back)
{
	struct value_walk walk = value_walk(one);
	struct value key, item, found;

	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);
		bool is_there = find_key(other, name, &found);

		if (text_is(name, "amend_reason"))
			continue;
		if (is_there && item.kind == VALUE_MAP &&
		    found.kind == VALUE_MAP && !group.len)
			compare_maps(changes, name, &item, &found, is_back);
		else if (!is_there ||
		    (!is_back && !text_equal(item.span, found.span)))
			add_change(changes, group, name);
	}
}

/* changed: names of fields, against the contents before. */
static uint32_t
pack_changes(struct trace *trace, const struct store_event *event,
    uint64_t previous)
{
	struct changes changes = { .out = &trace->out };
	struct buf scratch = { 0 };
	struct record_report record;
	struct store_event before;
	struct value fresh, old;
	size_t token;
	bool is_known =
	    find_contents(trace, previous, &scratch, &before, &record) &&
	    !before.is_erased && !event->is_erased &&
	    value_of(event->body, &fresh) && value_of(before.body, &old);

	if (is_known) {
		pack_string(&trace->out, "changed");
		token = pack_open_list(&trace->out);
		compare_maps(&changes, (struct text){ 0 }, &fresh, &old, false);
		compare_maps(&changes, (struct text){ 0 }, &old, &fresh, true);
		pack_close_list(&trace->out, token, changes.count);
	}
	buf_free(&scratch);
	return is_known;
}

static const char *
status_of(const struct store_event *event, const struct record_report *record)
{
	if (event->type == RECORD_WITHDRAW)
		return "withdrawn";
	if (event->type == RECORD_REPORT)
		return "new";
	if (event->type == RECORD_REGROUP)
		return "regrouped";
	return record->old.product ? "amended" : "new again";
}

static uint64_t
pack_revision(struct trace *trace, const struct store_event *event,
    const struct record_report *record)
{
	struct buf *out = &trace->out;
	size_t token = pack_open_map(out);
	char received[INSTANT_MAX];
	uint32_t pairs = 4;

	instant_format(event->received_ms, received);
	pack_field_uint(out, "revision", record->revision);
	pack_field_uint(out, "seq", event->seq);
	pack_field_string(out, "received", received);
	pack_field_string(out, "status", status_of(event, record));
	if (event->type == RECORD_AMEND)
		pairs += pack_changes(trace, event, record->previous_seq);
	pack_close_map(out, token, pairs);
	return event->type == RECORD_REPORT ? 0 : record->previous_seq;
}

void
trace_pack_revisions(struct trace *trace)
{
	struct buf scratch = { 0 };
	struct record_report record;
	struct store_event event;
	uint64_t seq = trace->row.latest_seq;
	uint32_t count = 0;
	size_t token;

	pack_string(&trace->out, "revisions");
	token = pack_open_list(&trace->out);
	while (count < TRACE_REVISIONS_MAX &&
	    read_event(trace, seq, &scratch, &event, &record)) {
		seq = pack_revision(trace, &event, &record);
		count++;
	}
	pack_close_list(&trace->out, token, count);
	buf_free(&scratch);
}

/* --- identity ------------------------------------------------------------ */

static void
pack_key(struct trace *trace, const struct product_identity *identity,
    const struct product_key *key)
{
	struct buf *out = &trace->out;
	struct key row_key = key_product_key(key->hash);
	struct product_key_row held = { 0 };
	char hex[2 * PRODUCT_HASH + 1];
	size_t token = pack_open_map(out);
	struct text row;
	uint32_t pairs = 2;

	digest_hex(key->hash, PRODUCT_HASH, hex);
	pack_field_string(out, "of", identity_key_name(identity, key));
	pack_field_string(out, "hash", hex);
	if (!snapshot_get(trace->mention.snapshot, KEYSPACE_PRODUCT_KEY,
		key_text(&row_key), &row) &&
	    product_key_row_read(row, &held)) {
		mention_pack_product(out, "product", held.product);
		pack_field_bool(out, "alias", held.is_alias);
		pairs += 2;
	}
	if (held.is_alias)
		pairs += mention_pack_number(out, "act",
		    trace_find_alias(trace, held.product, key->hash));
	pack_close_map(out, token, pairs);
}

static void
pack_identity(struct trace *trace, const struct product_identity *identity)
{
	struct buf *out = &trace->out;
	struct product_key keys[2];
	unsigned nkeys = product_keys(identity, keys);

	pack_map(out, 2 + IDENTITY_PAIRS);
	pack_field_uint(out, "version", PRODUCT_RULES_VERSION);
	identity_pack(out, identity);
	pack_string(out, "keys");
	pack_list(out, nkeys);
	for (unsigned i = 0; i < nkeys; i++)
		pack_key(trace, identity, &keys[i]);
}

/* As it would be read now; when its rules were others, the version differs. */
void
trace_pack_identity(struct trace *trace)
{
	const struct services *services = trace->services;
	const struct report_limits limits = {
		.report_bytes = services->limits.report_bytes,
		.text_bytes = services->limits.text_bytes,
		.today = date_of_ms(clock_now(services->clock)),
	};
	struct product_identity identity;
	struct report report;
	struct refusal why;
	struct value map;

	pack_string(&trace->out, "identity");
	if (!trace->body.len || !value_of(buf_text(&trace->body), &map) ||
	    report_read(&report, &map, &limits, NULL, &why)) {
		pack_nil(&trace->out);
		return;
	}
	product_identify(services->vocabulary, &report, &identity, NULL);
	pack_identity(trace, &identity);
}
