/* groups.c - products.get, groups.list, groups.get: a product's counts. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/core/fold.h"
#include "daemon/core/gtin.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

struct inquiry;
typedef void inquiry_read(struct inquiry *inquiry, struct snapshot *snapshot);

struct inquiry {
	struct fresh fresh; /* first */
	struct ticket ticket;
	inquiry_read *read;
	uint32_t product; /* 0: by identity */
	struct product_identity identity;
	char mode[PRODUCT_SLUG_MAX + 1];
	int category; /* -1: any */
	uint64_t max;
	struct key after; /* groups.list: the last key of the page before */
	struct shown shown;
	uint32_t count;
	bool more;
	struct buf out;
	struct snapshot *snapshot; /* while reading */
};

static void
inquiry_run(struct fresh *fresh)
{
	struct inquiry *inquiry = (struct inquiry *)fresh;

	inquiry->snapshot = snapshot_open(fresh->services->store);
	if (!inquiry->snapshot) {
		answer_no_memory(&inquiry->fresh.why);
		return;
	}
	inquiry->read(inquiry, inquiry->snapshot);
	snapshot_close(inquiry->snapshot);
}

static void
inquiry_done(struct fresh *fresh)
{
	struct inquiry *inquiry = (struct inquiry *)fresh;

	answer_ticket(fresh->services, inquiry->ticket, &inquiry->out, 0,
	    &inquiry->fresh.why);
	free(inquiry);
}

static struct inquiry *
inquiry_new(struct call *call, inquiry_read *read)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	struct refusal why;

	if (!inquiry) {
		answer_no_memory(&why);
		answer_refusal(call, &why);
		return NULL;
	}
	inquiry->fresh = (struct fresh){
		.services = session_services(call->session),
		.read = inquiry_run,
		.done = inquiry_done,
	};
	inquiry->ticket = call_ticket(call);
	inquiry->read = read;
	inquiry->category = -1;
	return inquiry;
}

static void
inquiry_start(struct inquiry *inquiry, struct call *call,
    const struct refusal *why)
{
	if (!why->code) {
		fresh_start(&inquiry->fresh);
		return;
	}
	answer_refusal(call, why);
	free(inquiry);
}

/* The product asked for, by id or by any of its keys. */
static bool
find_product(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct product_key keys[2];
	unsigned count =
	    inquiry->product ? 0 : product_keys(&inquiry->identity, keys);

	for (unsigned i = 0; i < count && !inquiry->product; i++)
		inquiry->product = look_key(snapshot, keys[i].hash);
	if (look_product(snapshot, inquiry->fresh.services->vocabulary,
		inquiry->product, &inquiry->shown))
		return true;
	refuse(&inquiry->fresh.why, ERROR_NOT_FOUND, "product",
	    "no such product is known");
	return false;
}

static int
pack_mode(void *who, struct text key, struct text row)
{
	struct inquiry *inquiry = who;
	struct aggregate counts;
	char mode[PRODUCT_SLUG_MAX + 1];
	uint16_t ordinal = key_u16(key, 4);

	if (!ordinal || key.at[6] != PART_AGGREGATE || row.len < sizeof(counts))
		return 0;
	memcpy(&counts, row.at, sizeof(counts));
	if (!counts.reports)
		return 0;
	look_mode(inquiry->snapshot, ordinal, mode);
	pack_map(&inquiry->out, 3);
	look_pack_group_id(&inquiry->out, &inquiry->shown, mode);
	pack_field_string(&inquiry->out, "mode", mode);
	look_pack_counts(&inquiry->out, &counts);
	inquiry->count++;
	return 0;
}

static void
read_product(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct key prefix;
	struct aggregate counts;
	size_t token;

	if (!find_product(inquiry, snapshot))
		return;
	look_counts(snapshot, inquiry->product, 0, &counts);
	pack_map(&inquiry->out, 4);
	look_pack_product(&inquiry->out, "product", &inquiry->shown);
	look_pack_counts(&inquiry->out, &counts);
	pack_string(&inquiry->out, "groups");
	token = pack_open_list(&inquiry->out);
	prefix = key_product(inquiry->product);
	snapshot_walk(snapshot, KEYSPACE_GROUP, key_text(&prefix),
	    (struct text){ 0 }, pack_mode, inquiry);
	pack_close_list(&inquiry->out, token, inquiry->count);
	look_pack_alerts(&inquiry->out, snapshot, inquiry->product, -1);
}

/* Products are asked for as reports name them, so the same folding applies. */
static int
identify(struct inquiry *inquiry, const struct call_products_get *args,
    struct refusal *why)
{
	struct product_identity *identity = &inquiry->identity;
	enum gtin_verdict verdict;

	identity->level = LEVEL_MODEL;
	identity->brand_len = (uint8_t)fold_name(args->brand, identity->brand,
	    sizeof(identity->brand));
	identity->model_len = (uint8_t)fold_name(args->model, identity->model,
	    sizeof(identity->model));
	if (!args->gtin.len)
		return 0;
	verdict = gtin_read(args->gtin, &identity->gtin);
	if (verdict == GTIN_KEY)
		return 0;
	return refuse(why, ERROR_INVALID, "gtin", "%s", gtin_why(verdict));
}

