/*
 * match.h - do two records name the same product?  Each is read once into
 * what can be compared; a pair is scored from features by a table of weights,
 * and every feature can be shown as a reason.
 */
#ifndef TOCSIN_CORE_MATCH_H
#define TOCSIN_CORE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/core/model.h"
#include "daemon/core/words.h"

/* --- documents ----------------------------------------------------------- */

/*
 * In how many records a token stands.  Records that are compared may be
 * counted or not; no label is ever asked for.
 */
struct match_corpus {
	uint64_t records;
	uint32_t (*frequency)(void *who, struct text token);
	void *who;
};

/* What is known of a product, as written; whatever is empty is unknown. */
struct match_input {
	struct text brand, model, title, gtin;
	double price; /* in any currency, the same for both; <= 0: unknown */
};

enum { MATCH_BRAND_WORDS = 4, MATCH_NUMBERS_MAX = 12, MATCH_TOKENS_MAX = 64 };

/* A number of a title and what it counts, both hashed; kind 0: a year. */
struct match_number {
	uint64_t kind, value;
};

/* A record read.  No pointers: may be copied.  Made by match_read only. */
struct match_record {
	struct words words;        /* of the title, then those of the model */
	uint64_t hash[WORDS_MAX];  /* of each word */
	uint64_t join2[WORDS_MAX]; /* of it and the next written as one */
	uint64_t join3[WORDS_MAX];
	uint64_t pair[WORDS_MAX]; /* of it and the next, as two */
	float weight[WORDS_MAX];  /* log((records + 1) / (frequency + 0.5)) */
	float rare; /* weight of a token that stands in two records */
	struct words brand_words;
	uint64_t brand[MATCH_BRAND_WORDS]; /* or the title's first word */
	uint8_t brands;
	bool has_brand; /* was stated */
	uint8_t models;
	struct model_token model[MODEL_TOKENS_MAX];
	uint64_t model_hash[MODEL_TOKENS_MAX];
	uint8_t numbers;
	struct match_number number[MATCH_NUMBERS_MAX];
	uint32_t colours;
	uint64_t gtin;       /* 0: none that is a key */
	char gtin_token[24]; /* "g" and 14 digits; "": none */
	double price;
};

/* Read what is known.  corpus->frequency is called for every word. */
void match_read(const struct match_input *input,
    const struct match_corpus *corpus, struct match_record *record);

/*
 * The tokens under which a record is found: barcode, model numbers, words and
 * brand, each once.  They are what the corpus counts.  Borrowed from record,
 * of which only what needs no corpus has to be there (match_read with a NULL
 * corpus).  Returns how many.
 */
unsigned match_tokens(const struct match_record *record,
    struct text token[MATCH_TOKENS_MAX]);

/* --- scoring ------------------------------------------------------------- */

enum match_feature {
#define WEIGHT(id, name, weight, meaning) MATCH_##id,
#include "daemon/core/match_weights.def"
	MATCH_FEATURES
};

/* bias is the log-odds of a pair of which nothing speaks. */
struct match_weights {
	double bias;
	double weight[MATCH_FEATURES];
};

enum match_decision {
	MATCH_NO,      /* not the same, as far as can be told */
	MATCH_PROPOSE, /* worth a person's look; score 0.5 and above */
	MATCH_SAME,    /* the same model number or barcode and no conflict */
};

struct match_result {
	double score; /* 0 to 1 */
	enum match_decision decision;
	double value[MATCH_FEATURES];
};

/* The default table: match_weights.def. */
void match_weights_init(struct match_weights *weights);

/* What the pair shows and does not: value by feature.  Order of a and b is
 * immaterial. */
void match_compare(const struct match_record *a, const struct match_record *b,
    double value[MATCH_FEATURES]);

/* Score a pair: the logistic function of bias + sum of weight x value. */
void match_score(const struct match_record *a, const struct match_record *b,
    const struct match_weights *weights, struct match_result *result);

/*
 * May both be the product of one record?  Then neither is merged without a
 * person: rival, the score of another pair of the same record, is 0.5 or more
 * and has at least a tenth of the odds of score.
 */
bool match_is_rival(double score, double rival);

/* "match", "propose", "no" */
const char *match_decision_name(enum match_decision decision);

/* A feature's name in weights files, and what it means; static. */
const char *match_feature_name(enum match_feature feature);
const char *match_feature_meaning(enum match_feature feature);

/*
 * The reasons of a result as "model-same +2.0, title-contained +1.4, ...":
 * weight x value, the heaviest first, those below 0.05 left out.  NUL-ended,
 * cut to cap.  Returns the length.
 */
size_t match_reasons(const struct match_result *result,
    const struct match_weights *weights, char *out, size_t cap);

#endif
