/*
 * linkage_block.c - what the candidates say together, which of them are worth
 * a comparison, and the search over all of them.
 */
#include <math.h>
#include <stdlib.h>

#include "daemon/core/linkage.h"
#include "daemon/core/linkage_parts.h"

enum {
	FULL_BLOCK = 20,    /* candidates for which the prior holds */
	GROUP_LEAST = -2,   /* bits, of a crowded block */
	EARLIER_BELIEF = 4, /* candidates the fixed chances are worth */
	EARLIER_TEXTS = 24, /* as many, of other texts */
};

/* The odds of 19 to 1, that is P of .95. */
#define LINK_ODDS 19.

static const double text_similarity[] = {
#define LINKAGE_TEXT(similarity, bits) similarity,
#include "daemon/core/linkage.def"
};
static const float text_bits[] = {
#define LINKAGE_TEXT(similarity, bits) (float)bits,
#include "daemon/core/linkage.def"
};

static const struct {
	int32_t days;
	double of_duplicates;
} date_row[] = {
#define LINKAGE_DATE(ID, days, of_duplicates) { days, of_duplicates },
#include "daemon/core/linkage.def"
};
enum { DATE_ROWS = sizeof(date_row) / sizeof(date_row[0]) };

static const struct {
	double miss, chance;
} field_row[] = {
#define LINKAGE_FIELD(ID, name, miss, chance) { miss, chance },
#include "daemon/core/linkage.def"
};

float
linkage_similarity_of(unsigned equal_bins)
{
	float share = (float)equal_bins / MINHASH_BYTES;
	const float chance = 1.f / 256;
	return share <= chance ? 0 : (share - chance) / (1 - chance);
}

float
linkage_text_bits(float similarity)
{
	unsigned i = 0;
	while (similarity < (float)text_similarity[i])
		i++;
	return text_bits[i];
}

/*
 * Dates of duplicates are a mixture; those of others are spread over the days
 * of two blocks.
 */
static void
init_dates(struct linkage_weights *weights)
{
	const double days = 32;
	double before = 0; /* days counted by the rows above */
	_Static_assert(DATE_ROWS ==
		sizeof(weights->date) / sizeof(weights->date[0]),
	    "a weight for each row of dates");
	for (unsigned i = 0; i < DATE_ROWS; i++) {
		double until = 2 * date_row[i].days + 1;
		if (until > days)
			until = days;
		weights->date[i] = (float)log2(
		    date_row[i].of_duplicates / ((until - before) / days));
		before = until;
	}
}

void
linkage_weights_init(struct linkage_weights *weights, double prior_odds)
{
	*weights = (struct linkage_weights){
		.prior_bits = (float)log2(prior_odds),
		.link_odds_bits = (float)log2(LINK_ODDS),
		.review_odds_bits = 0,
	};
	for (unsigned i = 0; i < LINKAGE_FIELDS; i++) {
		weights->differed[i] =
		    (float)linkage_disagreement(field_row[i].miss);
		if (field_row[i].chance > 0)
			weights->agreed[i] =
			    (float)linkage_agreement(field_row[i].miss,
				field_row[i].chance);
	}
	for (unsigned i = 0; i <= MINHASH_BYTES; i++)
		weights->text[i] = linkage_text_bits(linkage_similarity_of(i));
	init_dates(weights);
}

int32_t
linkage_days_apart(const struct evidence *a, const struct evidence *b)
{
	struct date one = evidence_occurred(a), other = evidence_occurred(b);
	int32_t apart;
	if (one.precision < DATE_MONTH || other.precision < DATE_MONTH)
		return 0;
	if (one.day > other.day) {
		struct date held = one;
		one = other;
		other = held;
	}
	apart = other.day -
	    (one.precision == DATE_DAY ? one.day : date_last_day(one));
	return apart > 0 ? apart : 0;
}

enum linkage_outcome
linkage_date_bits(const struct linkage_weights *weights,
    const struct evidence *a, const struct evidence *b, float *bits)
{
	unsigned precision_a = a->occurred & 3, precision_b = b->occurred & 3;
	int32_t apart;
	unsigned i = 0;
	if (precision_a < DATE_MONTH || precision_b < DATE_MONTH)
		return LINKAGE_BLANK;
	apart = linkage_days_apart(a, b);
	if (precision_a == DATE_MONTH || precision_b == DATE_MONTH) {
		if (apart == 0)
			return LINKAGE_BLANK;
		*bits = weights->date[DATE_ROWS - 1];
		return LINKAGE_DIFFERED;
	}
	while (i < DATE_ROWS && apart > date_row[i].days)
		i++;
	*bits =
	    i < DATE_ROWS ? weights->date[i] : 2 * weights->date[DATE_ROWS - 1];
	return *bits > 0 ? LINKAGE_AGREED : LINKAGE_DIFFERED;
}

/* --- the block ----------------------------------------------------------- */

struct common {
	unsigned group, place, site;
};

static void
count_common(struct common *common, struct linkage_block *block)
{
	const struct evidence *fresh = block->fresh;
	memset(block->at_least, 0, sizeof(block->at_least));
	for (unsigned i = 0; i < block->count; i++) {
		const struct evidence *other = block->candidates[i];
		unsigned equal = fresh->shingles && other->shingles
		    ? minhash_equal_bins(fresh->signature, other->signature)
		    : 0;
		block->similar[i] = (uint8_t)equal;
		block->at_least[equal]++;
		common->group += other->product == fresh->product &&
		    other->mode == fresh->mode;
		common->place +=
		    fresh->region && other->region == fresh->region;
		common->site += fresh->site && other->site == fresh->site &&
		    linkage_is_one_sender(fresh, other);
	}
}

