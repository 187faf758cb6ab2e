#include "daemon/core/proposal.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/core/brand_list.h"
#include "daemon/core/fold.h"
#include "daemon/core/gtin.h"

enum feature {
#define FEATURE(id, name, weight, meaning) FEATURE_##id,
#include "daemon/core/proposal_features.def"
	FEATURES
};

static const struct {
	const char *name;
	double weight;
} rows[FEATURES] = {
#define FEATURE(id, name, weight, meaning) { name, weight },
#include "daemon/core/proposal_features.def"
};

static_assert((int)FEATURES + (int)MATCH_FEATURES <= PROPOSAL_REASONS_MAX,
    "every feature may be a reason");

/* --- reading ------------------------------------------------------------- */

/* Words that name another model of a series, each a bit. */
static const char *const editions[] = { "air", "compact", "deluxe", "duo",
	"junior", "large", "lite", "max", "mini", "neo", "plus", "premium",
	"pro", "se", "slim", "small", "sport", "ultra", "xl", "xs" };

/* Numbers of so many digits count the models of a series. */
enum { COUNT_DIGITS = 2 };

enum { EDITIONS = sizeof(editions) / sizeof(editions[0]) };

/* A small number behind the same model number is often a region's: BY612/02. */
static const double number_share = 0.5;

/* Numbers share the bits behind those of the words. */
static uint32_t
edition_of(struct text word)
{
	unsigned number = 0;

	for (unsigned i = 0; i < EDITIONS; i++)
		if (text_is(word, editions[i]))
			return UINT32_C(1) << i;
	if (word.len > COUNT_DIGITS)
		return 0;
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return 0;
		number = number * 10 + (unsigned)(word.at[i] - '0');
	}
	return UINT32_C(1) << (EDITIONS + number % (32 - EDITIONS));
}

/* What only one has. */
static double
weigh_editions(uint32_t apart, bool is_same_number)
{
	bool is_word = apart & ((UINT32_C(1) << EDITIONS) - 1);

	return !apart ? 0 : !is_word && is_same_number ? number_share : 1;
}

void
proposal_read(const struct proposal_product *product,
    const struct vocabulary *vocabulary, const struct match_corpus *corpus,
    struct proposal_side *side)
{
	char gtin[24] = "";
	struct match_input input = { .brand = product->brand_shown,
		.model = product->model_shown,
		.title = product->model_given };

	side->product = *product;
	side->editions = 0;
	side->brand_known =
	    brand_list_find(vocabulary_brands(vocabulary), product->brand);
	if (product->level != LEVEL_MODEL)
		return;
	if (product->gtin)
		input.gtin.len = (size_t)snprintf(gtin, sizeof(gtin),
		    "%014" PRIu64, product->gtin);
	input.gtin.at = gtin;
	match_read(&input, corpus, &side->record);
	for (unsigned i = 0; i < side->record.words.count; i++)
		side->editions |= edition_of(words_at(&side->record.words, i));
}

/* --- brands -------------------------------------------------------------- */

enum { EDIT_BYTES = 48 };

static unsigned
least_of(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned
proposal_edits(struct text a, struct text b)
{
	unsigned row[3][EDIT_BYTES + 1];
	unsigned *before = row[0], *above = row[1], *here = row[2];

	a.len = a.len < EDIT_BYTES ? a.len : EDIT_BYTES;
	b.len = b.len < EDIT_BYTES ? b.len : EDIT_BYTES;
	for (unsigned j = 0; j <= b.len; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *spare = before;

		here[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned other = a.at[i - 1] != b.at[j - 1];

			here[j] = least_of(above[j - 1] + other,
			    least_of(above[j], here[j - 1]) + 1);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1])
				here[j] = least_of(here[j], before[j - 2] + 1);
		}
		before = above;
		above = here;
		here = spare;
	}
	return above[b.len];
}

/* Is small, written out, the first words of large, and long enough to tell? */
static bool
begins(struct text small, struct text large)
{
	enum { LEAST = 5 };
	char a[PRODUCT_SHOWN_BYTES], b[PRODUCT_SHOWN_BYTES];
	size_t na = fold_prose(small, a, sizeof(a));
	size_t nb = fold_prose(large, b, sizeof(b));

	return na >= LEAST && nb > na && b[na] == ' ' && !memcmp(a, b, na);
}

/* Compare the brands, which differ: values of features. */
static void
compare_brands(const struct proposal_side *a, const struct proposal_side *b,
    double value[FEATURES])
{
	enum { USUAL = 8, LONG = 12 };
	struct text one = a->product.brand, other = b->product.brand;
	size_t len = one.len < other.len ? one.len : other.len;

	value[FEATURE_NEARNESS] = 1;
	value[FEATURE_FIRST] = one.at[0] != other.at[0];
	value[FEATURE_KNOWN] = a->brand_known >= 0 && b->brand_known >= 0 &&
	    a->brand_known != b->brand_known;
	value[FEATURE_BEGINS] =
	    begins(a->product.brand_shown, b->product.brand_shown) ||
	    begins(b->product.brand_shown, a->product.brand_shown);
	if (value[FEATURE_BEGINS] > 0)
		return;
	/* The same slip says less of a short word. */
	value[FEATURE_EDITS] = proposal_edits(one, other);
	value[FEATURE_LENGTH] = (double)(len < LONG ? len : LONG) - USUAL;
}

