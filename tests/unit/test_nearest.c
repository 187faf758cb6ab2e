/* "Did you mean". */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
distances_are_edits(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		const char *b;
		unsigned edits;
	} rows[] = { { "", "", 0 }, { "", "abc", 3 }, { "abc", "abc", 0 },
		{ "ABC", "abc", 0 }, { "abc", "abd", 1 }, { "abc", "ab", 1 },
		{ "abc", "xabc", 1 }, { "ab", "ba", 1 }, { "abcd", "acbd", 1 },
		{ "ca", "abc", 3 }, { "kitten", "sitting", 3 },
		{ "max_conections", "max_connections", 1 },
		{ "\xc3\xa9", "e", 2 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text a = text_of(rows[i].a);
		struct text b = text_of(rows[i].b);
		assert_int_equal(nearest_distance(a, b), rows[i].edits);
		assert_int_equal(nearest_distance(b, a), rows[i].edits);
	}
}

static void
only_64_bytes_are_looked_at(void **state)
{
	(void)state;
	char a[200];
	char b[200];
	memset(a, 'a', sizeof(a));
	memset(b, 'a', sizeof(b));
	b[64] = 'b';
	struct text left = { a, sizeof(a) };
	struct text right = { b, sizeof(b) };
	assert_int_equal(nearest_distance(left, right), 0);
	b[63] = 'b';
	assert_int_equal(nearest_distance(left, right), 1);
	assert_int_equal(nearest_distance(left, (struct text){ 0 }), 64);
}

static void
the_likeliest_word_is_offered(void **state)
{
	(void)state;
	static const char *const words[] = { "watch", "report", "export",
		"import", "stats" };
	static const struct {
		const char *written;
		const char *word;
	} rows[] = { { "wacth", "watch" }, { "repotr", "report" },
		{ "exprot", "export" }, { "Import", "import" },
		{ "inport", "import" }, { "xyz", NULL }, { "", NULL },
		{ "wa", NULL }, { "stts", "stats" }, { "wtach", "watch" },
		{ "wxxch", NULL }, { "expxxx", NULL } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *word =
		    nearest_word(text_of(rows[i].written), words, COUNT(words));
		if (rows[i].word)
			assert_string_equal(word, rows[i].word);
		else
			assert_null(word);
	}
	assert_null(nearest_word(TEXT("watch"), words, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances_are_edits),
		cmocka_unit_test(only_64_bytes_are_looked_at),
		cmocka_unit_test(the_likeliest_word_is_offered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
