/* match_score.c - two records -> what speaks for and against one product. */
#include <math.h>

#include "daemon/core/match.h"
#include "daemon/core/match_part.h"

/* How much a word that is nearly the other's counts as it. */
static const float near_share = 0.9F;

/* So much of a title is the whole of it. */
static const double whole_share = 0.95;

/* Words that begin alike or are one slip apart are taken for one. */
enum { PREFIX_MIN = 4, SLIP_MIN = 5 };

/* How far each word of a record is covered by the other's words, 0 to 1. */
struct cover {
	float word[WORDS_MAX];
	double share;  /* of the sum of squared weights */
	double told;   /* sum of the weights of covered words */
	double rarest; /* weight of the rarest covered word */
};

static bool
has_hash(const uint64_t *list, unsigned count, uint64_t hash)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i] == hash)
			return true;
	}
	return false;
}

static unsigned
joins2(const struct match_record *record)
{
	return record->words.count > 1 ? record->words.count - 1U : 0;
}

static unsigned
joins3(const struct match_record *record)
{
	return record->words.count > 2 ? record->words.count - 2U : 0;
}

/* Does the record write this word, as one or in parts? */
static bool
is_written(const struct match_record *record, uint64_t hash)
{
	return has_hash(record->hash, record->words.count, hash) ||
	    has_hash(record->join2, joins2(record), hash) ||
	    has_hash(record->join3, joins3(record), hash);
}

static bool
has_digit(struct text word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] >= '0' && word.at[i] <= '9')
			return true;
	}
	return false;
}

/* One letter more, less or other, or two neighbours changed over. */
static bool
is_slip(struct text a, struct text b)
{
	size_t i = 0;
	if (a.len > b.len) {
		struct text c = a;
		a = b;
		b = c;
	}
	while (i < a.len && a.at[i] == b.at[i])
		i++;
	if (b.len == a.len + 1)
		return !memcmp(a.at + i, b.at + i + 1, a.len - i);
	if (b.len != a.len || i == a.len)
		return b.len == a.len;
	if (!memcmp(a.at + i + 1, b.at + i + 1, a.len - i - 1))
		return true;
	return i + 1 < a.len && a.at[i] == b.at[i + 1] &&
	    a.at[i + 1] == b.at[i] &&
	    !memcmp(a.at + i + 2, b.at + i + 2, a.len - i - 2);
}

static bool
is_nearly(struct text a, struct text b)
{
	struct text small = a.len < b.len ? a : b;
	struct text large = a.len < b.len ? b : a;
	if (small.at[0] != large.at[0] || has_digit(large))
		return false;
	bool is_prefix = !memcmp(small.at, large.at, small.len);
	if (is_prefix && small.len >= PREFIX_MIN)
		return true;
	if (is_prefix && small.len == 3 && large.len == 4)
		return large.at[3] == 's';
	return small.len >= SLIP_MIN && large.len - small.len <= 1 &&
	    is_slip(small, large);
}

static bool
has_nearly(const struct match_record *record, struct text word)
{
	if (word.len < 3 || has_digit(word))
		return false;
	for (unsigned i = 0; i < record->words.count; i++) {
		struct text other = words_at(&record->words, i);
		if (other.len >= 3 && is_nearly(word, other))
			return true;
	}
	return false;
}

static void
cover_by_words(const struct match_record *a, const struct match_record *b,
    float word[])
{
	unsigned count = a->words.count;
	for (unsigned i = 0; i < count; i++) {
		bool is_long = a->words.word[i].len > 2;
		if (has_hash(b->hash, b->words.count, a->hash[i]) ||
		    (is_long && is_written(b, a->hash[i])))
			word[i] = 1;
		if (i + 1 < count &&
		    has_hash(b->hash, b->words.count, a->join2[i]))
			word[i] = word[i + 1] = 1;
		if (i + 2 < count &&
		    has_hash(b->hash, b->words.count, a->join3[i]))
			word[i] = word[i + 1] = word[i + 2] = 1;
	}
}

