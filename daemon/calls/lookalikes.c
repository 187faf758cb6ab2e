#include "daemon/calls/lookalikes.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/calls/look.h"
#include "daemon/core/gtin.h"
#include "daemon/core/terms.h"
#include "daemon/intake/projection.h"
#include "daemon/store/family.h"
#include "daemon/store/rows.h"

/* --- the index ----------------------------------------------------------- */

/* The row of a token; NULL when no product has it. */
static const struct token_row *
read_token(struct lookalikes *lookalikes, uint64_t hash, unsigned *count)
{
	struct key key = key_token(hash);
	struct text row;

	if (snapshot_get(lookalikes->snapshot, KEYSPACE_TOKEN, key_text(&key),
		&row) ||
	    row.len < sizeof(struct token_row))
		return NULL;
	*count =
	    (unsigned)((row.len - sizeof(struct token_row)) / sizeof(uint32_t));
	return (const void *)row.at;
}

static uint32_t
frequency_of(struct lookalikes *lookalikes, uint64_t hash)
{
	unsigned count;
	const struct token_row *row = read_token(lookalikes, hash, &count);

	return row ? row->added : 0;
}

/* match_corpus.frequency */
static uint32_t
word_frequency(void *who, struct text word)
{
	return frequency_of(who, terms_word(word));
}

/* A term as candidate.h names it: the bytes of its hash. */
static struct text
term_text(const uint64_t *hash)
{
	return (struct text){ (const char *)hash, sizeof(*hash) };
}

/* candidate_index.read: the newest first. */
static unsigned
read_products(void *who, struct text token, uint64_t *id, unsigned max)
{
	struct lookalikes *lookalikes = who;
	const struct token_row *row;
	uint64_t hash;
	unsigned count, got = 0;

	memcpy(&hash, token.at, sizeof(hash));
	row = read_token(lookalikes, hash, &count);
	if (!row || !count)
		return 0;
	if (max > lookalikes->left)
		max = lookalikes->left;
	while (got < count && got < max) {
		id[got] = row->product[(row->added - 1 - got) % TOKEN_PRODUCTS];
		got++;
	}
	lookalikes->left -= got;
	lookalikes->postings += got;
	return got;
}

/* --- products ------------------------------------------------------------ */

/* Texts of a row borrow from the snapshot's next read: they are kept here. */
struct reading {
	char bytes[ROW_MAX];
	char spelled[PRODUCT_SHOWN_BYTES];
	struct product_row row;
	struct proposal_side side;
};

/* What stands before the separator, or behind it. */
static struct text
part_of(struct text name, bool is_behind)
{
	const char *split = name.len ? memchr(name.at, 0x1f, name.len) : NULL;
	size_t before = split ? (size_t)(split - name.at) : name.len;

	if (!is_behind)
		return (struct text){ name.at, before };
	return split ? (struct text){ split + 1, name.len - before - 1 }
		     : (struct text){ 0 };
}

/* Any spelling will do; the walk ends with the first. */
enum { TAKEN = -1 };

static int
take_spelling(void *who, struct text key, struct text bytes)
{
	struct reading *reading = who;
	struct text shown = { bytes.at + sizeof(struct spelling_row),
		bytes.len - sizeof(struct spelling_row) };

	(void)key;
	if (bytes.len < sizeof(struct spelling_row) ||
	    shown.len > sizeof(reading->spelled))
		return STORE_CORRUPT;
	memcpy(reading->spelled, shown.at, shown.len);
	reading->row.shown = (struct text){ reading->spelled, shown.len };
	return TAKEN;
}

/*
 * Before a spelling is common enough to be shown, one that was written keeps
 * the words apart that the folded key joins.
 */
static int
read_spelling(struct lookalikes *lookalikes, uint32_t product,
    struct reading *reading)
{
	struct key prefix = key_product(product);
	int result = STORE_OK;

	if (!reading->row.shown.len && reading->row.nspellings)
		result = snapshot_walk(lookalikes->snapshot, KEYSPACE_SPELLING,
		    key_text(&prefix), (struct text){ 0 }, take_spelling,
		    reading);
	return result == TAKEN ? STORE_OK : result;
}

