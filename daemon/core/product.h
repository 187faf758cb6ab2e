/*
 * product.h - names and codes -> which product, at which level, and why.
 */
#ifndef TOCSIN_CORE_PRODUCT_H
#define TOCSIN_CORE_PRODUCT_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/vocabulary.h"
#include "proto/report.h"

/* The rules of identity below; a change of meaning raises it. */
enum { PRODUCT_RULES_VERSION = 1 };

enum product_level { LEVEL_CATEGORY, LEVEL_BRAND, LEVEL_MODEL };

/* "category", "brand", "model" */
const char *product_level_name(enum product_level level);

enum {
	PRODUCT_SLUG_MAX = 64,
	PRODUCT_KEY_MAX = 96,   /* folded brand or model, bytes */
	PRODUCT_SHOWN_MAX = 80, /* characters of a shown name */
	PRODUCT_SHOWN_BYTES = 4 * 80 + 2,
	PRODUCT_HASH = 16,
};

/* What a report says of its product, folded.  No pointers: may be copied. */
struct product_identity {
	enum product_level level;
	uint64_t gtin; /* first usable code, 0 none */
	uint8_t category_len, brand_len, model_len, mode_len;
	char category[PRODUCT_SLUG_MAX]; /* slug, or "other:<folded>" */
	char brand[PRODUCT_KEY_MAX];     /* folded, "" unknown */
	char model[PRODUCT_KEY_MAX];
	char mode[PRODUCT_SLUG_MAX]; /* slug, folded text, or "unstated" */
	uint32_t hazards;            /* bit per hazard of the vocabulary */
	uint16_t shown_len;
	/* brand, 0x1f, model as written but fit to be shown; "" when unfit */
	char shown[PRODUCT_SHOWN_BYTES];
};

/*
 * Fold and judge.  Never fails; what it could not use it tells in problems
 * (unknown category, bad check digit, unknown hazard).
 * Level: model when brand and model are known or a GTIN is a key, brand when
 * the brand is known, else category.
 */
void product_identify(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity,
    struct problems *problems);

/*
 * Keys under which a product is looked up, in order of trust: at most 2.
 * model level: GTIN and (brand, model); brand: (brand, category); category:
 * (category).  Each is 16 bytes, the same on every machine.
 */
struct product_key {
	uint8_t hash[PRODUCT_HASH];
	bool is_gtin;
};
unsigned product_keys(const struct product_identity *identity,
    struct product_key keys[2]);

/* Is a shown name free of addresses (mail, web, phone)?  */
bool product_name_is_fit(struct text shown);

#endif
