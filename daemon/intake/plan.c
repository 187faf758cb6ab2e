#include "daemon/intake/plan.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES_MIN = 1024 };

void
plan_fini(struct plan *plan)
{
	free(plan->at);
	buf_free(&plan->brands);
	*plan = (struct plan){ 0 };
}

/* Where the key is, or would be.  Keys are hashes: any part scatters them. */
static struct product_entry *
place_of(struct product_entry *at, uint32_t mask, const uint8_t hash[16])
{
	uint32_t place;

	memcpy(&place, hash, sizeof(place));
	while (at[place & mask].product &&
	    memcmp(at[place & mask].hash, hash, sizeof(at->hash)) != 0)
		place++;
	return &at[place & mask];
}

const struct product_entry *
plan_find(const struct plan *plan, const uint8_t hash[16])
{
	static const struct product_entry none = { 0 };

	return plan->mask ? place_of(plan->at, plan->mask, hash) : &none;
}

static bool
grow(struct plan *plan)
{
	uint32_t places = plan->mask ? (plan->mask + 1) * 2 : PLACES_MIN;
	struct product_entry *at;

	if (plan->count * 2 < plan->mask)
		return true;
	at = calloc(places, sizeof(*at));
	if (!at)
		return false;
	for (uint32_t i = 0; plan->mask && i <= plan->mask; i++)
		if (plan->at[i].product)
			*place_of(at, places - 1, plan->at[i].hash) =
			    plan->at[i];
	free(plan->at);
	plan->at = at;
	plan->mask = places - 1;
	return true;
}

uint32_t
plan_count(const struct plan *plan)
{
	return (uint32_t)(plan->brands.len / sizeof(uint64_t));
}

uint32_t
plan_add(struct plan *plan, uint64_t brand_hash)
{
	buf_u64(&plan->brands, brand_hash);
	plan->failed |= plan->brands.failed;
	return PLANNED | plan_count(plan);
}

uint64_t
plan_brand(const struct plan *plan, uint32_t product)
{
	uint32_t nth = product & ~PLANNED;
	uint64_t brand;

	if (!nth || nth > plan_count(plan))
		return 0;
	memcpy(&brand, plan->brands.at + (nth - 1) * sizeof(brand),
	    sizeof(brand));
	return brand;
}

void
plan_teach(struct plan *plan, const uint8_t hash[16], uint32_t product)
{
	struct product_entry *entry;

	if (!grow(plan)) {
		plan->failed = true;
		return;
	}
	entry = place_of(plan->at, plan->mask, hash);
	plan->count += entry->product == 0;
	memcpy(entry->hash, hash, sizeof(entry->hash));
	entry->product = product;
}