/* What of a's words b has, its brand counting as words of its title. */
static void
cover(const struct match_record *a, const struct match_record *b,
    struct cover *cover)
{
	double all = 0;
	double got = 0;
	memset(cover, 0, sizeof(*cover));
	cover_by_words(a, b, cover->word);
	for (unsigned i = 0; i < a->words.count; i++) {
		float *word = &cover->word[i];
		bool is_brand =
		    (b->has_brand &&
			has_hash(b->brand, b->brands, a->hash[i])) ||
		    (a->has_brand && has_hash(a->brand, a->brands, a->hash[i]));
		if (*word == 0 && is_brand && b->has_brand)
			*word = has_hash(b->brand, b->brands, a->hash[i]);
		if (*word == 0 && has_nearly(b, words_at(&a->words, i)))
			*word = near_share;
		double weight = (double)a->weight[i];
		all += weight * weight;
		got += (double)*word * weight * weight;
		cover->told += (double)*word * weight;
		if (*word > 0 && !is_brand)
			cover->rarest =
			    fmax(cover->rarest, (double)*word * weight);
	}
	cover->share = all > 0 ? got / all : 0;
}

/* --- model numbers ------------------------------------------------------- */

enum near_model { NEAR_NONE, NEAR_CONFLICT, NEAR_SERIES, NEAR_SAME };

static bool
is_letters(struct text word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < 'a' || word.at[i] > 'z')
			return false;
	}
	return true;
}

/*
 * Past model_compare: a longer suffix of letters, another suffix on each, or
 * a prefix one of them leaves out, as in PS-LX350H and LX350H.
 */
static bool
is_series(struct text a, struct text b)
{
	struct text small = a.len < b.len ? a : b;
	struct text large = a.len < b.len ? b : a;
	size_t same = 0;
	while (same < small.len && small.at[same] == large.at[same])
		same++;
	struct text left = { small.at + same, small.len - same };
	struct text right = { large.at + same, large.len - same };
	if (same >= MODEL_PREFIX_MIN &&
	    has_digit((struct text){ small.at, same }) && is_letters(left) &&
	    is_letters(right) && left.len <= 2 &&
	    right.len <= (left.len > 0 ? 3 : 4))
		return true;
	return small.len >= MODEL_PREFIX_MIN &&
	    !memcmp(large.at + (large.len - small.len), small.at, small.len);
}

static enum near_model
compare_models(const struct model_token *a, const struct model_token *b)
{
	switch (model_compare(a, b)) {
	case MODEL_SAME:
		return NEAR_SAME;
	case MODEL_VARIANT:
		return NEAR_SERIES;
	case MODEL_CONFLICT:
	case MODEL_UNRELATED:
		break;
	}
	if (is_series((struct text){ a->at, a->len },
		(struct text){ b->at, b->len }))
		return NEAR_SERIES;
	return model_compare(a, b) == MODEL_CONFLICT ? NEAR_CONFLICT
						     : NEAR_NONE;
}

/* Which of a's models b writes: a set of bits. */
static uint32_t
models_written(const struct match_record *a, const struct match_record *b)
{
	uint32_t set = 0;
	for (unsigned i = 0; i < a->models; i++) {
		if (has_hash(b->model_hash, b->models, a->model_hash[i]) ||
		    is_written(b, a->model_hash[i]))
			set |= 1U << i;
	}
	return set;
}

static void
weigh_models(const struct match_record *a, const struct match_record *b,
    double value[])
{
	uint32_t in_b = models_written(a, b);
	uint32_t in_a = models_written(b, a);
	enum near_model best = in_a || in_b ? NEAR_SAME : NEAR_NONE;
	bool has_conflict = false;
	for (unsigned i = 0; i < a->models; i++) {
		for (unsigned j = 0; j < b->models; j++) {
			bool is_open = !(in_b & 1U << i) && !(in_a & 1U << j);
			enum near_model near =
			    compare_models(&a->model[i], &b->model[j]);
			has_conflict |= is_open && near == NEAR_CONFLICT;
			if (near > best)
				best = near;
		}
	}
	value[MATCH_MODEL_SAME] = best == NEAR_SAME;
	value[MATCH_MODEL_NEAR] = best == NEAR_SERIES;
	value[MATCH_MODEL_CONFLICT] = best == NEAR_CONFLICT;
	value[MATCH_CODE_CONFLICT] = best == NEAR_SAME && has_conflict;
}

