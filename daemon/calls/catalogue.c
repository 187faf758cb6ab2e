/* catalogue.c - products.search: products by words, most reported first. */
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/look.h"
#include "daemon/core/access.h"
#include "daemon/core/fold.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

enum { WORDS_MAX = 8, WORD_BYTES = 64, LEVEL_ANY = 255 };

struct match {
	uint32_t product;
	uint32_t reports;
};

struct search {
	struct fresh fresh; /* first */
	struct ticket ticket;
	unsigned nwords;
	size_t word_len[WORDS_MAX];
	char word[WORDS_MAX][WORD_BYTES]; /* folded */
	char brand[PRODUCT_KEY_MAX];      /* folded */
	size_t brand_len;
	int category; /* index, or -1: any */
	uint8_t level;
	uint64_t offset, max;
	bool is_public;      /* no counts, and no order that tells them */
	struct match *match; /* owned */
	size_t nmatches, cap;
	struct snapshot *snapshot; /* while reading */
	struct buf out;
};

static bool
holds(struct text hay, struct text needle)
{
	return needle.len <= hay.len &&
	    memmem(hay.at, hay.len, needle.at, needle.len) != NULL;
}

static bool
is_wanted(const struct search *search, const struct product_row *row)
{
	const struct vocabulary *vocabulary =
	    search->fresh.services->vocabulary;
	struct text brand = { search->brand, search->brand_len };
	char folded[2 * PRODUCT_KEY_MAX];
	struct text given = { folded,
		fold_name(row->given, folded, sizeof(folded)) };

	if (search->level != LEVEL_ANY && row->level != search->level)
		return false;
	if (brand.len && !text_equal(row->brand, brand))
		return false;
	if (search->category >= 0) {
		int category =
		    vocabulary_find(vocabulary, WORDS_CATEGORY, row->category);

		if (category < 0 ||
		    !vocabulary_is_within(vocabulary, category,
			search->category))
			return false;
	}
	for (unsigned i = 0; i < search->nwords; i++) {
		struct text word = { search->word[i], search->word_len[i] };

		if (!holds(row->brand, word) && !holds(row->model, word) &&
		    !holds(row->category, word) && !holds(given, word))
			return false;
	}
	return true;
}

/* What is merged into another is found, and shown, as that. */
static int
visit_product(void *who, struct text key, struct text bytes)
{
	struct search *search = who;
	struct product_row row;
	struct aggregate counts;
	struct family family;

	if (!product_row_read(bytes, &row))
		return STORE_CORRUPT;
	if (!is_wanted(search, &row))
		return 0;
	if (search->nmatches == search->cap) {
		size_t cap = search->cap ? 2 * search->cap : 256;
		struct match *more =
		    reallocarray(search->match, cap, sizeof(*more));

		if (!more)
			return STORE_MEMORY;
		search->match = more;
		search->cap = cap;
	}
	if (look_family(search->snapshot, key_u32(key, 0), &family))
		return STORE_CORRUPT;
	if (search->is_public)
		counts.reports = 0;
	else
		look_counts(search->snapshot, &family, 0, &counts, NULL);
	search->match[search->nmatches++] =
	    (struct match){ family.root, counts.reports };
	return 0;
}

static int
most_reported_first(const void *a, const void *b)
{
	const struct match *left = a, *right = b;

	if (left->reports != right->reports)
		return left->reports < right->reports ? 1 : -1;
	return left->product < right->product ? -1
					      : left->product > right->product;
}

/* Members of a family that match stand next to each other. */
static void
drop_doubles(struct search *search)
{
	size_t kept = 0;

	for (size_t i = 0; i < search->nmatches; i++)
		if (!kept ||
		    search->match[kept - 1].product != search->match[i].product)
			search->match[kept++] = search->match[i];
	search->nmatches = kept;
}

static void
pack_match(struct search *search, const struct match *match)
{
	struct aggregate counts = { 0 };
	struct family family;
	struct shown shown = { 0 };

	look_product(search->snapshot, search->fresh.services->vocabulary,
	    match->product, &shown);
	if (!look_family(search->snapshot, match->product, &family))
		look_counts(search->snapshot, &family, 0, &counts, NULL);
	pack_map(&search->out, search->is_public ? 6 : 7);
	pack_field_string(&search->out, "id", shown.id);
	pack_field_string(&search->out, "level",
	    product_level_name((enum product_level)shown.level));
	pack_field_text(&search->out, "name",
	    (struct text){ shown.name, shown.name_len });
	pack_field_string(&search->out, "brand", shown.brand);
	pack_field_string(&search->out, "model", shown.model);
	pack_field_string(&search->out, "category", shown.category);
	if (!search->is_public)
		look_pack_counts(&search->out, &counts);
}