static struct proposal_product
known_of(const struct product_row *row)
{
	bool is_spelled = row->shown.len > 0;

	return (struct proposal_product){
		.level = (enum product_level)row->level,
		.gtin = row->gtin,
		.category = row->category,
		.brand = row->brand,
		.brand_shown =
		    is_spelled ? part_of(row->shown, false) : row->brand,
		.model_shown =
		    is_spelled ? part_of(row->shown, true) : row->model,
		.model_given = part_of(row->given, true),
	};
}

/* STORE_OK, STORE_NOT_FOUND or a fault. */
static int
read_product(struct lookalikes *lookalikes, uint32_t product,
    struct reading *reading)
{
	struct match_corpus corpus = { lookalikes->records, word_frequency,
		lookalikes };
	struct key key = key_product(product);
	struct proposal_product known;
	struct text bytes;
	int result = snapshot_get(lookalikes->snapshot, KEYSPACE_PRODUCT,
	    key_text(&key), &bytes);

	if (result)
		return result;
	if (bytes.len > sizeof(reading->bytes))
		return STORE_CORRUPT;
	memcpy(reading->bytes, bytes.at, bytes.len);
	bytes.at = reading->bytes;
	if (!product_row_read(bytes, &reading->row))
		return STORE_CORRUPT;
	result = read_spelling(lookalikes, product, reading);
	if (result)
		return result;
	known = known_of(&reading->row);
	proposal_read(&known, lookalikes->vocabulary, &corpus, &reading->side);
	return STORE_OK;
}

static void
terms_of(const struct reading *reading, struct terms *terms)
{
	const struct proposal_product *product = &reading->side.product;

	terms->count = 0;
	if (product->level == LEVEL_BRAND) {
		terms_add_brand(terms, product->brand, product->category);
	} else if (product->level == LEVEL_MODEL) {
		terms_add_key(terms, reading->row.model);
		terms_add_shown(terms, product->model_shown);
	}
	if (product->gtin && terms->count < TERMS_MAX)
		terms->hash[terms->count++] = terms_gtin(product->gtin);
}

static unsigned
find_candidates(struct lookalikes *lookalikes, const struct terms *terms,
    struct candidate found[CANDIDATE_MAX])
{
	struct candidate_token token[TERMS_MAX];
	struct candidate_index index = { lookalikes->records, read_products,
		lookalikes };

	for (unsigned i = 0; i < terms->count; i++)
		token[i] = (struct candidate_token){ term_text(&terms->hash[i]),
			frequency_of(lookalikes, terms->hash[i]) };
	lookalikes->left = LOOKALIKES_READ;
	return candidate_select(&index, token, terms->count, found,
	    CANDIDATE_MAX);
}

/* Whom the other reading of the product's code names; 0 nobody. */
static uint32_t
find_second(struct lookalikes *lookalikes, uint64_t gtin)
{
	struct product_identity named = { .level = LEVEL_MODEL,
		.gtin = gtin_second(gtin) };
	struct product_key keys[2];

	return named.gtin && product_keys(&named, keys)
	    ? look_key(lookalikes->snapshot, keys[0].hash)
	    : 0;
}

/* --- families ------------------------------------------------------------ */

enum { FOUND = -1 };

/* Is the higher product of a distinct pair in this family? */
static int
find_in_family(void *who, struct text key, struct text row)
{
	(void)row;
	return family_holds(who, key_u32(key, 4)) ? FOUND : STORE_OK;
}

/* Is someone of low, the lower in number, told apart from someone of high? */
static bool
has_distinct(struct lookalikes *lookalikes, const struct family *low,
    struct family *high)
{
	for (unsigned i = 0; i < low->count; i++) {
		struct key prefix = key_product(low->member[i]);

		if (snapshot_walk(lookalikes->snapshot, KEYSPACE_DISTINCT,
			key_text(&prefix), (struct text){ 0 }, find_in_family,
			high) == FOUND)
			return true;
	}
	return false;
}

