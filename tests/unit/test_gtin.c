/* Barcodes: the digits that name a product, and the ones that do not. */
#include "daemon/core/gtin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/gtin_vector.h"

static const struct {
	const char *code;
	enum gtin_verdict verdict;
	uint64_t key;
} judged[] = {
	{ "6291041500213", GTIN_KEY, 6291041500213 },
	{ "6291041500214", GTIN_BAD_DIGIT, 0 },
	{ "6291041502013", GTIN_BAD_DIGIT, 0 },
	{ "06291041500213", GTIN_KEY, 6291041500213 },
	{ " 6 291041-500213\t", GTIN_KEY, 6291041500213 },
	/* UPC-A is the same with a zero before it. */
	{ "012345678905", GTIN_KEY, 12345678905 },
	{ "0012345678905", GTIN_KEY, 12345678905 },
	/* UPC-E, each way of squeezing zeros out. */
	{ "04252614", GTIN_KEY, 42100005264 },
	{ "01234565", GTIN_KEY, 12345000065 },
	{ "01234531", GTIN_KEY, 12300000451 },
	{ "01234543", GTIN_KEY, 12340000053 },
	{ "01234505", GTIN_KEY, 12000003455 },
	{ "04252615", GTIN_BAD_DIGIT, 0 },
	/* Behind a 1, only the UPC-E checks, or only the GTIN-8. */
	{ "14252611", GTIN_KEY, 142100005261 },
	{ "13586607", GTIN_KEY, 13586607 },
	{ "13586608", GTIN_BAD_DIGIT, 0 },
	/* GTIN-8, also padded. */
	{ "73513537", GTIN_KEY, 73513537 },
	{ "0000073513537", GTIN_KEY, 73513537 },
	{ "00000073513537", GTIN_KEY, 73513537 },
	{ "73513536", GTIN_BAD_DIGIT, 0 },
	{ "24722926", GTIN_TEXT, 0 },
	{ "00000000", GTIN_TEXT, 0 },
	{ "00000000000000", GTIN_TEXT, 0 },
	/* A package of the item is the item; measure is its own. */
	{ "11002330775067", GTIN_KEY, 1002330775060 },
	{ "98341119196914", GTIN_KEY, 98341119196914 },
	{ "92061597755026", GTIN_TEXT, 0 },
	{ "52420826108750", GTIN_TEXT, 0 },
	/* Shops' own, coupons, serials and books. */
	{ "286383151182", GTIN_TEXT, 0 },
	{ "248814116542", GTIN_TEXT, 0 },
	{ "418741884023", GTIN_TEXT, 0 },
	{ "548145421248", GTIN_TEXT, 0 },
	{ "9780306406157", GTIN_TEXT, 0 },
	{ "9966429170384", GTIN_TEXT, 0 },
	/* No code at all. */
	{ "", GTIN_MALFORMED, 0 },
	{ "1234567", GTIN_MALFORMED, 0 },
	{ "123456789", GTIN_MALFORMED, 0 },
	{ "12345678901", GTIN_MALFORMED, 0 },
	{ "123456789012345", GTIN_MALFORMED, 0 },
	{ "5713795220915 5713795220922", GTIN_MALFORMED, 0 },
	{ "629104150021x", GTIN_MALFORMED, 0 },
	{ "\xef\xbc\x91\xef\xbc\x92", GTIN_MALFORMED, 0 },
};

static void
codes_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		struct gtin_reading reading = { 1, 1 };
		enum gtin_verdict verdict =
		    gtin_read(text_of(judged[i].code), &reading);
		if (verdict != judged[i].verdict ||
		    reading.key != judged[i].key || reading.other != 0)
			fail_msg("%s: verdict %d, key %llu", judged[i].code,
			    (int)verdict, (unsigned long long)reading.key);
	}
}

/* Both readings are kept; what is written is the key. */
static void
eight_digits_may_have_two_readings(void **state)
{
	(void)state;
	struct gtin_reading reading;
	assert_int_equal(gtin_read(TEXT("12345601"), &reading), GTIN_KEY);
	assert_true(reading.key == 12345601);
	assert_true(reading.other == 123000004561);
	/* Its long form has one reading. */
	assert_int_equal(gtin_read(TEXT("123000004561"), &reading), GTIN_KEY);
	assert_true(reading.key == 123000004561);
	assert_true(reading.other == 0);
	assert_true(gtin_second(12345601) == 123000004561);
	assert_true(gtin_second(123000004561) == 0);
	assert_true(gtin_second(4006381333931) == 0);
	assert_true(gtin_second(0) == 0);
}

/* Any one wrong digit is noticed, in every length. */
static void
a_wrong_digit_is_noticed(void **state)
{
	(void)state;
	static const char *const codes[] = { "73513537", "012345678905",
		"6291041500213", "98341119196914" };
	for (size_t i = 0; i < 4; i++) {
		char code[16];
		struct gtin_reading reading;
		size_t len = strlen(codes[i]);
		for (size_t at = 0; at < 9 * len; at++) {
			strcpy(code, codes[i]);
			char *digit = &code[at / 9];
			*digit = (char)('0' +
			    (*digit - '0' + 1 + (int)(at % 9)) % 10);
			enum gtin_verdict verdict =
			    gtin_read((struct text){ code, len }, &reading);
			/* Behind 0 and 1, eight digits may be a UPC-E. */
			bool is_upce = len == 8 && code[0] <= '1';
			assert_true(is_upce || verdict == GTIN_BAD_DIGIT);
		}
	}
}

static void
every_verdict_has_its_rule(void **state)
{
	(void)state;
	for (int v = GTIN_KEY; v <= GTIN_MALFORMED; v++)
		assert_true(strlen(gtin_why((enum gtin_verdict)v)) > 10);
}

static void
vectors_hold(void **state)
{
	(void)state;
	static struct csvread csv;
	unsigned lines = 1;
	if (!csvread_open(&csv, gtin_vector_path))
		skip();
	assert_true(csvread_next(&csv));
	assert_int_equal(csvread_column(&csv, "class_and_base"), 4);
	while (csvread_next(&csv)) {
		assert_int_equal(csv.nfields, 5);
		lines++;
		if (!gtin_vector_holds(&csv))
			fail_msg("line %u: %s", lines, csv.field[0]);
	}
	assert_int_equal(csvread_close(&csv), 0);
	assert_true(lines > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_judged),
		cmocka_unit_test(eight_digits_may_have_two_readings),
		cmocka_unit_test(a_wrong_digit_is_noticed),
		cmocka_unit_test(every_verdict_has_its_rule),
		cmocka_unit_test(vectors_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
