/* linkage_parts.h - the inside of linkage, for its two files. */
#ifndef TOCSIN_CORE_LINKAGE_PARTS_H
#define TOCSIN_CORE_LINKAGE_PARTS_H

#include "daemon/core/linkage.h"

/* How alike narratives must be for a link: of other senders, of the same. */
#define LINKAGE_ALIKE_OTHER_SENDER .25f
#define LINKAGE_ALIKE_SAME_SENDER .6f

/* Ages may be off by so many half years. */
enum { LINKAGE_AGE_SLACK = 1 };

/* A narrative that can say less than so many bits allows no link. */
#define LINKAGE_TEXT_LEAST_BITS 4.f

/* A shared shingle says at most so much: short texts are stock phrases. */
#define LINKAGE_BITS_PER_SHINGLE (1.f / 8)

/* minhash_similarity, of the number of equal bins. */
float linkage_similarity_of(unsigned equal_bins);

/* The row of LINKAGE_TEXT. */
float linkage_text_bits(float similarity);

/*
 * A bound on what two narratives with so many equal bins can say: how long
 * they are, and how many others of the block are as like the new one.
 */
float linkage_text_most(const struct linkage_block *block,
    const struct evidence *other, unsigned equal_bins);

/*
 * Days between the two events; 0 when a date is blank, the least possible
 * when one is a month.
 */
int32_t linkage_days_apart(const struct evidence *a, const struct evidence *b);

/* The row of LINKAGE_DATE, into *bits; LINKAGE_BLANK leaves it alone. */
enum linkage_outcome linkage_date_bits(const struct linkage_weights *weights,
    const struct evidence *a, const struct evidence *b, float *bits);

/* One organisation's one space of ids. */
static inline bool
linkage_is_one_sender(const struct evidence *a, const struct evidence *b)
{
	return a->organisation == b->organisation && a->sender == b->sender;
}

#endif
