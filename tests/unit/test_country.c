/* test_country.c - codes as people write them. */
#include "proto/country.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
countries_are_found(void **state)
{
	static const struct {
		const char *code, *alpha2;
		bool is_mapped;
	} row[] = {
		{ "FR", "FR", false },
		{ "AD", "AD", false }, /* the first and the last */
		{ "ZW", "ZW", false },
		{ "fr", "FR", false },
		{ "FRA", "FR", true },
		{ "gbr", "GB", true },
		{ "UK", "GB", true },
		{ "EL", "GR", true },
		{ "XK", "XK", false },
		{ "XKX", "XK", true },
		{ "ZWE", "ZW", true },
	};
	static const char *const none[] = { "", "F", "ZZ", "EU", "AN", "YUG",
		"FRAN", "F1", "\xc3\xa9", "UKX" };
	char out[2];
	bool is_mapped;

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		assert_true(
		    country_find(text_of(row[i].code), out, &is_mapped));
		assert_memory_equal(out, row[i].alpha2, 2);
		assert_int_equal(is_mapped, row[i].is_mapped);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(country_find(text_of(none[i]), out, &is_mapped));
}

/* Every pair of letters: 249 codes, XK, and two that are mapped. */
static void
countries_number_252(void **state)
{
	unsigned found = 0;
	char out[2];
	bool is_mapped;

	(void)state;
	for (char a = 'A'; a <= 'Z'; a++)
		for (char b = 'A'; b <= 'Z'; b++) {
			char code[2] = { a, b };

			found += country_find((struct text){ code, 2 }, out,
			    &is_mapped);
		}
	assert_int_equal(found, 252);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(countries_are_found),
		cmocka_unit_test(countries_number_252),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