static int
take_product_id(struct inquiry *inquiry, struct text id, const char *field,
    struct refusal *why)
{
	inquiry->product = product_id_parse(id);
	if (!inquiry->product)
		return refuse(why, ERROR_INVALID, field,
		    "use an id such as p12");
	return 0;
}

void
handle_products_get(struct call *call)
{
	const struct call_products_get *args = call->args;
	struct inquiry *inquiry = inquiry_new(call, read_product);
	struct refusal why = { 0 };

	if (!inquiry)
		return;
	if (args->id.len)
		take_product_id(inquiry, args->id, "id", &why);
	else if (!args->gtin.len && (!args->brand.len || !args->model.len))
		refuse(&why, ERROR_INVALID, "id",
		    "give id, gtin, or brand and model");
	else
		identify(inquiry, args, &why);
	inquiry_start(inquiry, call, &why);
}

static void
pack_day(struct buf *out, const char *key, int32_t day)
{
	char text[DATE_MAX];

	date_format((struct date){ day, DATE_DAY }, text);
	pack_field_string(out, key, text);
}

static void
pack_dates(struct buf *out, const struct aggregate *counts)
{
	char text[INSTANT_MAX];

	pack_string(out, "occurred");
	pack_map(out, 2);
	pack_day(out, "first", counts->occurred_first);
	pack_day(out, "last", counts->occurred_last);
	pack_string(out, "filed");
	pack_map(out, 2);
	pack_day(out, "first", counts->filed_first);
	pack_day(out, "last", counts->filed_last);
	pack_string(out, "received");
	pack_map(out, 2);
	instant_format(counts->received_first_ms, text);
	pack_field_string(out, "first", text);
	instant_format(counts->received_last_ms, text);
	pack_field_string(out, "last", text);
}

static void
pack_tallies(struct inquiry *inquiry, const struct aggregate *counts)
{
	const struct vocabulary *vocabulary =
	    inquiry->fresh.services->vocabulary;
	size_t token;
	uint32_t count = 0;

	pack_string(&inquiry->out, "countries");
	token = pack_open_list(&inquiry->out);
	for (unsigned i = 0; i < counts->ntallies; i++) {
		const struct tally *tally = &counts->tally[i];
		char code[2] = { (char)(tally->code >> 8),
			(char)(tally->code & 0xff) };

		if (tally->kind != TALLY_COUNTRY)
			continue;
		pack_text(&inquiry->out, (struct text){ code, 2 });
		count++;
	}
	pack_close_list(&inquiry->out, token, count);
	pack_string(&inquiry->out, "hazards");
	token = pack_open_list(&inquiry->out);
	count = 0;
	for (unsigned i = 0; i < counts->ntallies; i++) {
		const struct tally *tally = &counts->tally[i];

		if (tally->kind != TALLY_HAZARD ||
		    tally->code >= vocabulary_count(vocabulary, WORDS_HAZARD))
			continue;
		pack_text(&inquiry->out,
		    vocabulary_word(vocabulary, WORDS_HAZARD, tally->code)
			->slug);
		count++;
	}
	pack_close_list(&inquiry->out, token, count);
}

static void
pack_group(struct inquiry *inquiry, const struct aggregate *counts)
{
	struct buf *out = &inquiry->out;

	pack_map(out, 14);
	look_pack_group_id(out, &inquiry->shown, inquiry->mode);
	look_pack_product(out, "product", &inquiry->shown);
	pack_field_string(out, "mode", inquiry->mode);
	look_pack_counts(out, counts);
	pack_string(out, "severities");
	pack_map(out, SEVERITY_COUNT);
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		pack_field_uint(out, severity_name((enum severity)i),
		    counts->severity[i]);
	pack_field_uint(out, "injured", counts->injured);
	pack_field_uint(out, "deaths", counts->deaths);
	pack_field_uint(out, "units", counts->units);
	pack_tallies(inquiry, counts);
	pack_dates(out, counts);
}

static void
read_group(struct inquiry *inquiry, struct snapshot *snapshot)
{
	_Alignas(8) uint8_t row[ROW_MAX];
	struct text bytes;
	struct key key;
	uint16_t mode = 0;

	if (!find_product(inquiry, snapshot))
		return;
	if (inquiry->mode[0])
		mode = look_mode_ordinal(snapshot,
		    store_hash_key(inquiry->fresh.services->store),
		    text_of(inquiry->mode));
	key = key_group(inquiry->product, mode, PART_AGGREGATE, 0);
	if ((inquiry->mode[0] && !mode) ||
	    snapshot_get(snapshot, KEYSPACE_GROUP, key_text(&key), &bytes) ||
	    bytes.len < sizeof(struct aggregate) || bytes.len > sizeof(row)) {
		refuse(&inquiry->fresh.why, ERROR_NOT_FOUND, "mode",
		    "no report of %s names this failure mode",
		    inquiry->shown.id);
		return;
	}
	memcpy(row, bytes.at, bytes.len);
	pack_group(inquiry, (const struct aggregate *)(const void *)row);
	look_pack_alerts(&inquiry->out, snapshot, inquiry->product, mode);
}

