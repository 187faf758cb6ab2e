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
 * The terms of a model as shown or folded: its words and its model numbers,
 * these also without letters that follow their last digit (BY612 of BY612B).
 * The brand is none: what only shares its brand is no look-alike.
 */
void terms_of_model(struct text model, struct terms *terms);

/*
 * The terms of a product known by brand and category only, both folded: how
 * the brand begins, and six of its runs of three bytes, chosen by their hash,
 * so that two spellings mostly choose some of the same.  They hold within the
 * category.
 */
void terms_of_brand(struct text brand, struct text category,
    struct terms *terms);

#endif
