/*
 * proposal.h - do two products of a store look so much alike that a curator
 * should see them?  Likeness merges nothing.
 */
#ifndef TOCSIN_CORE_PROPOSAL_H
#define TOCSIN_CORE_PROPOSAL_H

#include "daemon/core/match.h"
#include "daemon/core/product.h"
#include "daemon/core/vocabulary.h"

/* Below it nothing is proposed. */
#define PROPOSAL_LEAST 0.5

/* What a store knows of a product; borrowed. */
struct proposal_product {
	enum product_level level;
	uint64_t gtin;               /* 0 none */
	struct text category, brand; /* folded */
	struct text brand_shown, model_shown;
	struct text model_given; /* as a curator calls it; may be empty */
};

/* A product read.  Borrows the product's texts. */
struct proposal_side {
	struct proposal_product product;
	int brand_known; /* index in the list of brands, -1 none */
	uint32_t editions;
	struct match_record record; /* of model level */
};

/* Read a product.  corpus counts the words of models only. */
void proposal_read(const struct proposal_product *product,
    const struct vocabulary *vocabulary, const struct match_corpus *corpus,
    struct proposal_side *side);

/* Why: a feature of the matcher or of proposal_features.def. */
struct proposal_reason {
	const char *feature; /* static */
	double value, weight;
};

enum { PROPOSAL_REASONS_MAX = 32 };

struct proposal {
	double score; /* 0 to 1 */
	/* MATCH_SAME: one brand, one model number, and nothing against it */
	enum match_decision decision;
	unsigned count; /* of reasons, the heaviest first */
	struct proposal_reason reason[PROPOSAL_REASONS_MAX];
};

/*
 * Score a pair; its order is immaterial.  Only products of one level are
 * compared, model or brand, brands within a category only: all else is 0.
 */
void proposal_score(const struct proposal_side *a,
    const struct proposal_side *b, struct proposal *proposal);

/*
 * Letters to add, remove, replace or change over with a neighbour to make one
 * text of the other, no letter touched twice; only the first 48 bytes count.
 */
unsigned proposal_edits(struct text a, struct text b);

#endif
