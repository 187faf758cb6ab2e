/* groups.c - products.get, groups.list, groups.get: a product's counts. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
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
	struct key after;   /* groups.list: the last key of the page before */
	struct shown shown; /* of its root */
	struct family family;
	bool is_read; /* groups.list: family is this product's */
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
	if (inquiry->product &&
	    !look_family(snapshot, inquiry->product, &inquiry->family) &&
	    look_product(snapshot, inquiry->fresh.services->vocabulary,
		inquiry->family.root, &inquiry->shown))
		return true;
	refuse(&inquiry->fresh.why, ERROR_NOT_FOUND, "product",
	    "no such product is known");
	return false;
}

/* One group of the family that is shown. */
static void
pack_mode(struct inquiry *inquiry, uint16_t ordinal,
    const struct aggregate *counts, bool has_product)
{
	char mode[PRODUCT_SLUG_MAX + 1];

	look_mode(inquiry->snapshot, ordinal, mode);
	pack_map(&inquiry->out, has_product ? 4 : 3);
	look_pack_group_id(&inquiry->out, &inquiry->shown, mode);
	if (has_product)
		look_pack_product(&inquiry->out, "product", &inquiry->shown);
	pack_field_string(&inquiry->out, "mode", mode);
	look_pack_counts(&inquiry->out, counts);
	inquiry->count++;
}

static void
pack_modes(struct inquiry *inquiry)
{
	struct look_modes modes;
	struct aggregate counts;

	if (look_modes(inquiry->snapshot, &inquiry->family, &modes))
		return;
	for (uint16_t mode = 0; (mode = look_mode_next(&modes, mode)) != 0;) {
		look_counts(inquiry->snapshot, &inquiry->family, mode, &counts,
		    NULL);
		if (counts.reports)
			pack_mode(inquiry, mode, &counts, false);
	}
}

static void
pack_members(struct inquiry *inquiry)
{
	pack_string(&inquiry->out, "members");
	pack_list(&inquiry->out, inquiry->family.count - 1);
	for (unsigned i = 1; i < inquiry->family.count; i++) {
		char id[PUBLIC_ID_MAX];

		product_id_format(inquiry->family.member[i], id);
		pack_string(&inquiry->out, id);
	}
}

static void
read_product(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct aggregate counts;
	char asked[PUBLIC_ID_MAX];
	size_t token;

	if (!find_product(inquiry, snapshot))
		return;
	look_counts(snapshot, &inquiry->family, 0, &counts, NULL);
	product_id_format(inquiry->product, asked);
	pack_map(&inquiry->out, 6);
	pack_field_string(&inquiry->out, "asked", asked);
	look_pack_product(&inquiry->out, "product", &inquiry->shown);
	look_pack_counts(&inquiry->out, &counts);
	pack_members(inquiry);
	pack_string(&inquiry->out, "groups");
	token = pack_open_list(&inquiry->out);
	pack_modes(inquiry);
	pack_close_list(&inquiry->out, token, inquiry->count);
	look_pack_alerts(&inquiry->out, snapshot, inquiry->family.root, -1);
}

/* Products are asked for as reports name them, so the same rules apply. */
static int
identify(struct inquiry *inquiry, const struct call_products_get *args,
    struct refusal *why)
{
	struct product_identity *identity = &inquiry->identity;
	struct report named = { .brand = args->brand, .model = args->model };
	struct gtin_reading reading;
	enum gtin_verdict verdict;

	product_identify_names(inquiry->fresh.services->vocabulary, &named,
	    identity);
	identity->level = LEVEL_MODEL;
	if (!args->gtin.len)
		return 0;
	verdict = gtin_read(args->gtin, &reading);
	identity->gtin = reading.key;
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
	struct group_row row;
	struct aggregate counts = { 0 };
	uint16_t mode = 0;

	if (!find_product(inquiry, snapshot))
		return;
	if (inquiry->mode[0])
		mode = look_mode_ordinal(snapshot,
		    store_hash_key(inquiry->fresh.services->store),
		    text_of(inquiry->mode));
	if (!inquiry->mode[0] || mode)
		look_counts(snapshot, &inquiry->family, mode, &counts, &row);
	if (!counts.last_seq) {
		refuse(&inquiry->fresh.why, ERROR_NOT_FOUND, "mode",
		    "no report of %s names this failure mode",
		    inquiry->shown.id);
		return;
	}
	pack_group(inquiry, group_aggregate(&row));
	look_pack_alerts(&inquiry->out, snapshot, inquiry->family.root, mode);
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

/* One group, if there is room for it; non-zero when there is none. */
static int
list_mode(struct inquiry *inquiry, uint16_t mode)
{
	struct aggregate counts;

	look_counts(inquiry->snapshot, &inquiry->family, mode, &counts, NULL);
	if (!counts.reports)
		return 0;
	if (inquiry->count == inquiry->max) {
		inquiry->more = true;
		return 1;
	}
	pack_mode(inquiry, mode, &counts, true);
	inquiry->after =
	    key_group(inquiry->family.root, mode, PART_AGGREGATE, 0);
	return 0;
}

/* The rest of a product's groups, in order of their modes. */
static int
list_product(struct inquiry *inquiry, uint16_t after)
{
	struct look_modes modes;
	int result = look_modes(inquiry->snapshot, &inquiry->family, &modes);

	for (uint16_t mode = after;
	     !result && (mode = look_mode_next(&modes, mode)) != 0;)
		result = list_mode(inquiry, mode);
	return result;
}

/* Each product once, at its first row; merged ones with their root. */
static int
list_group(void *who, struct text key, struct text row)
{
	struct inquiry *inquiry = who;
	struct text from = key_text(&inquiry->after);
	uint32_t product = key_u32(key, 0);
	uint16_t after = 0;

	(void)row;
	if (inquiry->is_read && inquiry->product == product)
		return 0;
	if (from.len && key_u32(from, 0) == product)
		after = key_u16(from, 4);
	inquiry->is_read = true;
	inquiry->product = product;
	if (look_family(inquiry->snapshot, product, &inquiry->family) ||
	    inquiry->family.root != product ||
	    !look_product(inquiry->snapshot,
		inquiry->fresh.services->vocabulary, product,
		&inquiry->shown) ||
	    !is_in_category(inquiry, &inquiry->shown))
		return 0;
	return list_product(inquiry, after);
}

static void
read_groups(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct text from = key_text(&inquiry->after);
	struct key begin = inquiry->after, prefix;
	char after[32];
	size_t token;

	if (inquiry->product && !find_product(inquiry, snapshot))
		return;
	prefix = key_product(inquiry->family.root);
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
