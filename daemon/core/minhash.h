/*
 * minhash.h - how alike two narratives are, from 64 bytes each: one-permutation
 * MinHash over character 4-grams, 64 bins of one byte, empty bins filled from
 * others (densified).  Li and Koenig 2010 (b bits of a minimum), Shrivastava
 * 2017 (optimal densification).
 */
#ifndef TOCSIN_CORE_MINHASH_H
#define TOCSIN_CORE_MINHASH_H

#include <stdint.h>

#include "base/text.h"

enum {
	MINHASH_BYTES = 64,
	MINHASH_LEAST = 8,        /* distinct shingles; fewer: no signature */
	MINHASH_TEXT_MAX = 16384, /* bytes of a folded text that take part */
};

/*
 * Signature of a narrative: folded (fold_prose), cut into its runs of four
 * characters.  Returns how many distinct ones there are, at most 255 (from
 * some hundred on a little too few); below MINHASH_LEAST it returns 0 and the
 * signature is all zeroes.  Equal texts have equal signatures on all machines
 * and in all versions of LINKAGE_VERSION.
 */
unsigned minhash_of_text(struct text narrative, uint8_t out[MINHASH_BYTES]);

/* The same of a text that is folded already. */
unsigned minhash_of_folded(struct text folded, uint8_t out[MINHASH_BYTES]);

/*
 * Estimate of the Jaccard similarity of two narratives' sets of shingles, 0 to
 * 1, less what bytes agree by chance (1 in 256).  Standard error
 * sqrt(J (1 - J) / 64): .054 at .25, .061 at .6.  Both must have a signature.
 */
float minhash_similarity(const uint8_t a[MINHASH_BYTES],
    const uint8_t b[MINHASH_BYTES]);

/* How many of the 64 bins agree; what minhash_similarity is made of. */
unsigned minhash_equal_bins(const uint8_t a[MINHASH_BYTES],
    const uint8_t b[MINHASH_BYTES]);

#endif
