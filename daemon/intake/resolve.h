/*
 * resolve.h - what a report says of its product -> the store's product, by
 * the keys it is known under; a new one becomes an event.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_RESOLVE_H
#define TOCSIN_INTAKE_RESOLVE_H

#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/intake/plan.h"
#include "daemon/intake/prepare.h"

/* Only look: the product, or 0. */
uint32_t resolve_find(struct intake *intake, const struct candidate *candidate);

/* The product, if the cache knows it by its most trusted key; else 0. */
uint32_t resolve_guess(const struct intake *intake,
    const struct candidate *candidate);

/*
 * Find or make the product; teach it the keys it lacks.  A GTIN never joins
 * two brands: held by a product of another brand it is no key here.  0 when
 * the store failed (the projection says how).
 */
uint32_t resolve_product(struct intake *intake,
    const struct candidate *candidate);

/*
 * The same on paper: what would be made or taught goes into the plan.  0 when
 * the store failed.
 */
uint32_t resolve_plan(struct intake *intake, struct plan *plan,
    const struct candidate *candidate);

/* The hash of the report's spelling, kept if there is room; 0 none. */
uint32_t resolve_spelling(struct intake *intake, uint32_t product,
    const struct candidate *candidate);

#endif
