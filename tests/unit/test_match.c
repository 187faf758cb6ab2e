/* Pairs of products: what speaks for and against, and what is decided. */
#include "daemon/core/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Words of a made up market: everything else stands in two records. */
static uint32_t
frequency(void *who, struct text token)
{
	static const char *const common[] = { "sony", "black", "digital",
		"camera", "the", "dvd", "player", "moulinex", "kettle",
		"panasonic", "telephone", "bosch" };
	(void)who;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (text_is(token, common[i]))
			return 200;
	}
	return 2;
}

static const struct match_corpus corpus = { .records = 2000,
	.frequency = frequency };

static struct match_result
score(const struct match_input *a, const struct match_input *b)
{
	struct match_record left, right;
	struct match_weights weights;
	struct match_result result, again;
	match_weights_init(&weights);
	match_read(a, &corpus, &left);
	match_read(b, &corpus, &right);
	match_score(&left, &right, &weights, &result);
	match_score(&right, &left, &weights, &again);
	/* Never does the order matter. */
	assert_true(result.score == again.score);
	assert_int_equal(result.decision, again.decision);
	assert_true(result.score >= 0 && result.score <= 1);
	return result;
}

static struct match_result
score_titles(const char *a, const char *b)
{
	const struct match_input left = { .title = text_of(a) };
	const struct match_input right = { .title = text_of(b) };
	return score(&left, &right);
}

static const struct {
	const char *a, *b;
	enum match_decision decision;
} pairs[] = {
	{ "Sony Turntable - PSLX350H", "Sony PS-LX350H Turntable", MATCH_SAME },
	{ "sony cyber-shot digital camera dscw120",
	    "Sony DSC-W120 Cyber-Shot Digital Camera", MATCH_SAME },
	/* a colour behind the model wants a look */
	{ "Bosch dishwasher SMS40E32", "Bosch dishwasher SMS40E32EU",
	    MATCH_PROPOSE },
	/* the same text and no number is never more than a proposal */
	{ "Learning Quickbooks Deluxe", "learning quickbooks dlx",
	    MATCH_PROPOSE },
	/* another model, year, colour */
	{ "Moulinex kettle BY612", "Moulinex kettle BY733", MATCH_NO },
	{ "Sony DVPFX820 DVD player red", "Sony DVPFX820 DVD player black",
	    MATCH_PROPOSE },
	{ "Sony DVD player", "Panasonic telephone", MATCH_NO },
	{ "", "", MATCH_NO },
	{ "Sony", "Sony", MATCH_NO },
};

static void
decides_by_number_and_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct match_result result =
		    score_titles(pairs[i].a, pairs[i].b);
		if (result.decision != pairs[i].decision)
			print_error("%s | %s: %.3f\n", pairs[i].a, pairs[i].b,
			    result.score);
		assert_int_equal(result.decision, pairs[i].decision);
	}
}

static const struct {
	const char *a, *b;
	enum match_feature feature;
	double value;
} shown[] = {
	{ "Sony DSC-W120", "sony dscw120", MATCH_MODEL_SAME, 1 },
	{ "Sony DSC W120", "sony dscw120", MATCH_MODEL_SAME, 1 },
	{ "LX350H", "PSLX350H", MATCH_MODEL_NEAR, 1 },
	{ "wtw6700twh", "wtw6700tw", MATCH_MODEL_NEAR, 1 },
	{ "fdb130wh", "fdb130rgs", MATCH_MODEL_NEAR, 1 },
	{ "BY612", "BY733", MATCH_MODEL_CONFLICT, 1 },
	{ "v470 910000692", "v470 910-000298", MATCH_CODE_CONFLICT, 1 },
	{ "v470 910000692", "v470 910-000692", MATCH_CODE_CONFLICT, 0 },
	{ "8 gb card", "4gb card", MATCH_NUMBER_CONFLICT, 1 },
	{ "8 gb card", "8gb card", MATCH_NUMBER_CONFLICT, 0 },
	{ "8 gb card 40 in", "8gb card", MATCH_NUMBER_CONFLICT, 0 },
	{ "office 2007", "office 2003", MATCH_YEAR_CONFLICT, 1 },
	{ "office 2007", "office 2003", MATCH_NUMBER_CONFLICT, 0 },
	{ "windvd 8.0", "windvd v8", MATCH_NUMBER_CONFLICT, 0 },
	{ "noir", "black", MATCH_COLOUR_SAME, 1 },
	{ "red", "black", MATCH_COLOUR_CONFLICT, 1 },
	{ "printshop deluxe", "print shop dlx", MATCH_CONTAINED, 1 },
	{ "printshop deluxe", "print shop dlx", MATCH_COVERED, 1 },
	{ "alpha beta gamma", "alpha", MATCH_CONTAINED, 1 },
	{ "alpha beta", "alpha beta", MATCH_RAREST, 1 },
	{ "alpha beta", "alpha beta", MATCH_BRAND_SAME, 1 },
	{ "alpha beta", "gamma delta", MATCH_BRAND_OTHER, 1 },
	{ "alpha beta", "gamma delta", MATCH_CONTAINED, 0 },
};

static void
shows_what_speaks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct match_result result =
		    score_titles(shown[i].a, shown[i].b);
		if (result.value[shown[i].feature] != shown[i].value)
			print_error("%s | %s: %s %.3f\n", shown[i].a,
			    shown[i].b, match_feature_name(shown[i].feature),
			    result.value[shown[i].feature]);
		assert_true(result.value[shown[i].feature] == shown[i].value);
	}
}

