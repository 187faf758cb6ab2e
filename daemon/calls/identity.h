/*
 * identity.h - what a report's product was read from and by which rules,
 * packed: of report.submit's explain and of report.trace.
 */
#ifndef TOCSIN_CALLS_IDENTITY_H
#define TOCSIN_CALLS_IDENTITY_H

#include "base/bytes.h"
#include "daemon/core/product.h"

/* Pairs level, category, brand, model, brand_how, model_how: six. */
enum { IDENTITY_PAIRS = 6 };
void identity_pack(struct buf *out, const struct product_identity *identity);

/* "gtin", "brand and model", "brand and category", "category". */
const char *identity_key_name(const struct product_identity *identity,
    const struct product_key *key);

#endif
