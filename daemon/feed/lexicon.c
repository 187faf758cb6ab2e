/* lexicon.c - see lexicon.h. */
#include "daemon/feed/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/fold.h"
#include "daemon/feed/pool.h"
#include "daemon/feed/spellings.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/rows.h"

struct names {
	struct text *at; /* owned, by ordinal */
	uint32_t cap;
};

struct lexicon {
	const struct vocabulary *vocabulary; /* borrowed */
	struct pool pool;                    /* holds every text */
	struct names names[NAME_KIND_COUNT];
	struct lexicon_product *product; /* owned, by ordinal */
	uint32_t products_cap;
	struct lineage lineage;
};

static const struct lexicon_product unknown = { .category = -1 };

struct lexicon *
lexicon_new(const struct vocabulary *vocabulary)
{
	struct lexicon *lexicon = calloc(1, sizeof(*lexicon));

	if (lexicon != NULL)
		lexicon->vocabulary = vocabulary;
	return lexicon;
}

void
lexicon_free(struct lexicon *lexicon)
{
	if (lexicon == NULL)
		return;
	pool_free(&lexicon->pool);
	for (unsigned kind = 0; kind < NAME_KIND_COUNT; kind++)
		free(lexicon->names[kind].at);
	free(lexicon->product);
	lineage_free(&lexicon->lineage);
	free(lexicon);
}

/* The capacity that holds this ordinal: a power of two. */
static uint32_t
cap_for(uint32_t ordinal)
{
	uint32_t cap = 1024;

	while (cap <= ordinal)
		cap *= 2;
	return cap;
}

static int
set_name(struct lexicon *lexicon, enum name_kind kind, uint32_t ordinal,
    struct text text)
{
	struct names *names = &lexicon->names[kind];

	if (ordinal >= LEXICON_ORDINAL_MAX)
		return STORE_CORRUPT;
	if (ordinal >= names->cap) {
		uint32_t cap = cap_for(ordinal);
		struct text *grown = realloc(names->at, cap * sizeof(*grown));

		if (grown == NULL)
			return STORE_MEMORY;
		memset(grown + names->cap, 0,
		    (cap - names->cap) * sizeof(*grown));
		names->at = grown;
		names->cap = cap;
	}
	if (!pool_keep(&lexicon->pool, &text))
		return STORE_MEMORY;
	names->at[ordinal] = text;
	return 0;
}

static int
set_product(struct lexicon *lexicon, uint32_t ordinal,
    struct lexicon_product product)
{
	if (ordinal >= LEXICON_ORDINAL_MAX)
		return STORE_CORRUPT;
	if (ordinal >= lexicon->products_cap) {
		uint32_t cap = cap_for(ordinal);
		struct lexicon_product *grown =
		    realloc(lexicon->product, cap * sizeof(*grown));

		if (grown == NULL)
			return STORE_MEMORY;
		for (uint32_t i = lexicon->products_cap; i < cap; i++)
			grown[i] = unknown;
		lexicon->product = grown;
		lexicon->products_cap = cap;
	}
	product.category = vocabulary_find(lexicon->vocabulary, WORDS_CATEGORY,
	    product.category_name);
	if (!pool_keep(&lexicon->pool, &product.category_name) ||
	    !pool_keep(&lexicon->pool, &product.key_brand) ||
	    !pool_keep(&lexicon->pool, &product.brand) ||
	    !pool_keep(&lexicon->pool, &product.model))
		return STORE_MEMORY;
	product.folded_brand = product.key_brand;
	lexicon->product[ordinal] = product;
	return 0;
}

/* Filters find the brand that a curator gave, as alerts have it. */
static int
set_given(struct lexicon *lexicon, uint32_t ordinal, struct text given)
{
	struct product_row row = { .given = given };
	struct lexicon_product *product;
	char folded[PRODUCT_KEY_MAX];
	struct text brand = { folded, 0 };

	if (ordinal >= lexicon->products_cap)
		return STORE_CORRUPT;
	product = &lexicon->product[ordinal];
	product->folded_brand = product->key_brand;
	if (given.len == 0)
		return 0;
	brand.len =
	    fold_name(product_row_brand(&row), folded, sizeof(folded) - 1);
	if (!pool_keep(&lexicon->pool, &brand))
		return STORE_MEMORY;
	product->folded_brand = brand;
	return 0;
}

/* Keys of this keyspace that give a text: kind u8, 0, ordinal u32. */
enum { NAME_KEY_BYTES = 6 };

static int
load_name(void *who, struct text key, struct text row)
{
	if (key.len != NAME_KEY_BYTES)
		return 0;
	return set_name(who, (enum name_kind)key.at[0], key_u32(key, 2), row);
}

static int
load_product(void *who, struct text key, struct text row)
{
	struct product_row product;
	int result;

	if (key.len != sizeof(uint32_t) || !product_row_read(row, &product))
		return STORE_CORRUPT;
	result = set_product(who, key_u32(key, 0),
	    (struct lexicon_product){
		.level = product.level,
		.gtin = product.gtin,
		.category_name = product.category,
		.key_brand = product.brand,
		.brand = product_row_brand(&product),
		.model = product_row_model(&product),
	    });
	return result || product.given.len == 0
	    ? result
	    : set_given(who, key_u32(key, 0), product.given);
}

