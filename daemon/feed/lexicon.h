/*
 * lexicon.h - what the store's ordinals are called, for an export: names of
 * organisations, modes, licences, labels and origins, and of products, and
 * which products were merged.  Held in memory, so that no row of an export
 * costs a look-up.  One thread.
 */
#ifndef TOCSIN_FEED_LEXICON_H
#define TOCSIN_FEED_LEXICON_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/vocabulary.h"
#include "daemon/feed/lineage.h"
#include "daemon/store/db/keys.h"
#include "daemon/store/store.h"

struct lexicon;

/* A greater ordinal is damage. */
enum { LEXICON_ORDINAL_MAX = 1 << 28 };

/* Texts live as long as the lexicon.  Unknown ones are empty. */
struct lexicon_product {
	uint8_t level; /* enum product_level */
	int category;  /* index in the vocabulary, -1 none */
	uint64_t gtin; /* 0 none */
	struct text category_name;
	struct text key_brand;    /* folded, of the reports */
	struct text folded_brand; /* the same, or as a curator named it */
	struct text brand, model; /* as shown */
};

/* NULL when out of memory.  vocabulary is borrowed. */
struct lexicon *lexicon_new(const struct vocabulary *vocabulary);
void lexicon_free(struct lexicon *lexicon); /* NULL is fine */

/* Take in all that a snapshot holds; 0 or an enum store_result. */
int lexicon_load(struct lexicon *lexicon, struct snapshot *snapshot);

/*
 * Take in what was named and merged in these events; a product that is there
 * keeps being shown as it is.  0 or an enum store_result.
 */
int lexicon_catch_up(struct lexicon *lexicon, struct store *store,
    uint64_t from, uint64_t to);

/*
 * Instead of both: take in the names as they were at a sequence, and what
 * products were called then, from the log alone.  0 or an enum store_result.
 */
int lexicon_load_at(struct lexicon *lexicon, struct store *store, uint64_t seq);

/* The name of an ordinal; empty when unknown.  Sources have none here. */
struct text lexicon_text(const struct lexicon *lexicon, enum name_kind kind,
    uint32_t ordinal);

/* What was merged by then; for lineage_root and its like. */
const struct lineage *lexicon_lineage(const struct lexicon *lexicon);

/* Never NULL: an unknown product is empty. */
const struct lexicon_product *lexicon_product(const struct lexicon *lexicon,
    uint32_t product);

#endif