static void
pack_page(struct search *search)
{
	uint64_t end = search->offset + search->max;
	bool more = end < search->nmatches;
	char after[24];

	if (end > search->nmatches)
		end = search->nmatches;
	if (search->offset > end)
		search->offset = end;
	snprintf(after, sizeof(after), "%llu", (unsigned long long)end);
	pack_map(&search->out, 3);
	pack_string(&search->out, "products");
	pack_list(&search->out, (uint32_t)(end - search->offset));
	for (uint64_t i = search->offset; i < end; i++)
		pack_match(search, &search->match[i]);
	pack_field_bool(&search->out, "more", more);
	pack_field_string(&search->out, "after", after);
}

static void
search_read(struct fresh *fresh)
{
	struct search *search = (struct search *)fresh;
	int result;

	search->snapshot = snapshot_open(fresh->services->store);
	if (!search->snapshot) {
		answer_no_memory(&search->fresh.why);
		return;
	}
	result = snapshot_walk(search->snapshot, KEYSPACE_PRODUCT,
	    (struct text){ 0 }, (struct text){ 0 }, visit_product, search);
	if (result) {
		refuse(&search->fresh.why, ERROR_INTERNAL, NULL,
		    "the products cannot be read");
	} else {
		if (search->nmatches)
			qsort(search->match, search->nmatches,
			    sizeof(*search->match), most_reported_first);
		drop_doubles(search);
		pack_page(search);
	}
	snapshot_close(search->snapshot);
}

static void
search_done(struct fresh *fresh)
{
	struct search *search = (struct search *)fresh;

	answer_ticket(fresh->services, search->ticket, &search->out, 0,
	    &search->fresh.why);
	free(search->match);
	free(search);
}

static void
take_words(struct search *search, struct text query)
{
	size_t at = 0;

	while (at < query.len && search->nwords < WORDS_MAX) {
		size_t end = at;
		size_t len;

		while (end < query.len && query.at[end] != ' ')
			end++;
		len = fold_name((struct text){ query.at + at, end - at },
		    search->word[search->nwords], WORD_BYTES);
		if (len)
			search->word_len[search->nwords++] = len;
		at = end + 1;
	}
}

static int
take_number(struct text text, uint64_t *number, struct refusal *why)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9' || i > 15)
			return refuse(why, ERROR_INVALID, "after",
			    "use the after of the page before");
		*number = *number * 10 + (uint64_t)(text.at[i] - '0');
	}
	return 0;
}

static int
take_args(struct search *search, const struct call_products_search *args,
    struct refusal *why)
{
	search->level = LEVEL_ANY;
	for (unsigned i = LEVEL_CATEGORY; i <= LEVEL_MODEL; i++)
		if (text_is(args->level,
			product_level_name((enum product_level)i)))
			search->level = (uint8_t)i;
	if (args->level.len && search->level == LEVEL_ANY)
		return refuse(why, ERROR_INVALID, "level",
		    "use model, brand or category");
	search->category = -1;
	if (args->category.len) {
		search->category =
		    vocabulary_find(search->fresh.services->vocabulary,
			WORDS_CATEGORY, args->category);
		if (search->category < 0)
			return refuse(why, ERROR_INVALID, "category",
			    "no category is called \"%.*s\"",
			    TEXT_ARG(args->category));
	}
	take_words(search, args->query);
	search->brand_len =
	    fold_name(args->brand, search->brand, sizeof(search->brand));
	search->max = args->max;
	return take_number(args->after, &search->offset, why);
}

void
handle_products_search(struct call *call)
{
	struct search *search = answer_alloc(call, sizeof(*search));
	struct refusal why = { 0 };

	if (!search)
		return;
	search->fresh = (struct fresh){
		.services = session_services(call->session),
		.read = search_read,
		.done = search_done,
	};
	search->ticket = call_ticket(call);
	search->is_public = session_grant(call->session)->is_public;
	if (take_args(search, call->args, &why)) {
		answer_refusal(call, &why);
		free(search);
		return;
	}
	fresh_start(&search->fresh);
}