int
lexicon_load(struct lexicon *lexicon, struct snapshot *snapshot)
{
	static const uint8_t kinds[] = { NAME_ORGANISATION, NAME_MODE,
		NAME_LICENCE, NAME_LABEL, NAME_ORIGIN };
	const struct text all = { 0 };
	int result = 0;

	for (unsigned i = 0; i < sizeof(kinds) && result == 0; i++) {
		const char prefix[2] = { (char)kinds[i], 0 };

		result = snapshot_walk(snapshot, KEYSPACE_NAME,
		    (struct text){ prefix, sizeof(prefix) }, all, load_name,
		    lexicon);
	}
	if (result == 0)
		result = snapshot_walk(snapshot, KEYSPACE_PRODUCT, all, all,
		    load_product, lexicon);
	if (result == 0)
		result = lineage_load(&lexicon->lineage, snapshot);
	return result ? result : lineage_settle(&lexicon->lineage);
}

static int
take_name(struct lexicon *lexicon, const struct store_event *event)
{
	struct record_name record;

	if (!record_name_read(event->header, &record) ||
	    record.kind >= NAME_KIND_COUNT)
		return STORE_CORRUPT;
	if (record.kind == NAME_SOURCE || event->is_erased)
		return 0;
	return set_name(lexicon, (enum name_kind)record.kind, record.ordinal,
	    event->body);
}

/* One that is named anew keeps the spelling and the name it is shown by. */
static int
take_product(struct lexicon *lexicon, const struct store_event *event)
{
	struct record_product record;
	struct lexicon_product old = { 0 }, product;
	int result;

	if (!record_product_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.product < lexicon->products_cap)
		old = lexicon->product[record.product];
	product = (struct lexicon_product){
		.level = record.level,
		.gtin = record.gtin,
		.category_name = record.category,
		.key_brand = record.brand,
		.brand = record.brand,
		.model = record.model,
	};
	if (!text_equal(old.brand, old.key_brand)) {
		product.brand = old.brand;
		product.model = old.model;
	}
	result = set_product(lexicon, record.product, product);
	if (result == 0 && !text_equal(old.folded_brand, old.key_brand))
		lexicon->product[record.product].folded_brand =
		    old.folded_brand;
	return result;
}

/* The first barcode that a product got is the one it has. */
static int
take_product_key(struct lexicon *lexicon, const struct store_event *event)
{
	struct record_product_key record;

	if (!record_product_key_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.product < lexicon->products_cap &&
	    lexicon->product[record.product].gtin == 0)
		lexicon->product[record.product].gtin = record.gtin;
	return 0;
}

static int
take_curation(struct lexicon *lexicon, const struct store_event *event)
{
	struct record_curation record;

	if (!record_curation_read(event->header, &record))
		return STORE_CORRUPT;
	return record.kind == CURATION_RENAME
	    ? set_given(lexicon, record.product, record.given)
	    : lineage_take(&lexicon->lineage, event);
}

static int
take_event(void *who, const struct store_event *event)
{
	switch (event->type) {
	case RECORD_NAME:
		return take_name(who, event);
	case RECORD_PRODUCT:
		return take_product(who, event);
	case RECORD_PRODUCT_KEY:
		return take_product_key(who, event);
	case RECORD_CURATION:
		return take_curation(who, event);
	default:
		return 0;
	}
}

int
lexicon_catch_up(struct lexicon *lexicon, struct store *store, uint64_t from,
    uint64_t to)
{
	int result =
	    from > to ? 0 : store_walk(store, from, to, take_event, lexicon);

	return result ? result : lineage_settle(&lexicon->lineage);
}

/* A product is shown so; until now it was called by its folded keys. */
static int
show(void *who, uint32_t ordinal, struct text shown)
{
	struct lexicon *lexicon = who;
	struct lexicon_product *product;
	struct product_row row = { .shown = shown };

	if (ordinal >= lexicon->products_cap)
		return STORE_CORRUPT;
	if (!pool_keep(&lexicon->pool, &row.shown))
		return STORE_MEMORY;
	product = &lexicon->product[ordinal];
	row.brand = product->brand;
	row.model = product->model;
	product->brand = product_row_brand(&row);
	product->model = product_row_model(&row);
	return 0;
}

/* Names and their spellings, gathered in one walk. */
struct dated {
	struct lexicon *lexicon;
	struct spellings *spellings; /* owned */
};

static int
take_dated(void *who, const struct store_event *event)
{
	struct dated *dated = who;
	int result = take_event(dated->lexicon, event);

	return result ? result : spellings_take(dated->spellings, event);
}

int
lexicon_load_at(struct lexicon *lexicon, struct store *store, uint64_t seq)
{
	struct dated dated = { lexicon, spellings_new() };
	int result = STORE_MEMORY;

	if (dated.spellings != NULL)
		result = store_walk(store, 1, seq, take_dated, &dated);
	if (result == 0)
		result = spellings_each(dated.spellings, show, lexicon);
	spellings_free(dated.spellings);
	return result ? result : lineage_settle(&lexicon->lineage);
}

struct text
lexicon_text(const struct lexicon *lexicon, enum name_kind kind,
    uint32_t ordinal)
{
	const struct names *names = &lexicon->names[kind];

	return ordinal < names->cap ? names->at[ordinal] : (struct text){ 0 };
}

const struct lineage *
lexicon_lineage(const struct lexicon *lexicon)
{
	return &lexicon->lineage;
}

const struct lexicon_product *
lexicon_product(const struct lexicon *lexicon, uint32_t product)
{
	return product < lexicon->products_cap ? &lexicon->product[product]
					       : &unknown;
}
