/*
 * terms.h - under which terms a product is indexed and its look-alikes are
 * found: words and numbers of a model, pieces of a brand.
 */
#ifndef TOCSIN_CORE_TERMS_H
#define TOCSIN_CORE_TERMS_H

#include <stdint.h>

#include "base/text.h"

enum { TERMS_MAX = 12 };

/* Hashes, the same on every machine; each once. */
struct terms {
	unsigned count;
	uint64_t hash[TERMS_MAX];
};

/*
 * The term of one word or number, as words.h and model.h give them: what the
 * matcher asks the frequency of.
 */
uint64_t terms_word(struct text word);

/*
 * Add the terms of a model: of its folded key, which is one word, and of what
 * is shown of it, its words and model numbers.  A number stands without the
 * letters behind its last digit, too (BY612 of BY612B).  The brand is no term:
 * what only shares its brand is no look-alike.
 */
void terms_add_key(struct terms *terms, struct text model);
void terms_add_shown(struct terms *terms, struct text model);

/*
 * Add the term of the second reading of a code, where it has one: a product
 * that bears that as its code asks for it by terms_gtin.
 */
void terms_add_gtin(struct terms *terms, uint64_t gtin);
uint64_t terms_gtin(uint64_t gtin);

/*
 * Add the terms of a product known by brand and category only, both folded: how
 * the brand begins, and six of its runs of three bytes, chosen by their hash,
 * so that two spellings mostly choose some of the same.  They hold within the
 * category.
 */
void terms_add_brand(struct terms *terms, struct text brand,
    struct text category);

#endif
