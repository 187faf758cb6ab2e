/*
 * plan.h - products and keys that there would be, if what is only looked at
 * were taken: a dry run's memory, beside the store.  One owner at a time.
 */
#ifndef TOCSIN_INTAKE_PLAN_H
#define TOCSIN_INTAKE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/intake/intake.h"

/* Numbers of planned products have this bit. */
enum { PLANNED_SHIFT = 31 };
#define PLANNED (UINT32_C(1) << PLANNED_SHIFT)

/* Zeroed is empty. */
struct plan {
	struct product_entry *at; /* owned, open-addressed, at most half full */
	uint32_t mask;            /* places - 1; 0: none yet */
	uint32_t count;
	struct buf brands; /* u64 each: hash of a planned product's brand */
	bool failed;       /* memory ran out */
};

/* Release what it holds. */
void plan_fini(struct plan *plan);

/* The entry of a key; one of product 0 when it is not planned. */
const struct product_entry *plan_find(const struct plan *plan,
    const uint8_t hash[16]);

/* One more product; its number. */
uint32_t plan_add(struct plan *plan, uint64_t brand_hash);

/* How many there are; the brand of one, 0 none. */
uint32_t plan_count(const struct plan *plan);
uint64_t plan_brand(const struct plan *plan, uint32_t product);

/* A key, not yet planned, leads to this product, planned or not. */
void plan_teach(struct plan *plan, const uint8_t hash[16], uint32_t product);

#endif
