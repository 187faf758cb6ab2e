#include "daemon/core/linkage.h"

#include <math.h>
#include <stdlib.h>

#include "daemon/core/linkage_parts.h"

enum {
	FOLLOW_UP_DAYS = 90,
	EVENT_DAYS = 21, /* farther apart it is another event */
};

static const char *const field_names[] = {
#define LINKAGE_FIELD(ID, name, miss, chance) name,
#include "daemon/core/linkage.def"
};

static const char *const outcome_names[] = { "blank", "agreed", "differed" };

static const char *const decision_names[] = { "none", "possible", "review",
	"link" };

static const char *const rule_names[] = {
	[LINKAGE_BY_SCORE] = "score",
	[LINKAGE_BY_SERIAL] = "serial",
	[LINKAGE_BY_FOLLOW_UP] = "follow-up",
	[LINKAGE_BY_TEXT] = "text",
	[LINKAGE_UNLIKE_TEXT] = "unlike-text",
	[LINKAGE_STOCK_TEXT] = "stock-text",
	[LINKAGE_ONE_VISIT] = "one-visit",
	[LINKAGE_SPARSE] = "sparse",
	[LINKAGE_OTHER_PRODUCT] = "other-product",
	[LINKAGE_OTHER_SERIAL] = "other-serial",
};

const char *
linkage_field_name(enum linkage_field field)
{
	return field_names[field];
}

const char *
linkage_outcome_name(enum linkage_outcome outcome)
{
	return outcome_names[outcome];
}

const char *
linkage_decision_name(enum linkage_decision decision)
{
	return decision_names[decision];
}

const char *
linkage_rule_name(enum linkage_rule rule)
{
	return rule_names[rule];
}

double
linkage_agreement(double miss, double chance)
{
	return log2((1 - miss * (2 - miss) * (1 - chance)) / chance);
}

double
linkage_disagreement(double miss)
{
	return log2(miss * (2 - miss));
}

double
linkage_probability(double bits, double prior_odds)
{
	double odds = exp2(bits) * prior_odds;
	return odds / (1 + odds);
}

static void
note(struct linkage *linkage, enum linkage_field field,
    enum linkage_outcome outcome, float weight)
{
	linkage->outcome[field] = (uint8_t)outcome;
	linkage->weight[field] = weight;
	linkage->bits += weight;
}

/* Agreed or differed, with these weights. */
static void
note_equal(struct linkage *linkage, enum linkage_field field, bool is_equal,
    const float weights[2])
{
	note(linkage, field, is_equal ? LINKAGE_AGREED : LINKAGE_DIFFERED,
	    weights[!is_equal]);
}

static void
note_fixed(struct linkage *linkage, const struct linkage_block *block,
    enum linkage_field field, bool is_equal)
{
	note_equal(linkage, field, is_equal,
	    (float[]){ block->weights->agreed[field],
		block->weights->differed[field] });
}

static void
compare_group(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	if (a->product == b->product && (!a->mode || !b->mode))
		return;
	note_equal(linkage, LINKAGE_GROUP,
	    a->product == b->product && a->mode == b->mode,
	    (float[]){ block->group, block->weights->differed[LINKAGE_GROUP] });
}

static void
compare_text(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other, unsigned equal_bins)
{
	float weight, most;
	linkage->similarity = -1;
	if (!block->fresh->shingles || !other->shingles)
		return;
	linkage->similarity = linkage_similarity_of(equal_bins);
	weight = linkage_text_bits(linkage->similarity);
	most = linkage_text_most(block, other, equal_bins);
	if (weight > most)
		weight = most;
	note(linkage, LINKAGE_TEXT,
	    weight > 0 ? LINKAGE_AGREED : LINKAGE_DIFFERED, weight);
}

