/* Terms: what look-alikes share, and nothing that everybody has. */
#include "daemon/core/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool
holds(const struct terms *terms, const char *word)
{
	uint64_t hash = terms_word(text_of(word));

	for (unsigned i = 0; i < terms->count; i++)
		if (terms->hash[i] == hash)
			return true;
	return false;
}

static unsigned
shared(const struct terms *a, const struct terms *b)
{
	unsigned count = 0;

	for (unsigned i = 0; i < a->count; i++)
		for (unsigned j = 0; j < b->count; j++)
			count += a->hash[i] == b->hash[j];
	return count;
}

static struct terms
of_shown(const char *model)
{
	struct terms terms = { 0 };

	terms_add_shown(&terms, text_of(model));
	return terms;
}

static struct terms
of_brand(const char *brand, const char *category)
{
	struct terms terms = { 0 };

	terms_add_brand(&terms, text_of(brand), text_of(category));
	return terms;
}

static void
models(void **state)
{
	(void)state;
	struct terms terms = of_shown("Chef XL KM-4622B");

	assert_true(holds(&terms, "chef"));
	assert_true(holds(&terms, "xl"));
	assert_true(holds(&terms, "km4622b"));
	assert_true(holds(&terms, "km4622"));
	terms = (struct terms){ 0 };
	terms_add_key(&terms, TEXT("by612w"));
	assert_int_equal(terms.count, 2);
	assert_true(holds(&terms, "by612w"));
	assert_true(holds(&terms, "by612"));
	/* Too short to be a number of a series, or too much behind it. */
	terms = (struct terms){ 0 };
	terms_add_key(&terms, TEXT("v8b"));
	terms_add_key(&terms, TEXT("s1000deluxe"));
	terms_add_key(&terms, (struct text){ 0 });
	assert_int_equal(terms.count, 2);
	assert_int_equal(of_shown("").count, 0);
}

static void
terms_are_few(void **state)
{
	(void)state;
	struct terms terms = of_shown(
	    "a b c d e f g h i j k l m o p q r t u w x y z A1000 B2000 C3000");

	assert_int_equal(terms.count, TERMS_MAX);
	for (unsigned i = 0; i < terms.count; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(terms.hash[i] != terms.hash[j]);
}

static void
spellings_share_pieces(void **state)
{
	(void)state;
	static const char *const pairs[][2] = { { "philips", "phillips" },
		{ "bosch", "bosh" }, { "morphyrichards", "murphyrichards" },
		{ "morphyrichards", "morphy" }, { "wurlimat", "vurlimat" },
		{ "moulinex", "moulienx" }, { "siemens", "seimens" } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct terms a = of_brand(pairs[i][0], "kettle");
		struct terms b = of_brand(pairs[i][1], "kettle");
		struct terms c = of_brand(pairs[i][1], "toaster");

		assert_true(shared(&a, &b) > 0);
		assert_int_equal(shared(&a, &c), 0);
	}
}

static void
codes(void **state)
{
	(void)state;
	struct terms terms = { 0 };

	terms_add_gtin(&terms, 4006381333931);
	terms_add_gtin(&terms, 0);
	assert_int_equal(terms.count, 0);
	terms_add_gtin(&terms, 12345601);
	assert_int_equal(terms.count, 1);
	assert_true(terms.hash[0] == terms_gtin(123000004561));
}

static void
brands_of_any_length(void **state)
{
	(void)state;
	char brand[300], category[300];

	memset(brand, 'a', sizeof(brand));
	memset(category, 'c', sizeof(category));
	assert_int_equal(of_brand("", "kettle").count, 0);
	assert_int_equal(of_brand("x", "kettle").count, 1);
	assert_int_equal(of_brand("lg", "").count, 2);
	for (size_t len = 1; len < sizeof(brand); len++) {
		struct terms terms = { 0 };

		terms_add_brand(&terms, (struct text){ brand, len },
		    (struct text){ category, len });
		assert_in_range(terms.count, 1, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models),
		cmocka_unit_test(terms_are_few),
		cmocka_unit_test(spellings_share_pieces),
		cmocka_unit_test(codes),
		cmocka_unit_test(brands_of_any_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
