/* gtin.h - barcode -> 14 digits, or why not (methods: GS1 mod 10). */
#ifndef TOCSIN_CORE_GTIN_H
#define TOCSIN_CORE_GTIN_H

#include <stdint.h>

#include "base/text.h"

enum gtin_verdict {
	GTIN_KEY,       /* identifies a product */
	GTIN_TEXT,      /* well formed, but identifies nothing: a shop's own,
			   a coupon, a publication */
	GTIN_BAD_DIGIT, /* check digit does not match: kept, flagged, no key */
	GTIN_MALFORMED, /* not 8, 12, 13 or 14 digits */
};

/* What a code may stand for, 14 digits as a number each; 0: nothing. */
struct gtin_reading {
	uint64_t key;   /* what the product is found under */
	uint64_t other; /* the second reading of 8 digits that have two */
};

/*
 * Judge one code: blanks and dashes are skipped.  On GTIN_KEY reading->key is
 * the base item (packaging indicator 1-8 dropped, check digit recomputed).
 *
 * Eight digits that begin with 0 or 1 may be a GTIN-8 or a UPC-E, and nobody
 * says which.  A GTIN-8 behind 0 names nothing, so that one is a UPC-E, keyed
 * by the 12 digits it stands for.  Behind 1, the reading that checks is taken;
 * when both do, the key is the eight digits as they stand, on which all who
 * write them agree, and other is the UPC-E's: a reason to propose, not to
 * merge.
 */
enum gtin_verdict gtin_read(struct text code, struct gtin_reading *reading);

/* The second reading of a key that was eight digits with two; 0: none. */
uint64_t gtin_second(uint64_t key);

/* The rule behind a verdict, in plain words; static. */
const char *gtin_why(enum gtin_verdict verdict);

#endif