/* The region, else the country, which says less. */
static void
compare_place(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	float differed = block->weights->differed[LINKAGE_PLACE];
	bool has_country = a->country && b->country;
	bool is_same_country = a->country == b->country;
	if (a->region && b->region)
		note_equal(linkage, LINKAGE_PLACE,
		    a->region == b->region && (!has_country || is_same_country),
		    (float[]){ block->place, differed });
	else if (has_country)
		note_equal(linkage, LINKAGE_PLACE, is_same_country,
		    (float[]){ block->place / 3, differed });
}

/* Sites and reporters are names within one sender. */
static void
compare_within(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	bool is_same_sender = linkage_is_one_sender(a, b);
	if (is_same_sender && a->site && b->site)
		note_equal(linkage, LINKAGE_SITE, a->site == b->site,
		    (float[]){ block->site,
			block->weights->differed[LINKAGE_SITE] });
	if (a->is_reporter && b->is_reporter &&
	    (is_same_sender || a->source == b->source))
		note_fixed(linkage, block, LINKAGE_REPORTER,
		    a->source == b->source);
}

/*
 * Do the hazards tell anything?  A mode is mostly a hazard in itself: that two
 * reports of one mode have it in common is no news.
 */
static bool
are_hazards_news(const struct evidence *a, const struct evidence *b)
{
	return a->hazards && b->hazards &&
	    (a->mode != b->mode || !(a->hazards & b->hazards));
}

/* Hazards, severity and injuries tell the same thing: one weight. */
static void
compare_harm(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	if (are_hazards_news(a, b))
		note_fixed(linkage, block, LINKAGE_HARM,
		    (a->hazards & b->hazards) != 0);
	else if (a->severity && b->severity)
		note_fixed(linkage, block, LINKAGE_HARM,
		    a->severity == b->severity);
	else if (a->injured && b->injured)
		note_fixed(linkage, block, LINKAGE_HARM,
		    a->injured == b->injured);
}

static void
compare_marks(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	if (a->serial && b->serial)
		note_fixed(linkage, block, LINKAGE_SERIAL,
		    a->serial == b->serial);
	if (a->lot && b->lot)
		note_fixed(linkage, block, LINKAGE_LOT, a->lot == b->lot);
	if (a->age && b->age)
		note_fixed(linkage, block, LINKAGE_AGE,
		    abs((int)a->age - (int)b->age) <= LINKAGE_AGE_SLACK);
}

/* --- what may be linked -------------------------------------------------- */

static bool
is_sparse(const struct evidence *evidence)
{
	return !evidence->shingles && !evidence->is_model && !evidence->serial;
}

static unsigned
filed_apart(const struct evidence *a, const struct evidence *b)
{
	return (unsigned)abs((int)a->filed - (int)b->filed);
}

static bool
is_one_visit(const struct evidence *a, const struct evidence *b)
{
	return linkage_is_one_sender(a, b) && a->site && a->site == b->site &&
	    a->filed == b->filed;
}

static bool
is_follow_up(const struct evidence *a, const struct evidence *b)
{
	int32_t days = linkage_days_apart(a, b);
	return a->is_reporter && b->is_reporter && a->source == b->source &&
	    a->product == b->product && a->mode && a->mode == b->mode &&
	    filed_apart(a, b) <= FOLLOW_UP_DAYS && days <= EVENT_DAYS;
}

/* What several objects brought on one day look like. */
static bool
is_follow_up_of_one(const struct linkage *linkage,
    const struct linkage_block *block, const struct evidence *other)
{
	return filed_apart(block->fresh, other) > 0 ||
	    (linkage->similarity >= LINKAGE_ALIKE_SAME_SENDER &&
		linkage->outcome[LINKAGE_AGE] != LINKAGE_DIFFERED);
}

