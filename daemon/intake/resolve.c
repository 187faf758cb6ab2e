#include "daemon/intake/resolve.h"

#include <string.h>

#include "base/digest.h"
#include "daemon/core/product.h"
#include "daemon/intake/naming.h"
#include "daemon/store/rows.h"

static struct product_entry *
product_slot(const struct intake *intake, const uint8_t hash[16])
{
	uint32_t index;

	memcpy(&index, hash, sizeof(index));
	return &intake->products[index & (PRODUCT_CACHE - 1)];
}

/*
 * The cache's entry of a key, filled from the store, else what is planned;
 * product 0: neither.
 */
static const struct product_entry *
find_key(struct intake *intake, const struct plan *plan, const uint8_t hash[16])
{
	static const struct product_entry none = { 0 };
	struct product_entry *slot = product_slot(intake, hash);
	struct product_key_row held;
	struct key key;
	struct text row;

	if (slot->product && !memcmp(slot->hash, hash, sizeof(slot->hash)))
		return slot;
	key = key_product_key(hash);
	if (projection_get(&intake->projection, KEYSPACE_PRODUCT_KEY, &key,
		&row) ||
	    !product_key_row_read(row, &held))
		return plan ? plan_find(plan, hash) : &none;
	*slot = (struct product_entry){ .product = held.product,
		.is_alias = held.is_alias };
	memcpy(slot->hash, hash, sizeof(slot->hash));
	return slot;
}

/* Does this product carry the brand the report names (or either none)? */
static bool
is_same_brand(struct intake *intake, const struct plan *plan, uint32_t product,
    struct text brand)
{
	const struct product_note *note;
	uint64_t held;

	if (!brand.len)
		return true;
	if (product & PLANNED) {
		held = plan_brand(plan, product);
	} else {
		note = intake_product(intake, product);
		held = note ? note->brand : 0;
	}
	return !held || held == intake_brand_hash(brand);
}

static struct text
brand_of(const struct product_identity *identity)
{
	return (struct text){ identity->brand, identity->brand_len };
}

/* The key of an identity that has a brand and, without its GTIN, no model. */
static unsigned
brand_key(const struct product_identity *identity, struct product_key keys[2])
{
	struct product_identity named = *identity;

	named.level = LEVEL_BRAND;
	named.gtin = 0;
	return product_keys(&named, keys);
}

/*
 * Products under each key: the name's is found without asking; a GTIN's only
 * counts when the brands agree.
 */
static unsigned
look_up(struct intake *intake, const struct plan *plan,
    const struct candidate *candidate, struct product_key keys[2],
    uint32_t found[2])
{
	unsigned nkeys = candidate->nproduct_keys, kept = 0;

	memcpy(keys, candidate->product_key, sizeof(candidate->product_key));

	for (unsigned i = 0; i < nkeys; i++) {
		const struct product_entry *entry =
		    find_key(intake, plan, keys[i].hash);

		found[kept] = entry->product;
		if (found[kept] && keys[i].is_gtin && !entry->is_alias &&
		    !is_same_brand(intake, plan, found[kept],
			brand_of(&candidate->identity)))
			continue;
		if (kept != i)
			keys[kept] = keys[i];
		kept++;
	}
	if (kept)
		return kept;
	kept = brand_key(&candidate->identity, keys);
	found[0] = find_key(intake, plan, keys[0].hash)->product;
	return kept;
}

/* Known by its brand only, in spite of a GTIN that is another brand's? */
static bool
is_brand_only(const struct product_identity *identity,
    const struct product_key *key)
{
	return identity->level == LEVEL_MODEL && !identity->model_len &&
	    !key->is_gtin;
}

uint32_t
resolve_guess(const struct intake *intake, const struct candidate *candidate)
{
	const uint8_t *hash = candidate->product_key[0].hash;
	const struct product_entry *slot = product_slot(intake, hash);

	return memcmp(slot->hash, hash, sizeof(slot->hash)) ? 0 : slot->product;
}

uint32_t
resolve_find(struct intake *intake, const struct candidate *candidate)
{
	struct product_key keys[2];
	uint32_t found[2] = { 0 };
	unsigned nkeys = look_up(intake, NULL, candidate, keys, found);

	for (unsigned i = 0; i < nkeys; i++)
		if (found[i])
			return found[i];
	return 0;
}

