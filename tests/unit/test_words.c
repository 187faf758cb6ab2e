/* Titles into words, in the form they mean. */
#include "daemon/core/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
	const char *title, *words;
} titles[] = {
	{ "Sony Turntable - PSLX350H", "sony turntable pslx350h" },
	{ "KDL-46XBR4/B", "kdl 46xbr4 b" },
	{ "Black & Decker", "black decker" },
	{ "Collector's Edition and more", "collector edition more" },
	{ "Bouilloire \xc3\x89lectrique 1,7 L", "bouilloire electrique 1 7 l" },
	/* decimals stay whole, zeros behind them mean nothing */
	{ "24.7 cu. ft. 2.50 7.0 10 100 v7.0 2.0.0",
	    "24.7 cu ft 2.50 7 10 100 7 2" },
	{ ".5 5. a.5 1.a", "5 5 a 5 1 a" },
	/* versions and numerals */
	{ "Office v 12 v8 ver II iii x i", "office 12 8 version 2 3 x i" },
	{ "professional prof Pro pk packs blk", "pro pro pro pack pack black" },
	{ "", "" },
	{ " -- ", "" },
	{ "a\xff"
	  "b",
	    "a b" },
};

static void
check_title(const char *title, const char *expected)
{
	struct words words = { 0 };
	char seen[WORDS_BYTES + WORDS_MAX + 1] = "";
	size_t len = 0;
	words_add(&words, text_of(title));
	for (unsigned i = 0; i < words.count; i++)
		len += (size_t)snprintf(seen + len, sizeof(seen) - len,
		    "%s%.*s", i > 0 ? " " : "", TEXT_ARG(words_at(&words, i)));
	assert_string_equal(seen, expected);
}

static void
parts_titles_into_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		check_title(titles[i].title, titles[i].words);
}

static void
appends_to_what_is_there(void **state)
{
	(void)state;
	struct words words = { 0 };
	words_add(&words, TEXT("one two"));
	words_add(&words, TEXT("three"));
	assert_int_equal(words.count, 3);
	assert_true(text_is(words_at(&words, 2), "three"));
}

/* Whatever is sent, no array is overrun and words stay in bounds. */
static void
keeps_within_its_bounds(void **state)
{
	(void)state;
	enum { LONG = 5000 };
	static const char *const units[] = { "a ", "abcdefghijklmnop", "1.",
		"\xef\xb7\xba", "\xff" };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct words words = { 0 };
		char *title = malloc(LONG);
		size_t step = strlen(units[i]);
		assert_non_null(title);
		for (size_t at = 0; at + step <= LONG; at += step)
			memcpy(title + at, units[i], step);
		words_add(&words, (struct text){ title, LONG / step * step });
		assert_in_range(words.count, 0, WORDS_MAX);
		assert_in_range(words.used, 0, WORDS_BYTES);
		for (unsigned j = 0; j < words.count; j++)
			assert_in_range(words_at(&words, j).len, 1, WORD_MAX);
		free(title);
	}
}

static void
knows_colours_in_two_languages(void **state)
{
	(void)state;
	assert_int_equal(words_colour(TEXT("black")), WORDS_BLACK);
	assert_int_equal(words_colour(TEXT("noir")), WORDS_BLACK);
	assert_int_equal(words_colour(TEXT("inox")), WORDS_STEEL);
	assert_int_equal(words_colour(TEXT("yellow")), WORDS_YELLOW);
	assert_int_equal(words_colour(TEXT("argent")), WORDS_SILVER);
	assert_int_equal(words_colour(TEXT("blac")), 0);
	assert_int_equal(words_colour(TEXT("kettle")), 0);
	assert_int_equal(words_colour(TEXT("")), 0);
}

/* The rows are searched by halves: one out of order would not be found. */
static void
every_row_is_found(void **state)
{
	(void)state;
#define FORM(written, meant) check_title(written, meant);
#include "daemon/core/words.def"
#define COLOUR(written, class) \
	assert_int_equal(words_colour(TEXT(written)), WORDS_##class);
#include "daemon/core/words.def"
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_titles_into_words),
		cmocka_unit_test(appends_to_what_is_there),
		cmocka_unit_test(keeps_within_its_bounds),
		cmocka_unit_test(knows_colours_in_two_languages),
		cmocka_unit_test(every_row_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