static double
sum_of(const double value[FEATURES])
{
	double sum = 0;

	for (unsigned i = 0; i < FEATURES; i++)
		sum += rows[i].weight * value[i];
	return sum;
}

static double
logistic(double sum)
{
	return 1 / (1 + exp(-sum));
}

/* --- scoring ------------------------------------------------------------- */

/* How the brands of two models stand to each other, as one feature. */
static void
weigh_brands(const struct proposal_side *a, const struct proposal_side *b,
    double value[FEATURES])
{
	double brands[FEATURES] = { 0 };
	double near;

	if (!a->product.brand.len || !b->product.brand.len)
		return;
	compare_brands(a, b, brands);
	near = logistic(sum_of(brands));
	if (near >= PROPOSAL_LEAST)
		value[FEATURE_NEAR] = near;
	else
		value[FEATURE_FAR] = 1;
	value[FEATURE_KNOWN] = brands[FEATURE_KNOWN];
}

static bool
is_second(const struct proposal_product *eight,
    const struct proposal_product *other)
{
	return other->gtin && gtin_second(eight->gtin) == other->gtin;
}

static void
weigh_models(const struct proposal_side *a, const struct proposal_side *b,
    const struct match_result *result, double value[FEATURES])
{
	bool is_same_brand = text_equal(a->product.brand, b->product.brand);
	bool is_same_kind =
	    text_equal(a->product.category, b->product.category);

	if (!is_same_brand)
		weigh_brands(a, b, value);
	value[FEATURE_VARIANT] = result->value[MATCH_MODEL_NEAR] > 0 &&
	    (is_same_brand || value[FEATURE_NEAR] > 0);
	value[FEATURE_SECOND] = is_second(&a->product, &b->product) ||
	    is_second(&b->product, &a->product);
	value[FEATURE_EDITION] = weigh_editions(a->editions ^ b->editions,
	    result->value[MATCH_MODEL_SAME] > 0);
	value[FEATURE_CATEGORY] = is_same_kind;
	value[FEATURE_KIND] = !is_same_kind;
}

static int
heaviest_first(const void *left, const void *right)
{
	const struct proposal_reason *a = left, *b = right;
	double one = fabs(a->value * a->weight);
	double other = fabs(b->value * b->weight);

	return one != other ? (one < other ? 1 : -1)
			    : strcmp(a->feature, b->feature);
}

static void
add_reason(struct proposal *proposal, const char *feature, double value,
    double weight)
{
	if (fabs(value * weight) >= 0.05)
		proposal->reason[proposal->count++] =
		    (struct proposal_reason){ feature, value, weight };
}

static bool
is_comparable(const struct proposal_product *a,
    const struct proposal_product *b)
{
	if (a->level != b->level)
		return false;
	return a->level == LEVEL_MODEL ||
	    (a->level == LEVEL_BRAND && a->brand.len && b->brand.len &&
		text_equal(a->category, b->category));
}

void
proposal_score(const struct proposal_side *a, const struct proposal_side *b,
    struct proposal *proposal)
{
	double value[FEATURES] = { 0 };
	struct match_result result = { .decision = MATCH_PROPOSE };
	struct match_weights weights;
	double sum = 0;

	*proposal = (struct proposal){ 0 };
	if (!is_comparable(&a->product, &b->product))
		return;
	match_weights_init(&weights);
	if (a->product.level == LEVEL_MODEL) {
		match_score(&a->record, &b->record, &weights, &result);
		sum = weights.bias;
		weigh_models(a, b, &result, value);
	} else {
		compare_brands(a, b, value);
	}
	for (unsigned i = 0; i < MATCH_FEATURES; i++) {
		sum += weights.weight[i] * result.value[i];
		add_reason(proposal, match_feature_name((enum match_feature)i),
		    result.value[i], weights.weight[i]);
	}
	for (unsigned i = 0; i < FEATURES; i++)
		add_reason(proposal, rows[i].name, value[i], rows[i].weight);
	qsort(proposal->reason, proposal->count, sizeof(proposal->reason[0]),
	    heaviest_first);
	proposal->score = logistic(sum + sum_of(value));
	if (proposal->score < PROPOSAL_LEAST)
		proposal->decision = MATCH_NO;
	else if (result.decision == MATCH_SAME && value[FEATURE_EDITION] == 0 &&
	    text_equal(a->product.brand, b->product.brand))
		proposal->decision = MATCH_SAME;
	else
		proposal->decision = MATCH_PROPOSE;
}
