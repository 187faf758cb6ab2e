/* gtin.h - barcode -> 14 digits, or why not (methods: GS1 mod 10). */
#ifndef TOCSIN_CORE_GTIN_H
#define TOCSIN_CORE_GTIN_H

#include <stdint.h>

#include "base/text.h"

enum gtin_verdict {
	GTIN_KEY,       /* identifies a product */
	GTIN_TEXT,      /* well formed, but identifies nothing: store-internal,
		      coupon, serial publication */
	GTIN_BAD_DIGIT, /* check digit does not match: kept, flagged, no key */
	GTIN_MALFORMED, /* not 8, 12, 13 or 14 digits */
};

/*
 * Judge one code: blanks and dashes are skipped.  On GTIN_KEY *key is the
 * base item's 14 digits as a number (packaging indicator 1-8 dropped, check
 * digit recomputed).
 */
enum gtin_verdict gtin_read(struct text code, uint64_t *key);

/* The rule behind a verdict, in plain words; static. */
const char *gtin_why(enum gtin_verdict verdict);

#endif
