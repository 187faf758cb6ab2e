#include "daemon/intake/tokens.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/terms.h"
#include "daemon/store/rows.h"

/* Room of a row that is new: most tokens stand in few products. */
enum { FIRST_PRODUCTS = 5, MORE_PRODUCTS = 8 };

static size_t
row_bytes(unsigned products)
{
	return offsetof(struct token_row, product) +
	    products * sizeof(uint32_t);
}

static_assert(offsetof(struct token_row, product) +
	    TOKEN_PRODUCTS * sizeof(uint32_t) <=
	ROW_MAX,
    "a token is one row");

static bool
holds(const struct token_row *row, unsigned count, uint32_t product)
{
	for (unsigned i = count; i-- > 0;)
		if (row->product[i] == product)
			return true;
	return false;
}

/* The row to change, with room for so many products; NULL on a fault. */
static struct token_row *
edit(struct projection *projection, const struct key *key, unsigned products,
    size_t *len)
{
	struct token_row *row;

	if (projection->result)
		return NULL;
	row = store_edit(projection->store, KEYSPACE_TOKEN, key_text(key),
	    row_bytes(products), len, &projection->result);
	if (row && *len &&
	    (*len < row_bytes(1) || *len > row_bytes(TOKEN_PRODUCTS)))
		projection->result = STORE_CORRUPT;
	return projection->result ? NULL : row;
}

static void
add_token(struct projection *projection, uint64_t hash, uint32_t product)
{
	struct key key = key_token(hash);
	size_t len;
	struct token_row *row = edit(projection, &key, FIRST_PRODUCTS, &len);
	unsigned count, slot;

	if (!row)
		return;
	count = len ? (unsigned)((len - row_bytes(0)) / sizeof(uint32_t)) : 0;
	if (holds(row, count, product))
		return;
	slot = row->added % TOKEN_PRODUCTS;
	if (slot >= FIRST_PRODUCTS && slot >= count) {
		unsigned room =
		    slot / MORE_PRODUCTS * MORE_PRODUCTS + MORE_PRODUCTS;

		row = edit(projection, &key,
		    room < TOKEN_PRODUCTS ? room : TOKEN_PRODUCTS, &len);
		if (!row)
			return;
	}
	row->product[slot] = product;
	row->added++;
	if (slot >= count)
		store_edit_len(projection->store, row_bytes(slot + 1));
}

static void
add_terms(struct projection *projection, const struct terms *terms,
    uint32_t product)
{
	for (unsigned i = 0; i < terms->count; i++)
		add_token(projection, terms->hash[i], product);
}

void
tokens_add_product(struct projection *projection,
    const struct record_product *record)
{
	struct terms terms = { 0 };

	if (record->level == LEVEL_BRAND)
		terms_add_brand(&terms, record->brand, record->category);
	else if (record->level == LEVEL_MODEL)
		terms_add_key(&terms, record->model);
	terms_add_gtin(&terms, record->gtin);
	add_terms(projection, &terms, record->product);
}

void
tokens_add_gtin(struct projection *projection, uint32_t product, uint64_t gtin)
{
	struct terms terms = { 0 };

	terms_add_gtin(&terms, gtin);
	add_terms(projection, &terms, product);
}

void
tokens_add_spelling(struct projection *projection,
    const struct record_spelling *record, uint8_t level)
{
	const char *split = level == LEVEL_MODEL
	    ? memchr(record->shown.at, 0x1f, record->shown.len)
	    : NULL;
	struct terms terms = { 0 };

	if (!split)
		return;
	terms_add_shown(&terms,
	    (struct text){ split + 1,
		record->shown.len - (size_t)(split + 1 - record->shown.at) });
	add_terms(projection, &terms, record->product);
}
