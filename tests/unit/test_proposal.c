/* Proposals: spellings and variants above one half, other products below. */
#include "daemon/core/proposal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Every word stands in two of 100,000 products. */
static uint32_t
in_two(void *who, struct text word)
{
	(void)who;
	(void)word;
	return 2;
}

static int
make_vocabulary(void **state)
{
	struct yaml_errors errors = { 0 };

	*state = vocabulary_new(NULL, &errors);
	return *state ? 0 : -1;
}

static int
free_vocabulary(void **state)
{
	vocabulary_free(*state);
	return 0;
}

static struct proposal_product
product_of(const char *brand, const char *model, const char *category)
{
	return (struct proposal_product){
		.level = model[0] ? LEVEL_MODEL : LEVEL_BRAND,
		.category = text_of(category),
		.brand = text_of(brand),
		.brand_shown = text_of(brand),
		.model_shown = text_of(model),
	};
}

/* Both ways round, which must be one. */
static struct proposal
score(const struct vocabulary *vocabulary, const struct proposal_product *one,
    const struct proposal_product *other)
{
	const struct match_corpus corpus = { 100000, in_two, NULL };
	static struct proposal_side a, b;
	struct proposal proposal, back;

	proposal_read(one, vocabulary, &corpus, &a);
	proposal_read(other, vocabulary, &corpus, &b);
	proposal_score(&a, &b, &proposal);
	proposal_score(&b, &a, &back);
	assert_true(fabs(proposal.score - back.score) < 1e-12);
	assert_int_equal(proposal.decision, back.decision);
	assert_int_equal(proposal.count, back.count);
	return proposal;
}

static double
score_brands(const struct vocabulary *vocabulary, const char *one,
    const char *other)
{
	struct proposal_product a = product_of(one, "", "kettle");
	struct proposal_product b = product_of(other, "", "kettle");

	return score(vocabulary, &a, &b).score;
}

static double
score_models(const struct vocabulary *vocabulary, const char *const names[4])
{
	struct proposal_product a = product_of(names[0], names[1], "kettle");
	struct proposal_product b = product_of(names[2], names[3], "kettle");

	return score(vocabulary, &a, &b).score;
}

static void
edits(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		unsigned edits;
	} rows[] = { { "", "", 0 }, { "abc", "abc", 0 }, { "", "abc", 3 },
		{ "philips", "phillips", 1 }, { "bosch", "bosh", 1 },
		{ "siemens", "seimens", 1 }, { "ca", "abc", 3 },
		{ "philips", "philipstark", 4 }, { "abcd", "badc", 2 },
		{ "kitten", "sitting", 3 } };
	char longer[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(proposal_edits(text_of(rows[i].a),
				     text_of(rows[i].b)),
		    rows[i].edits);
		assert_int_equal(proposal_edits(text_of(rows[i].b),
				     text_of(rows[i].a)),
		    rows[i].edits);
	}
	memset(longer, 'x', sizeof(longer));
	assert_int_equal(proposal_edits((struct text){ longer, 200 },
			     (struct text){ 0 }),
	    48);
}

static void
brands(void **state)
{
	static const char *const alike[][2] = { { "philips", "phillips" },
		{ "philips", "philps" }, { "bosch", "bosh" },
		{ "morphyrichards", "murphyrichards" },
		{ "morphyrichards", "morpheyritchards" },
		{ "morphy", "morphy richards" }, { "moulinex", "moulienx" } };
	static const char *const other[][2] = { { "philips", "philip stark" },
		{ "sony", "tony" }, { "lg", "lq" }, { "ps3", "ps4" },
		{ "tefal", "texas" }, { "bosch", "braun" },
		{ "philips", "philco" } };

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (score_brands(*state, alike[i][0], alike[i][1]) < .5)
			fail_msg("%s, %s", alike[i][0], alike[i][1]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (score_brands(*state, other[i][0], other[i][1]) >= .5)
			fail_msg("%s, %s", other[i][0], other[i][1]);
	/* The same slip says less of a short word. */
	assert_true(score_brands(*state, "morphyrichards", "morphyrichard") >
	    score_brands(*state, "bosch", "bosh"));
}

static void
brands_that_are_known(void **state)
{
	assert_true(score_brands(*state, "philips", "philipsx") > .5);
	/* Both are in etc/brands.yaml. */
	assert_true(score_brands(*state, "siemens", "philips") < .01);
	struct proposal_product one = product_of("blackdecker", "", "kettle");
	struct proposal_product other = product_of("bosch", "", "kettle");
	struct proposal proposal = score(*state, &one, &other);
	bool is_told = false;

	for (unsigned i = 0; i < proposal.count; i++)
		is_told |= !strcmp(proposal.reason[i].feature, "brands-known");
	assert_true(is_told);
}

static void
models(void **state)
{
	static const char *const alike[][4] = { { "moulinex", "BY612",
						    "moulinx", "BY612" },
		{ "moulinex", "BY612", "moulinex", "BY612B" },
		{ "moulinex", "BY612B", "moulinex", "BY612W" },
		{ "samsung", "Galaxy Tab A7", "samsng", "Galaxy Tab A7" } };
	static const char *const other[][4] = { { "moulinex", "BY612",
						    "moulinex", "BY613" },
		{ "moulinex", "BY612", "krups", "LX900" },
		{ "kenwood", "Chef KM4622", "kenwood", "Chef KM4623" },
		{ "moulinex", "Subito", "moulinex", "Subito 2" } };

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (score_models(*state, alike[i]) < .5)
			fail_msg("%s, %s", alike[i][1], alike[i][3]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (score_models(*state, other[i]) >= .5)
			fail_msg("%s, %s", other[i][1], other[i][3]);
}

static void
what_is_not_compared(void **state)
{
	struct proposal_product brand = product_of("philips", "", "kettle");
	struct proposal_product elsewhere =
	    product_of("philips", "", "toaster");
	struct proposal_product model =
	    product_of("philips", "HD4646", "kettle");
	struct proposal_product category = { .level = LEVEL_CATEGORY,
		.category = TEXT("kettle") };

	assert_true(score(*state, &brand, &elsewhere).score == 0);
	assert_true(score(*state, &brand, &model).score == 0);
	assert_true(score(*state, &category, &category).score == 0);
	assert_int_equal(score(*state, &category, &category).decision,
	    MATCH_NO);
}

static void
reasons_are_the_score(void **state)
{
	struct proposal_product one = product_of("moulinex", "BY612", "kettle");
	struct proposal_product other =
	    product_of("moulinex", "BY612B", "kettle");
	struct proposal proposal = score(*state, &one, &other);
	double sum = -8.2; /* the matcher's odds of a pair of which nothing
			      speaks */

	assert_int_equal(proposal.decision, MATCH_PROPOSE);
	assert_true(proposal.count > 0);
	for (unsigned i = 0; i < proposal.count; i++) {
		const struct proposal_reason *reason = &proposal.reason[i];

		sum += reason->value * reason->weight;
		if (i > 0)
			assert_true(fabs(reason->value * reason->weight) <=
			    fabs(reason[-1].value * reason[-1].weight));
	}
	assert_true(fabs(1 / (1 + exp(-sum)) - proposal.score) < .02);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits),
		cmocka_unit_test(brands),
		cmocka_unit_test(brands_that_are_known),
		cmocka_unit_test(models),
		cmocka_unit_test(what_is_not_compared),
		cmocka_unit_test(reasons_are_the_score),
	};
	return cmocka_run_group_tests(tests, make_vocabulary, free_vocabulary);
}
