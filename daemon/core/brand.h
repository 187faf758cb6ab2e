/* brand.h - a cell meant for a brand -> the brand, and what else it holds. */
#ifndef TOCSIN_CORE_BRAND_H
#define TOCSIN_CORE_BRAND_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/vocabulary.h"

enum { BRAND_KEY_MAX = 96 }; /* bytes of a key and its NUL */

/* How a brand was read from its cell: a set of these; 0: as written. */
enum brand_how {
	BRAND_ALIAS = 1,   /* another spelling of a known brand */
	BRAND_PART = 2,    /* the cell holds more than the brand */
	BRAND_CHATTER = 4, /* somebody talks; there is no brand */
};

/* The cell stays whose it is; shown may be the vocabulary's. */
struct brand_reading {
	char key[BRAND_KEY_MAX]; /* folded; "" when no brand is known */
	uint8_t key_len;
	uint8_t how;       /* of enum brand_how */
	struct text shown; /* the brand's own spelling, or as written */
	struct text rest;  /* what stands behind the brand; may be empty */
};

/*
 * Read a cell, by the first rule that fits (its folded form is the key where
 * none does):
 *  1. it folds to nothing or to a word for unknown: no brand;
 *  2. it is a known brand or an alias of one, as a whole;
 *  3. it is chatter (chatter.h): no brand;
 *  4. a remark in brackets at its end is no part of it: 1 and 2 again;
 *  5. it begins with a known brand, and all that follows is a number, a size,
 *     a word of that brand's lines, a category or a word such as "series";
 *     or it follows a slash and names no other brand ("Dyson / V6 total");
 *  6. one slash parts words without digits from one model number
 *     ("United / AF2372");
 *  7. it has more than 6 words: chatter.
 */
void brand_read(const struct vocabulary *vocabulary, struct text written,
    struct brand_reading *reading);

#endif