/* Did a curator say that someone of one family is not someone of the other? */
static bool
are_distinct(struct lookalikes *lookalikes, struct family *one,
    struct family *other)
{
	return has_distinct(lookalikes, one, other) ||
	    has_distinct(lookalikes, other, one);
}

static struct lookalike *
find_root(struct lookalikes *lookalikes, uint32_t root)
{
	for (unsigned i = 0; i < lookalikes->count; i++)
		if (lookalikes->at[i].root == root)
			return &lookalikes->at[i];
	return NULL;
}

static void
keep(struct lookalikes *lookalikes, const struct lookalike *found)
{
	struct lookalike *held = find_root(lookalikes, found->root);
	bool is_root_alike =
	    found->member == found->root || (held && held->is_root_alike);

	if (!held)
		held = &lookalikes->at[lookalikes->count++];
	else if (found->proposal.score <= held->proposal.score)
		found = held;
	if (found != held)
		*held = *found;
	held->is_root_alike = is_root_alike;
}

static int
likest_first(const void *left, const void *right)
{
	const struct lookalike *a = left, *b = right;

	if (a->proposal.score != b->proposal.score)
		return a->proposal.score < b->proposal.score ? 1 : -1;
	return (a->root > b->root) - (a->root < b->root);
}

/* --- all of it ----------------------------------------------------------- */

struct search {
	struct reading own, other;
	struct family family, others;
	struct candidate candidate[CANDIDATE_MAX];
};

static int
try_candidate(struct lookalikes *lookalikes, struct search *search,
    uint32_t member, double least)
{
	struct row_source rows = row_source_of(lookalikes->snapshot);
	struct lookalike found = { .member = member };
	int result;

	if (family_holds(&search->family, member))
		return STORE_OK;
	result = read_product(lookalikes, member, &search->other);
	if (result)
		return result;
	proposal_score(&search->own.side, &search->other.side, &found.proposal);
	lookalikes->compared++;
	if (found.proposal.score < least)
		return STORE_OK;
	result = family_read(&rows, member, &search->others);
	found.root = search->others.root;
	if (!result &&
	    !are_distinct(lookalikes, &search->family, &search->others))
		keep(lookalikes, &found);
	return result;
}

static int
search_all(struct lookalikes *lookalikes, struct search *search,
    uint32_t product, double least)
{
	struct row_source rows = row_source_of(lookalikes->snapshot);
	struct terms terms;
	int result = family_read(&rows, product, &search->family);
	uint32_t second;
	unsigned count;

	if (!result)
		result = read_product(lookalikes, product, &search->own);
	if (result)
		return result;
	terms_of(&search->own, &terms);
	count = find_candidates(lookalikes, &terms, search->candidate);
	second = find_second(lookalikes, search->own.row.gtin);
	if (second) {
		count -= count == CANDIDATE_MAX;
		search->candidate[count++].id = second;
	}
	for (unsigned i = 0; i < count && !result; i++)
		result = try_candidate(lookalikes, search,
		    (uint32_t)search->candidate[i].id, least);
	qsort(lookalikes->at, lookalikes->count, sizeof(lookalikes->at[0]),
	    likest_first);
	return result;
}

void
lookalikes_init(struct lookalikes *lookalikes, struct snapshot *snapshot,
    const struct vocabulary *vocabulary)
{
	struct key key = key_counter(COUNTER_PRODUCTS);
	struct text row;

	lookalikes->snapshot = snapshot;
	lookalikes->vocabulary = vocabulary;
	lookalikes->records = lookalikes->postings = lookalikes->compared = 0;
	lookalikes->count = 0;
	if (!snapshot_get(snapshot, KEYSPACE_COUNTER, key_text(&key), &row) &&
	    row.len == sizeof(lookalikes->records))
		memcpy(&lookalikes->records, row.at,
		    sizeof(lookalikes->records));
}

int
lookalikes_find(struct lookalikes *lookalikes, uint32_t product, double least)
{
	struct search *search = malloc(sizeof(*search));
	int result;

	lookalikes->count = 0;
	if (!search)
		return STORE_MEMORY;
	result = search_all(lookalikes, search, product, least);
	free(search);
	return result;
}
