/* groups.c - products.get and groups.get: a product's counts. */
#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/inquiry.h"
#include "daemon/core/gtin.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

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
			inquiry_pack_mode(inquiry, mode, &counts, false);
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

	if (!inquiry_find(inquiry, snapshot))
		return;
	if (inquiry_judge(inquiry)) {
		answer_damaged(&inquiry->fresh.why);
		return;
	}
	look_counts(snapshot, &inquiry->family, 0, &counts, NULL);
	product_id_format(inquiry->product, asked);
	pack_map(&inquiry->out, 6);
	pack_field_string(&inquiry->out, "asked", asked);
	look_pack_product(&inquiry->out, "product", &inquiry->shown);
	inquiry_pack_counts(inquiry, 0, &counts);
	pack_members(inquiry);
	pack_string(&inquiry->out, "groups");
	token = pack_open_list(&inquiry->out);
	pack_modes(inquiry);
	pack_close_list(&inquiry->out, token, inquiry->count);
	look_pack_alerts(&inquiry->out, snapshot, inquiry->family.root, -1,
	    inquiry->is_trusted && !inquiry->is_public);
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

void
handle_products_get(struct call *call)
{
	const struct call_products_get *args = call->args;
	struct inquiry *inquiry = inquiry_new(call, read_product);
	struct refusal why = { 0 };

	if (!inquiry)
		return;
	inquiry->is_public |= args->public;
	if (args->id.len)
		inquiry_take_id(inquiry, args->id, "id", &why);
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
pack_occurred(struct buf *out, const struct aggregate *counts)
{
	pack_string(out, "occurred");
	pack_map(out, 2);
	pack_day(out, "first", counts->occurred_first);
	pack_day(out, "last", counts->occurred_last);
}

static void
pack_dates(struct buf *out, const struct aggregate *counts)
{
	char text[INSTANT_MAX];

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
pack_harm(struct buf *out, const struct aggregate *counts)
{
	pack_string(out, "severities");
	pack_map(out, SEVERITY_COUNT);
	for (unsigned i = 0; i < SEVERITY_COUNT; i++)
		pack_field_uint(out, severity_name((enum severity)i),
		    counts->severity[i]);
	pack_field_uint(out, "injured", counts->injured);
	pack_field_uint(out, "deaths", counts->deaths);
	pack_field_uint(out, "units", counts->units);
}

/* The public is told harm of products alone, and no day something came in. */
static void
pack_group(struct inquiry *inquiry, uint16_t mode,
    const struct aggregate *counts)
{
	enum { ALWAYS = 5, HARM = 4, PLACES = 2, OCCURRED = 1, CAME = 2 };
	struct buf *out = &inquiry->out;
	bool is_told = !inquiry_withholds(inquiry, mode);
	bool is_exact = !inquiry->is_public;
	bool has_harm =
	    is_exact || (is_told && !mode && gathering_tells_harm(counts));
	uint32_t pairs = ALWAYS;

	pairs += has_harm ? HARM : 0;
	pairs += is_told ? PLACES + OCCURRED : 0;
	pairs += is_exact ? CAME : 0;
	pack_map(out, pairs);
	look_pack_group_id(out, &inquiry->shown, inquiry->mode);
	look_pack_product(out, "product", &inquiry->shown);
	pack_field_string(out, "mode", inquiry->mode);
	inquiry_pack_counts(inquiry, mode, counts);
	if (has_harm)
		pack_harm(out, counts);
	if (is_told) {
		pack_tallies(inquiry, counts);
		pack_occurred(out, counts);
	}
	if (is_exact)
		pack_dates(out, counts);
}

static void
read_group(struct inquiry *inquiry, struct snapshot *snapshot)
{
	struct group_row row;
	struct aggregate counts = { 0 };
	uint16_t mode = 0;

	if (!inquiry_find(inquiry, snapshot))
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
	if (inquiry_judge(inquiry)) {
		answer_damaged(&inquiry->fresh.why);
		return;
	}
	pack_group(inquiry, mode, group_aggregate(&row));
	look_pack_alerts(&inquiry->out, snapshot, inquiry->family.root, mode,
	    inquiry->is_trusted && !inquiry->is_public);
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
	inquiry->is_public |= args->public;
	inquiry_take_id(inquiry, args->product, "product", &why);
	word = vocabulary_find(inquiry->fresh.services->vocabulary, WORDS_MODE,
	    args->mode);
	shown_copy(inquiry->mode, sizeof(inquiry->mode),
	    word < 0 ? args->mode
		     : vocabulary_word(inquiry->fresh.services->vocabulary,
			   WORDS_MODE, (unsigned)word)
			   ->slug);
	inquiry_start(inquiry, call, &why);
}