/* Typing slips and cut words count almost as the word. */
static void
forgives_slips(void **state)
{
	(void)state;
	static const char *const near[] = { "imersion", "immersino", "immers",
		"immersions", "immersjon" };
	static const char *const far[] = { "imm", "version", "immolation",
		"mimersion" };
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		assert_true(
		    score_titles("immersion", near[i]).value[MATCH_CONTAINED] >
		    0.89);
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		assert_true(
		    score_titles("immersion", far[i]).value[MATCH_CONTAINED] ==
		    0);
}

static void
uses_every_column(void **state)
{
	(void)state;
	struct match_input a = { .brand = TEXT("Moulinex"),
		.model = TEXT("BY-612"),
		.title = TEXT("bouilloire"),
		.price = 30 };
	struct match_input b = { .title = TEXT("Kettle Moulinex BY612"),
		.price = 30 };
	assert_int_equal(score(&a, &b).decision, MATCH_SAME);
	/* A model cell counts though it looks like none. */
	a.model = TEXT("D4 0");
	b.title = TEXT("Kettle Moulinex D40");
	assert_true(score(&a, &b).value[MATCH_MODEL_SAME] == 1);
	/* Another brand is never merged. */
	b.brand = TEXT("Bosch");
	b.title = TEXT("kettle D40");
	assert_int_not_equal(score(&a, &b).decision, MATCH_SAME);
	/* Prices: e times as dear, and far apart. */
	b.price = 30 * 2.718281828459045;
	assert_true(score(&a, &b).value[MATCH_PRICE] > 0.999);
	b.price = 1e9;
	assert_true(score(&a, &b).value[MATCH_PRICE] == 2);
	b.price = -1;
	assert_true(score(&a, &b).value[MATCH_PRICE] == 0);
}

static void
barcodes_decide(void **state)
{
	(void)state;
	struct match_input a = { .gtin = TEXT("6291041500213") };
	struct match_input b = { .gtin = TEXT("06291041500213") };
	struct text token[MATCH_TOKENS_MAX];
	struct match_record record;
	assert_int_equal(score(&a, &b).decision, MATCH_SAME);
	match_read(&a, NULL, &record);
	assert_int_equal(match_tokens(&record, token), 1);
	assert_true(text_is(token[0], "g06291041500213"));
	b.gtin = TEXT("73513537");
	assert_int_equal(score(&a, &b).decision, MATCH_NO);
	assert_true(score(&a, &b).value[MATCH_GTIN_OTHER] == 1);
	/* A wrong digit says nothing. */
	b.gtin = TEXT("6291041500214");
	assert_true(score(&a, &b).value[MATCH_GTIN_OTHER] == 0);
	/* With brands that differ a person has to look. */
	b = a;
	a.brand = TEXT("Moulinex");
	b.brand = TEXT("Bosch");
	assert_int_equal(score(&a, &b).decision, MATCH_PROPOSE);
}

static void
tokens_stand_once(void **state)
{
	(void)state;
	const struct match_input input = { .brand = TEXT("Sony"),
		.title = TEXT("Sony DSC-W120 sony dscw120") };
	struct match_record record;
	struct text token[MATCH_TOKENS_MAX];
	match_read(&input, NULL, &record);
	unsigned count = match_tokens(&record, token);
	assert_int_equal(count, 4);
	assert_true(text_is(token[0], "dscw120"));
	assert_true(text_is(token[1], "sony"));
	assert_true(text_is(token[2], "dsc"));
	assert_true(text_is(token[3], "w120"));
}

static void
reasons_come_heaviest_first(void **state)
{
	(void)state;
	struct match_weights weights = { .bias = -1,
		.weight = { [MATCH_MODEL_SAME] = 2, [MATCH_PRICE] = -3 } };
	struct match_result result = {
		.value = { [MATCH_MODEL_SAME] = 1, [MATCH_PRICE] = 1 }
	};
	char out[64];
	assert_int_equal(match_reasons(&result, &weights, out, sizeof(out)),
	    strlen("price-apart -3.0, model-same +2.0"));
	assert_string_equal(out, "price-apart -3.0, model-same +2.0");
	/* Cut between reasons, never in one. */
	assert_int_equal(match_reasons(&result, &weights, out, 20), 16);
	assert_string_equal(out, "price-apart -3.0");
	assert_int_equal(match_reasons(&result, &weights, out, 1), 0);
}

static void
rivals_are_a_tenth_as_likely(void **state)
{
	(void)state;
	assert_true(match_is_rival(0.9, 0.9));
	assert_true(match_is_rival(0.9, 0.5));
	assert_false(match_is_rival(0.9, 0.49));
	assert_false(match_is_rival(0.99, 0.9)); /* odds 99 and 9 */
	assert_true(match_is_rival(0.99, 0.91)); /* 10.1 */
	assert_true(match_is_rival(0.5, 0.99));
}

static void
longest_titles_fit(void **state)
{
	(void)state;
	enum { LONG = 4000 };
	char title[LONG];
	for (size_t i = 0; i < LONG; i++)
		title[i] = "a1b2 3.5gb-"[(i * 7 + i / 11) % 11];
	const struct match_input input = { .brand = { title, LONG },
		.model = { title, LONG },
		.title = { title, LONG },
		.gtin = { title, LONG },
		.price = 1 };
	assert_true(score(&input, &input).score > 0.5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_number_and_text),
		cmocka_unit_test(shows_what_speaks),
		cmocka_unit_test(forgives_slips),
		cmocka_unit_test(uses_every_column),
		cmocka_unit_test(barcodes_decide),
		cmocka_unit_test(tokens_stand_once),
		cmocka_unit_test(reasons_come_heaviest_first),
		cmocka_unit_test(rivals_are_a_tenth_as_likely),
		cmocka_unit_test(longest_titles_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