void
handle_groups_get(struct call *call)
{
	const struct call_groups_get *args = call->args;
	struct inquiry *inquiry = inquiry_new(call, read_group);
	struct refusal why = { 0 };
	int word;

	if (!inquiry)
		return;
	take_product_id(inquiry, args->product, "product", &why);
	word = vocabulary_find(inquiry->fresh.services->vocabulary, WORDS_MODE,
	    args->mode);
	shown_copy(inquiry->mode, sizeof(inquiry->mode),
	    word < 0 ? args->mode
		     : vocabulary_word(inquiry->fresh.services->vocabulary,
			   WORDS_MODE, (unsigned)word)
			   ->slug);
	inquiry_start(inquiry, call, &why);
}

static bool
is_in_category(const struct inquiry *inquiry, const struct shown *shown)
{
	const struct vocabulary *vocabulary =
	    inquiry->fresh.services->vocabulary;
	int category;

	if (inquiry->category < 0)
		return true;
	category = vocabulary_find(vocabulary, WORDS_CATEGORY,
	    text_of(shown->category));
	return category >= 0 &&
	    vocabulary_is_within(vocabulary, category, inquiry->category);
}

static int
list_group(void *who, struct text key, struct text row)
{
	struct inquiry *inquiry = who;
	struct text after = key_text(&inquiry->after);
	struct aggregate counts;
	struct shown shown;
	char mode[PRODUCT_SLUG_MAX + 1];

	if (key.at[6] != PART_AGGREGATE || !key_u16(key, 4) ||
	    text_equal(key, after) || row.len < sizeof(counts))
		return 0;
	memcpy(&counts, row.at, sizeof(counts));
	if (!counts.reports ||
	    !look_product(inquiry->snapshot,
		inquiry->fresh.services->vocabulary, key_u32(key, 0), &shown) ||
	    !is_in_category(inquiry, &shown))
		return 0;
	if (inquiry->count == inquiry->max) {
		inquiry->more = true;
		return 1;
	}
	look_mode(inquiry->snapshot, key_u16(key, 4), mode);
	pack_map(&inquiry->out, 4);
	look_pack_group_id(&inquiry->out, &shown, mode);
	look_pack_product(&inquiry->out, "product", &shown);
	pack_field_string(&inquiry->out, "mode", mode);
	look_pack_counts(&inquiry->out, &counts);
	inquiry->count++;
	inquiry->after =
	    key_group(key_u32(key, 0), key_u16(key, 4), PART_AGGREGATE, 0);
	return 0;
}

static void
read_groups(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct key prefix = key_product(inquiry->product);
	struct text from = key_text(&inquiry->after);
	struct key begin = inquiry->after;
	char after[32];
	size_t token;

	if (!inquiry->product)
		prefix.len = 0;
	if (from.len)
		from = key_text(&begin);
	pack_map(&inquiry->out, 3);
	pack_string(&inquiry->out, "groups");
	token = pack_open_list(&inquiry->out);
	snapshot_walk(snapshot, KEYSPACE_GROUP, key_text(&prefix), from,
	    list_group, inquiry);
	pack_close_list(&inquiry->out, token, inquiry->count);
	pack_field_bool(&inquiry->out, "more", inquiry->more);
	snprintf(after, sizeof(after), "%u.%u",
	    inquiry->after.len ? key_u32(key_text(&inquiry->after), 0) : 0,
	    inquiry->after.len ? key_u16(key_text(&inquiry->after), 4) : 0);
	pack_field_string(&inquiry->out, "after", after);
}

static int
take_after(struct inquiry *inquiry, struct text after, struct refusal *why)
{
	char text[32];
	unsigned product, mode;
	int used = 0;

	if (!after.len)
		return 0;
	shown_copy(text, sizeof(text), after);
	if (sscanf(text, "%9u.%5u%n", &product, &mode, &used) != 2 ||
	    text[used] || mode > UINT16_MAX)
		return refuse(why, ERROR_INVALID, "after",
		    "use the after of the page before");
	inquiry->after = key_group(product, (uint16_t)mode, PART_AGGREGATE, 0);
	return 0;
}

void
handle_groups_list(struct call *call)
{
	const struct call_groups_list *args = call->args;
	struct inquiry *inquiry = inquiry_new(call, read_groups);
	struct refusal why = { 0 };

	if (!inquiry)
		return;
	inquiry->max = args->max;
	if (args->product.len)
		take_product_id(inquiry, args->product, "product", &why);
	if (args->category.len)
		inquiry->category =
		    vocabulary_find(inquiry->fresh.services->vocabulary,
			WORDS_CATEGORY, args->category);
	if (!why.code && args->category.len && inquiry->category < 0)
		refuse(&why, ERROR_INVALID, "category",
		    "no category is called \"%.*s\"", TEXT_ARG(args->category));
	if (!why.code)
		take_after(inquiry, args->after, &why);
	inquiry_start(inquiry, call, &why);
}
