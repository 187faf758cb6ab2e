/*
 * linkage.h - do two reports tell of one event?  Hit-miss weights (Copas and
 * Hilton 1990; Noren, Orre and Bate 2005): with a the chance that a field is
 * lost in copying and b that of agreeing by accident,
 *
 *     agreed   log2((1 - a (2 - a) (1 - b)) / b)
 *     differed log2(a (2 - a))
 *     blank    0
 *
 * are added up as bits; 2^bits times the prior odds are the odds of one event.
 * What may be linked is narrower than that: see enum linkage_rule.
 */
#ifndef TOCSIN_CORE_LINKAGE_H
#define TOCSIN_CORE_LINKAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/evidence.h"

#include "daemon/core/linkage.def" /* LINKAGE_VERSION */

/* The fields that are compared; correlated ones share one. */
enum linkage_field {
#define LINKAGE_FIELD(ID, name, miss, chance) LINKAGE_##ID,
#include "daemon/core/linkage.def"
	LINKAGE_FIELDS
};

enum linkage_outcome { LINKAGE_BLANK, LINKAGE_AGREED, LINKAGE_DIFFERED };

enum linkage_decision {
	LINKAGE_NONE,     /* not worth telling */
	LINKAGE_POSSIBLE, /* counted as possible, nobody is asked */
	LINKAGE_REVIEW,   /* somebody should look */
	LINKAGE_LINK,     /* one event: joined, if the whole case agrees */
};

/* What allowed the link, or stood in its way. */
enum linkage_rule {
	LINKAGE_BY_SCORE,      /* the probability alone decided: too low */
	LINKAGE_BY_SERIAL,     /* equal serial */
	LINKAGE_BY_FOLLOW_UP,  /* the same reporter within 90 days */
	LINKAGE_BY_TEXT,       /* narratives alike enough */
	LINKAGE_UNLIKE_TEXT,   /* neither an equal serial nor alike enough */
	LINKAGE_STOCK_TEXT,    /* alike, but so are others: a stock phrase */
	LINKAGE_ONE_VISIT,     /* one sender, site and day: objects that the
			      sender told apart */
	LINKAGE_SPARSE,        /* no text, model or serial */
	LINKAGE_OTHER_PRODUCT, /* never across products */
	LINKAGE_OTHER_SERIAL,  /* both state one, and they differ */
	LINKAGE_RULES
};

/* One comparison. */
struct linkage {
	float bits;                      /* without the prior */
	float probability;               /* of one event */
	float similarity;                /* of the narratives; -1: a blank */
	uint8_t decision;                /* enum linkage_decision */
	uint8_t rule;                    /* enum linkage_rule */
	uint8_t outcome[LINKAGE_FIELDS]; /* enum linkage_outcome */
	float weight[LINKAGE_FIELDS];    /* bits */
};

/* Fixed weights, computed once; about 400 bytes. */
struct linkage_weights {
	float prior_bits; /* log2 of the odds in a block of 20 candidates */
	float link_odds_bits, review_odds_bits;
	float agreed[LINKAGE_FIELDS], differed[LINKAGE_FIELDS];
	float date[4];                 /* by row of LINKAGE_DATE */
	float text[MINHASH_BYTES + 1]; /* by equal bins */
};

/*
 * prior_odds: of one event, of two reports of a product and mode within weeks
 * when twenty stand in the block; LINKAGE_PRIOR_ODDS unless somebody knows
 * better.  Fewer candidates raise them, more lower them.
 */
#define LINKAGE_PRIOR_ODDS (1. / 200)
void linkage_weights_init(struct linkage_weights *weights, double prior_odds);

/*
 * A new report and the candidates it is compared with, and what they say of
 * how common its values are.
 */
struct linkage_block {
	const struct linkage_weights *weights;    /* borrowed, as all are */
	const struct evidence *fresh;             /* the new one */
	const struct evidence *const *candidates; /* none of them fresh */
	unsigned count;    /* at most BLOCK_CANDIDATES_MAX */
	float group;       /* weight of agreeing in product and mode */
	float place, site; /* weights of agreeing */
	uint8_t similar[BLOCK_CANDIDATES_MAX]; /* equal bins, by candidate */
	uint8_t at_least[MINHASH_BYTES + 1];   /* candidates with so many */
};

/* Look over the candidates: about 10 ns each, and 100 ns. */
void linkage_block_init(struct linkage_block *block,
    const struct linkage_weights *weights, const struct evidence *fresh,
    const struct evidence *const *candidates, unsigned count);

/*
 * Can candidate number i come to LINKAGE_POSSIBLE or more?  A few ns; false
 * for nearly all of a hot block.
 */
bool linkage_is_worth(const struct linkage_block *block, unsigned i);

/* Compare with candidate number i. */
void linkage_compare(struct linkage *linkage, const struct linkage_block *block,
    unsigned i);

/* Compare with one that is no candidate, as another member of a case is. */
void linkage_compare_any(struct linkage *linkage,
    const struct linkage_block *block, const struct evidence *other);

/* One candidate that came to LINKAGE_POSSIBLE or more. */
struct linkage_found {
	unsigned candidate; /* its number in the block */
	struct linkage linkage;
};

/*
 * Compare all that are worth it and keep the best (decision, then bits, then
 * the one held first), in this order, at most max.  Returns how many.
 */
unsigned linkage_search(const struct linkage_block *block,
    struct linkage_found *found, unsigned max);

/* "product and mode", "occurred", ... */
const char *linkage_field_name(enum linkage_field field);
/* "blank", "agreed", "differed" */
const char *linkage_outcome_name(enum linkage_outcome outcome);
/* "none", "possible", "review", "link" */
const char *linkage_decision_name(enum linkage_decision decision);
/* One word, as in "serial", "one-visit". */
const char *linkage_rule_name(enum linkage_rule rule);

/*
 * The formula: weights in bits of agreeing and of differing, for miss and
 * chance in (0, 1).
 */
double linkage_agreement(double miss, double chance);
double linkage_disagreement(double miss);

/* Probability of one event, of bits and prior odds. */
double linkage_probability(double bits, double prior_odds);

#endif
