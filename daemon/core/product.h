/*
 * product.h - names and codes -> which product, at which level, and why.
 */
#ifndef TOCSIN_CORE_PRODUCT_H
#define TOCSIN_CORE_PRODUCT_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/brand.h"
#include "daemon/core/product_model.h"
#include "daemon/core/vocabulary.h"
#include "proto/report.h"

/*
 * The rules of identity: how a code, a brand and a model are read (gtin.h,
 * brand.h, product_model.h).  A change of meaning raises it; the list of
 * brands is data and does not.
 */
enum { PRODUCT_RULES_VERSION = 2 };

/*
 * Which rules and which words: reports grouped under equal versions are
 * grouped by the same rules of identity.  Never 0.
 */
uint32_t product_version(const struct vocabulary *vocabulary);

enum product_level { LEVEL_CATEGORY, LEVEL_BRAND, LEVEL_MODEL };

/* "category", "brand", "model" */
const char *product_level_name(enum product_level level);

enum {
	PRODUCT_SLUG_MAX = 64,
	PRODUCT_KEY_MAX = BRAND_KEY_MAX, /* folded brand or model, bytes */
	PRODUCT_SHOWN_MAX = 80,          /* characters of a shown name */
	PRODUCT_SHOWN_BYTES = 4 * 80 + 2,
	PRODUCT_HASH = 16,
};

/* What a report says of its product, folded.  No pointers: may be copied. */
struct product_identity {
	enum product_level level;
	uint64_t gtin;       /* first usable code, 0 none */
	uint64_t gtin_other; /* its second reading (gtin.h), 0 none: no key */
	uint8_t category_len, brand_len, model_len, mode_len;
	uint8_t brand_how; /* of enum brand_how: which rule read it */
	uint8_t model_how; /* of enum model_how */
	char category[PRODUCT_SLUG_MAX]; /* slug, or "other:<folded>" */
	char brand[PRODUCT_KEY_MAX];     /* folded, "" unknown */
	char model[PRODUCT_KEY_MAX];
	char mode[PRODUCT_SLUG_MAX]; /* slug, folded text, or "unstated" */
	uint32_t hazards;            /* bit per hazard of the vocabulary */
	uint16_t shown_len;
	/* brand, 0x1f, model, a known brand in its own spelling, otherwise as
	 * written, if fit to be shown; "" when unfit */
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
 * The part of it that reads brand and model, of a report that may have nothing
 * else: as a product is asked for.  The other members stay as they are.
 */
void product_identify_names(const struct vocabulary *vocabulary,
    const struct report *report, struct product_identity *identity);

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
