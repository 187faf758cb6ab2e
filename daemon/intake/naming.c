#include "daemon/intake/naming.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/product.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/tokens.h"
#include "daemon/store/rows.h"

static const char *const name_counters[NAME_KIND_COUNT] = {
	[NAME_ORGANISATION] = "names-organisation",
	[NAME_SOURCE] = "names-source",
	[NAME_MODE] = "names-mode",
	[NAME_LICENCE] = "names-licence",
	[NAME_LABEL] = "names-label",
	[NAME_ORIGIN] = "names-origin",
};

const char *
counter_of_names(uint8_t kind)
{
	assert(kind < NAME_KIND_COUNT);
	return name_counters[kind];
}

/*
 * What had this ordinal gets another name: that it had is not to be found any
 * more.  In a replay it may be erased.
 */
static void
forget_name(struct projection *projection, const struct record_name *record)
{
	struct key key = key_name_ordinal(record->kind, record->ordinal);
	struct text name;

	if (projection_get(projection, KEYSPACE_NAME, &key, &name) || !name.len)
		return;
	key = key_name_hash(record->kind,
	    prepare_name_hash(store_hash_key(projection->store), record->kind,
		name));
	if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_NAME, key_text(&key));
}

void
naming_add_name(struct projection *projection, const struct record_name *record,
    struct text name)
{
	struct key hash = key_name_hash(record->kind, record->hash);
	struct key ordinal = key_name_ordinal(record->kind, record->ordinal);
	const char *counter = counter_of_names(record->kind);
	uint32_t row = record->ordinal;

	if (row <= projection_counter(projection, counter))
		forget_name(projection, record);
	else
		projection_set_counter(projection, counter, row);

	/* An erased one cannot be found any more. */
	if (record->hash)
		projection_put(projection, KEYSPACE_NAME, &hash,
		    (struct text){ (const char *)&row, sizeof(row) });
	projection_put(projection, KEYSPACE_NAME, &ordinal, name);
}

static void
put_product_key(struct projection *projection, const uint8_t hash[16],
    const struct product_key_row *row)
{
	struct key key = key_product_key(hash);

	buf_clear(&projection->scratch);
	product_key_row_write(&projection->scratch, row);
	projection_put_scratch(projection, KEYSPACE_PRODUCT_KEY, &key);
}

/* Rewrite a product's row after change has edited what was read of it. */
static bool
read_product(struct projection *projection, uint32_t product,
    struct product_row *row)
{
	struct key key = key_product(product);
	struct text bytes;

	if (projection_get(projection, KEYSPACE_PRODUCT, &key, &bytes))
		return false;
	if (product_row_read(bytes, row))
		return true;
	projection->result = STORE_CORRUPT;
	return false;
}

static void
write_product(struct projection *projection, uint32_t product,
    const struct product_row *row)
{
	struct key key = key_product(product);

	/* Written aside first: row's texts borrow from the row replaced. */
	buf_clear(&projection->scratch);
	product_row_write(&projection->scratch, row);
	projection_put_scratch(projection, KEYSPACE_PRODUCT, &key);
}

void
naming_add_product(struct projection *projection,
    const struct record_product *record)
{
	struct product_row row = { 0 };
	bool is_known =
	    record->product <= projection_counter(projection, COUNTER_PRODUCTS);

	if (is_known)
		(void)read_product(projection, record->product, &row);
	row.level = record->level;
	row.gtin = record->gtin;
	row.category = record->category;
	row.brand = record->brand;
	row.model = record->model;
	write_product(projection, record->product, &row);
	for (unsigned i = 0; i < record->nkeys; i++)
		put_product_key(projection, record->key[i],
		    &(struct product_key_row){ .product = record->product });
	if (!is_known)
		projection_set_counter(projection, COUNTER_PRODUCTS,
		    record->product);
	tokens_add_product(projection, record);
}