static uint32_t
make_product(struct intake *intake, const struct candidate *candidate,
    const struct product_key *keys, unsigned nkeys)
{
	const struct product_identity *identity = &candidate->identity;
	struct record_product record = {
		.product = (uint32_t)projection_counter(&intake->projection,
			       COUNTER_PRODUCTS) +
		    1,
		.level = is_brand_only(identity, keys)
		    ? LEVEL_BRAND
		    : (uint8_t)identity->level,
		.rules_version = PRODUCT_RULES_VERSION,
		.category = { identity->category, identity->category_len },
		.brand = { identity->brand, identity->brand_len },
		.model = { identity->model, identity->model_len },
		.nkeys = (uint8_t)nkeys,
	};

	for (unsigned i = 0; i < nkeys; i++) {
		struct product_entry *slot = product_slot(intake, keys[i].hash);

		memcpy(record.key[i], keys[i].hash, sizeof(keys[i].hash));
		memcpy(slot->hash, keys[i].hash, sizeof(slot->hash));
		slot->product = record.product;
		slot->is_alias = false;
		if (keys[i].is_gtin)
			record.gtin = identity->gtin;
	}
	buf_clear(&intake->header);
	record_product_write(&intake->header, &record);
	intake_add_event(intake, RECORD_PRODUCT, (struct text){ 0 });
	naming_add_product(&intake->projection, &record);
	return record.product;
}

static void
teach_key(struct intake *intake, uint32_t product,
    const struct product_key *key, uint64_t gtin)
{
	struct record_product_key record = { .product = product,
		.gtin = key->is_gtin ? gtin : 0 };
	struct product_entry *slot = product_slot(intake, key->hash);

	memcpy(record.key, key->hash, sizeof(record.key));
	memcpy(slot->hash, key->hash, sizeof(slot->hash));
	slot->product = product;
	slot->is_alias = false;
	buf_clear(&intake->header);
	record_product_key_write(&intake->header, &record);
	intake_add_event(intake, RECORD_PRODUCT_KEY, (struct text){ 0 });
	naming_add_product_key(&intake->projection, &record);
}

uint32_t
resolve_product(struct intake *intake, const struct candidate *candidate)
{
	struct product_key keys[2];
	uint32_t found[2] = { 0 }, product = 0;
	unsigned nkeys = look_up(intake, NULL, candidate, keys, found);

	if (intake->projection.result)
		return 0;
	for (unsigned i = 0; i < nkeys && !product; i++)
		product = found[i];
	if (!product)
		return make_product(intake, candidate, keys, nkeys);
	for (unsigned i = 0; i < nkeys; i++)
		if (!found[i])
			teach_key(intake, product, &keys[i],
			    candidate->identity.gtin);
	return product;
}

uint32_t
resolve_plan(struct intake *intake, struct plan *plan,
    const struct candidate *candidate)
{
	struct product_key keys[2];
	uint32_t found[2] = { 0 }, product = 0;
	unsigned nkeys = look_up(intake, plan, candidate, keys, found);

	if (intake->projection.result)
		return 0;
	for (unsigned i = 0; i < nkeys && !product; i++)
		product = found[i];
	if (!product)
		product = plan_add(plan,
		    intake_brand_hash(brand_of(&candidate->identity)));
	for (unsigned i = 0; i < nkeys; i++)
		if (!found[i])
			plan_teach(plan, keys[i].hash, product);
	return product;
}

/* Is there room for one more spelling of this product? */
static bool
has_room(struct intake *intake, uint32_t product)
{
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	return projection_get(&intake->projection, KEYSPACE_PRODUCT, &key,
		   &bytes) == STORE_OK &&
	    product_row_read(bytes, &row) &&
	    row.nspellings < PRODUCT_SPELLINGS_MAX;
}

uint32_t
resolve_spelling(struct intake *intake, uint32_t product,
    const struct candidate *candidate)
{
	const struct product_identity *identity = &candidate->identity;
	static const uint8_t plain[16] = { 0 };
	struct record_spelling record = { .product = product,
		.shown = { identity->shown, identity->shown_len } };
	uint64_t *slot;
	struct key key;
	struct text row;

	if (!identity->shown_len)
		return 0;
	record.hash =
	    (uint32_t)digest_sip64(plain, identity->shown, identity->shown_len);
	if (!record.hash)
		record.hash = 1;
	slot =
	    &intake->spellings[(product ^ record.hash) & (PRODUCT_CACHE - 1)];
	if (*slot == ((uint64_t)product << 32 | record.hash))
		return record.hash;
	*slot = (uint64_t)product << 32 | record.hash;
	key = key_spelling(product, record.hash);
	if (projection_get(&intake->projection, KEYSPACE_SPELLING, &key,
		&row) == STORE_OK)
		return record.hash;
	if (!has_room(intake, product)) {
		*slot = 0;
		return 0;
	}
	buf_clear(&intake->header);
	record_spelling_write(&intake->header, &record);
	intake_add_event(intake, RECORD_SPELLING, (struct text){ 0 });
	naming_add_spelling(&intake->projection, &record);
	return record.hash;
}