/* Alike enough, and worth as much as texts that are so alike mostly are. */
static enum linkage_rule
rule_of_text(const struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	float least = linkage_is_one_sender(block->fresh, other)
	    ? LINKAGE_ALIKE_SAME_SENDER
	    : LINKAGE_ALIKE_OTHER_SENDER;
	float weight = linkage->weight[LINKAGE_TEXT];
	if (linkage->similarity < least)
		return LINKAGE_UNLIKE_TEXT;
	return weight < LINKAGE_TEXT_LEAST_BITS &&
		weight < linkage_text_bits(linkage->similarity)
	    ? LINKAGE_STOCK_TEXT
	    : LINKAGE_BY_TEXT;
}

static enum linkage_rule
rule_of(const struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	const struct evidence *a = block->fresh, *b = other;
	if (is_sparse(a) || is_sparse(b))
		return LINKAGE_SPARSE;
	if (a->product != b->product)
		return LINKAGE_OTHER_PRODUCT;
	if (linkage->outcome[LINKAGE_SERIAL] == LINKAGE_DIFFERED)
		return LINKAGE_OTHER_SERIAL;
	if (linkage->outcome[LINKAGE_SERIAL] == LINKAGE_AGREED)
		return LINKAGE_BY_SERIAL;
	if (is_follow_up(a, b) && is_follow_up_of_one(linkage, block, other))
		return LINKAGE_BY_FOLLOW_UP;
	if (is_one_visit(a, b))
		return LINKAGE_ONE_VISIT;
	return rule_of_text(linkage, block, other);
}

static bool
may_link(enum linkage_rule rule)
{
	return rule == LINKAGE_BY_SERIAL || rule == LINKAGE_BY_FOLLOW_UP ||
	    rule == LINKAGE_BY_TEXT;
}

/*
 * Nobody could tell more from rows that say nothing, and objects that were
 * brought together and described apart are what they seem.
 */
static bool
is_idle_to_ask(const struct linkage *linkage, enum linkage_rule rule)
{
	return rule == LINKAGE_SPARSE ||
	    (rule == LINKAGE_ONE_VISIT &&
		linkage->similarity < LINKAGE_ALIKE_SAME_SENDER);
}

/* A follow-up needs no score: who reports says so. */
static void
decide(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	float odds_bits = linkage->bits + block->weights->prior_bits;
	enum linkage_rule rule = rule_of(linkage, block, other);
	bool is_likely = odds_bits >= block->weights->link_odds_bits;
	linkage->probability = 1 / (1 + exp2f(-odds_bits));
	linkage->rule = (uint8_t)rule;
	if (rule == LINKAGE_BY_FOLLOW_UP || (is_likely && may_link(rule)))
		linkage->decision = LINKAGE_LINK;
	else if (odds_bits < block->weights->review_odds_bits)
		linkage->decision = LINKAGE_NONE;
	else if (is_idle_to_ask(linkage, rule))
		linkage->decision = LINKAGE_POSSIBLE;
	else
		linkage->decision = LINKAGE_REVIEW;
	if (!is_likely && may_link(rule) && rule != LINKAGE_BY_FOLLOW_UP)
		linkage->rule = LINKAGE_BY_SCORE;
}

static void
compare(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other, unsigned equal_bins)
{
	float date = 0;
	enum linkage_outcome outcome =
	    linkage_date_bits(block->weights, block->fresh, other, &date);
	*linkage = (struct linkage){ .bits = 0 };
	compare_group(linkage, block, other);
	note(linkage, LINKAGE_DATE, outcome, date);
	compare_text(linkage, block, other, equal_bins);
	compare_marks(linkage, block, other);
	compare_place(linkage, block, other);
	compare_within(linkage, block, other);
	compare_harm(linkage, block, other);
	decide(linkage, block, other);
}

void
linkage_compare(struct linkage *linkage, const struct linkage_block *block,
    unsigned i)
{
	compare(linkage, block, block->candidates[i], block->similar[i]);
}

void
linkage_compare_any(struct linkage *linkage, const struct linkage_block *block,
    const struct evidence *other)
{
	compare(linkage, block, other,
	    minhash_equal_bins(block->fresh->signature, other->signature));
}