void
naming_add_product_key(struct projection *projection,
    const struct record_product_key *record)
{
	struct product_row row;

	put_product_key(projection, record->key,
	    &(struct product_key_row){ .product = record->product });
	if (!record->gtin || !read_product(projection, record->product, &row) ||
	    row.gtin)
		return;
	row.gtin = record->gtin;
	write_product(projection, record->product, &row);
	tokens_add_gtin(projection, record->product, record->gtin);
}

void
naming_set_alias(struct projection *projection,
    const struct record_curation *record)
{
	struct key key = key_product_key(record->key);

	if (record->kind == CURATION_ALIAS)
		put_product_key(projection, record->key,
		    &(struct product_key_row){ .product = record->product,
			.is_alias = true });
	else if (!projection->result)
		projection->result = store_delete(projection->store,
		    KEYSPACE_PRODUCT_KEY, key_text(&key));
}

void
naming_give(struct projection *projection, uint32_t product, struct text given)
{
	struct product_row row;

	if (!read_product(projection, product, &row))
		return;
	row.given = given;
	write_product(projection, product, &row);
}

void
naming_add_spelling(struct projection *projection,
    const struct record_spelling *record)
{
	struct key key = key_spelling(record->product, record->hash);
	size_t len = sizeof(struct spelling_row) + record->shown.len;
	struct spelling_row *row =
	    projection_edit(projection, KEYSPACE_SPELLING, &key, len);
	struct product_row product;

	if (!row)
		return;
	memcpy(row->shown, record->shown.at, record->shown.len);
	if (!read_product(projection, record->product, &product))
		return;
	product.nspellings++;
	write_product(projection, record->product, &product);
	tokens_add_spelling(projection, record, product.level);
}

/* How many reports spell it so; *row is read, its text borrowed. */
static uint32_t
read_spelling(struct projection *projection, uint32_t product, uint32_t hash,
    struct text *shown)
{
	struct key key = key_spelling(product, hash);
	struct spelling_row row;
	struct text bytes;

	*shown = (struct text){ 0 };
	if (!hash ||
	    projection_get(projection, KEYSPACE_SPELLING, &key, &bytes) ||
	    bytes.len < sizeof(row))
		return 0;
	memcpy(&row, bytes.at, sizeof(row));
	*shown =
	    (struct text){ bytes.at + sizeof(row), bytes.len - sizeof(row) };
	return row.count.reports;
}

/* Show this spelling if it is commoner than the one shown so far. */
static void
choose_spelling(struct projection *projection, uint32_t product, uint32_t hash)
{
	struct product_row row;
	struct text shown;
	char copy[PRODUCT_SHOWN_BYTES];
	uint32_t reports, shown_reports;

	if (!read_product(projection, product, &row) || row.shown_hash == hash)
		return;
	shown_reports =
	    read_spelling(projection, product, row.shown_hash, &shown);
	reports = read_spelling(projection, product, hash, &shown);
	if (!spelling_prevails(reports, shown_reports))
		return;
	assert(reports > 0 && shown.len <= sizeof(copy));
	memcpy(copy, shown.at, shown.len);
	if (!read_product(projection, product, &row))
		return;
	row.shown = (struct text){ copy, shown.len };
	row.shown_hash = hash;
	write_product(projection, product, &row);
}

void
naming_count_spelling(struct projection *projection, const struct facts *facts,
    uint32_t hash)
{
	struct key key = key_spelling(facts->product, hash);
	struct spelling_row *row;
	size_t len;

	if (!hash || projection->result)
		return;
	row = store_edit(projection->store, KEYSPACE_SPELLING, key_text(&key),
	    0, &len, &projection->result);
	if (!row || len < sizeof(*row))
		return;
	if (spelling_add(&row->count, facts->source))
		choose_spelling(projection, facts->product, hash);
}

void
naming_uncount_spelling(struct projection *projection,
    const struct facts *facts, uint32_t hash)
{
	struct key key = key_spelling(facts->product, hash);
	struct spelling_row *row;
	size_t len;

	if (!hash || projection->result)
		return;
	row = store_edit(projection->store, KEYSPACE_SPELLING, key_text(&key),
	    0, &len, &projection->result);
	if (row && len >= sizeof(*row))
		spelling_remove(&row->count);
}