/* --- the rest ------------------------------------------------------------ */

static void
weigh_numbers(const struct match_record *a, const struct match_record *b,
    double value[])
{
	for (unsigned i = 0; i < a->numbers; i++) {
		uint64_t kind = a->number[i].kind;
		bool is_counted = false;
		bool is_shared = false;
		/* Any number of this kind in common will do. */
		for (unsigned j = 0; j < b->numbers; j++) {
			if (b->number[j].kind != kind)
				continue;
			is_counted = true;
			for (unsigned k = 0; k < a->numbers; k++)
				is_shared |= a->number[k].kind == kind &&
				    a->number[k].value == b->number[j].value;
		}
		if (is_counted && !is_shared)
			value[kind ? MATCH_NUMBER_CONFLICT
				   : MATCH_YEAR_CONFLICT] = 1;
	}
}

static void
weigh_brands(const struct match_record *a, const struct match_record *b,
    double value[])
{
	bool is_same = false;
	if (a->brands == 0 || b->brands == 0)
		return;
	for (unsigned i = 0; i < a->brands; i++)
		is_same |= has_hash(b->brand, b->brands, a->brand[i]) ||
		    has_hash(b->hash, b->words.count, a->brand[i]);
	for (unsigned i = 0; i < b->brands; i++)
		is_same |= has_hash(a->hash, a->words.count, b->brand[i]);
	value[MATCH_BRAND_SAME] = is_same;
	value[MATCH_BRAND_OTHER] = !is_same;
}

static double
phrase_share(const struct match_record *a, const struct match_record *b)
{
	unsigned shared = 0;
	unsigned least = joins2(a) < joins2(b) ? joins2(a) : joins2(b);
	for (unsigned i = 0; i < joins2(a); i++)
		shared += has_hash(b->pair, joins2(b), a->pair[i]);
	double share = shared / (1.0 + least);
	return share < 1 ? share : 1;
}

/*
 * Words that are common each can be rare together, as they are of groceries:
 * so many of them that nobody else should have them all by chance.
 */
static double
wholeness(const struct cover *cover, double rare)
{
	return cover->share < whole_share ? 0
					  : fmin(cover->told / (2 * rare), 1);
}

void
match_compare(const struct match_record *a, const struct match_record *b,
    double value[MATCH_FEATURES])
{
	struct cover of_a, of_b;
	memset(value, 0, MATCH_FEATURES * sizeof(*value));
	cover(a, b, &of_a);
	cover(b, a, &of_b);
	value[MATCH_CONTAINED] = fmax(of_a.share, of_b.share);
	value[MATCH_COVERED] = fmin(of_a.share, of_b.share);
	double rare = fmax((double)a->rare, (double)b->rare);
	value[MATCH_RAREST] =
	    rare > 0 ? fmin(fmax(of_a.rarest, of_b.rarest) / rare, 1) : 0;
	/* Which side the pairs are counted on must not depend on the order. */
	value[MATCH_PHRASE] = fmin(phrase_share(a, b), phrase_share(b, a));
	value[MATCH_WHOLE] =
	    rare > 0 ? fmax(wholeness(&of_a, rare), wholeness(&of_b, rare)) : 0;
	weigh_models(a, b, value);
	weigh_numbers(a, b, value);
	weigh_brands(a, b, value);
	if (a->price > 0 && b->price > 0)
		value[MATCH_PRICE] =
		    fmin(fabs(log(a->price) - log(b->price)), 2);
	if (a->colours && b->colours) {
		bool is_shared = (a->colours & b->colours) != 0;
		value[MATCH_COLOUR_SAME] = is_shared;
		value[MATCH_COLOUR_CONFLICT] = !is_shared;
	}
	if (a->gtin && b->gtin) {
		value[MATCH_GTIN_SAME] = a->gtin == b->gtin;
		value[MATCH_GTIN_OTHER] = a->gtin != b->gtin;
	}
}
