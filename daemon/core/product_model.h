/* product_model.h - which model a report means, and where it says so. */
#ifndef TOCSIN_CORE_PRODUCT_MODEL_H
#define TOCSIN_CORE_PRODUCT_MODEL_H

#include <stdint.h>

#include "daemon/core/brand.h"
#include "daemon/core/vocabulary.h"
#include "proto/report.h"

enum { MODEL_KEY_MAX = 96 }; /* bytes of a key and its NUL */

/* How a model was read: a set of these; 0: as written. */
enum model_how {
	MODEL_WORD = 1,       /* one word of its cell, or all but the brand */
	MODEL_FROM_BRAND = 2, /* found behind the brand in the brand's cell */
	MODEL_FROM_NAME = 4,  /* found in the product's name */
	MODEL_SIZE = 8,       /* its cell held a size, which is none */
	MODEL_CHATTER = 16,   /* its cell held talk, which is none */
};

/* shown borrows from the report. */
struct product_model {
	char key[MODEL_KEY_MAX]; /* folded; "" when no model is known */
	uint8_t key_len;
	uint8_t how; /* of enum model_how */
	struct text shown;
};

/*
 * Read the model of a report whose brand has been read, by the first rule
 * that fits:
 *  1. the model's cell folds to nothing or to a word for unknown, is a size
 *     (model_word.h) or chatter: it names none, see 5;
 *  2. the brand at its beginning is no part of it;
 *  3. of several words, the only one that names a model by itself
 *     (model_word_find) is the key: "Chef XL KM4622" and "KM4622" are one;
 *  4. otherwise all of it, folded: "Galaxy S 10", "BY 612";
 *  5. when the brand is known: the only model word behind the brand in its
 *     cell, then the only one in the product's name.
 */
void product_model_read(const struct vocabulary *vocabulary,
    const struct report *report, const struct brand_reading *brand,
    struct product_model *model);

#endif