/* From how many candidates have so many equal bins to how many have more. */
static void
sum_similar(struct linkage_block *block)
{
	for (unsigned i = MINHASH_BYTES; i-- > 0;)
		block->at_least[i] =
		    (uint8_t)(block->at_least[i] + block->at_least[i + 1]);
}

float
linkage_text_most(const struct linkage_block *block,
    const struct evidence *other, unsigned equal_bins)
{
	unsigned shingles = block->fresh->shingles < other->shingles
	    ? block->fresh->shingles
	    : other->shingles;
	unsigned others = block->at_least[equal_bins];
	float most = (float)shingles * LINKAGE_BITS_PER_SHINGLE;
	float common = most;
	if (others > 1)
		common = (float)linkage_agreement(field_row[LINKAGE_TEXT].miss,
		    (double)(others - 1) / (block->count + EARLIER_TEXTS));
	return most < common ? most : common;
}

/*
 * Weight of agreeing in a value which so many of the candidates have, one of
 * them perhaps because it is the same event.
 */
static float
common_bits(enum linkage_field field, unsigned have, unsigned count)
{
	double others = have > 1 ? have - 1 : 0;
	double chance = (others + EARLIER_BELIEF * field_row[field].chance) /
	    (count + EARLIER_BELIEF);
	return (float)linkage_agreement(field_row[field].miss, chance);
}

void
linkage_block_init(struct linkage_block *block,
    const struct linkage_weights *weights, const struct evidence *fresh,
    const struct evidence *const *candidates, unsigned count)
{
	struct common common = { 0 };
	block->weights = weights;
	block->fresh = fresh;
	block->candidates = candidates;
	block->count = count;
	count_common(&common, block);
	sum_similar(block);
	block->group =
	    log2f((float)FULL_BLOCK / (float)(common.group ? common.group : 1));
	if (block->group < GROUP_LEAST)
		block->group = GROUP_LEAST;
	block->place = common_bits(LINKAGE_PLACE, common.place, count);
	block->site = common_bits(LINKAGE_SITE, common.site, count);
}

/*
 * At least what all but group, text and date come to: only what agrees is
 * looked at, so that it is a few comparisons.
 */
static float
most_of_rest(const struct linkage_block *block, const struct evidence *other)
{
	const struct linkage_weights *weights = block->weights;
	const struct evidence *fresh = block->fresh;
	float bits = weights->agreed[LINKAGE_HARM];
	if (fresh->region && other->region)
		bits += fresh->region == other->region ? block->place : 0;
	else
		bits += block->place / 3;
	if (fresh->age && other->age &&
	    abs((int)fresh->age - (int)other->age) <= LINKAGE_AGE_SLACK)
		bits += weights->agreed[LINKAGE_AGE];
	if (fresh->lot && fresh->lot == other->lot)
		bits += weights->agreed[LINKAGE_LOT];
	if (fresh->site == other->site && linkage_is_one_sender(fresh, other))
		bits += block->site;
	return bits;
}

bool
linkage_is_worth(const struct linkage_block *block, unsigned i)
{
	const struct linkage_weights *weights = block->weights;
	const struct evidence *fresh = block->fresh;
	const struct evidence *other = block->candidates[i];
	float bits = block->group + weights->prior_bits, date = 0;
	if (fresh->serial && fresh->serial == other->serial)
		return true;
	if (fresh->is_reporter && fresh->source == other->source)
		return true;
	bits += most_of_rest(block, other);
	if (fresh->shingles && other->shingles)
		bits += weights->text[block->similar[i]];
	if (bits + weights->date[0] < weights->review_odds_bits)
		return false;
	(void)linkage_date_bits(weights, fresh, other, &date);
	return bits + date >= weights->review_odds_bits;
}

static bool
is_better(const struct linkage *a, const struct linkage *b)
{
	if (a->decision != b->decision)
		return a->decision > b->decision;
	return a->bits > b->bits;
}

/* Does next stand before found?  Of equals the one held first. */
static bool
stands_before(const struct linkage_block *block,
    const struct linkage_found *next, const struct linkage_found *found)
{
	if (is_better(&next->linkage, &found->linkage))
		return true;
	return !is_better(&found->linkage, &next->linkage) &&
	    evidence_seq(block->candidates[next->candidate]) <
	    evidence_seq(block->candidates[found->candidate]);
}

unsigned
linkage_search(const struct linkage_block *block, struct linkage_found *found,
    unsigned max)
{
	struct linkage_found next;
	unsigned kept = 0;
	for (unsigned i = 0; i < block->count; i++) {
		unsigned at = kept;
		if (!linkage_is_worth(block, i))
			continue;
		next.candidate = i;
		linkage_compare(&next.linkage, block, i);
		if (next.linkage.decision == LINKAGE_NONE)
			continue;
		while (at > 0 && stands_before(block, &next, &found[at - 1]))
			at--;
		if (at == max)
			continue;
		kept += kept < max;
		memmove(&found[at + 1], &found[at],
		    (kept - 1 - at) * sizeof(found[0]));
		found[at] = next;
	}
	return kept;
}
