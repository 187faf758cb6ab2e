/* Folding names and prose, and what may be shown of a text. */
#include "daemon/core/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/value.h"

enum { OUT = 512 };

struct pair {
	const char *in;
	const char *out;
};

typedef size_t folding(struct text text, char *out, size_t cap);

static size_t
shown_all(struct text text, char *out, size_t cap)
{
	return fold_shown(text, 80, out, cap);
}

static void
check_pair(folding *fold, const struct pair *pair)
{
	char out[OUT];
	size_t len = fold(text_of(pair->in), out, sizeof(out));
	out[len] = 0;
	assert_string_equal(out, pair->out);
}

static void
names_fold_to_letters_and_digits(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{ "", "" },
		{ "Black & Decker", "blackdecker" },
		{ "black/decker", "blackdecker" },
		{ "  De'Longhi\t", "delonghi" },
		{ "K\xc3\xa4rcher", "karcher" },
		{ "Ka\xcc\x88rcher", "karcher" },
		{ "K\xc3\x84RCHER", "karcher" },
		{ "Stra\xc3\x9f"
		  "e",
		    "strasse" },
		{ "STRA\xe1\xba\x9e"
		  "E",
		    "strasse" },
		{ "\xef\xac\x81lter", "filter" },
		{ "\xe2\x85\xa7", "viii" },
		{ "\xef\xbc\xa1\xef\xbc\x93", "a3" },
		{ "Dyson\xe2\x84\xa2", "dyson" },
		{ "Bosch\xc2\xae", "bosch" },
		{ "m\xc2\xb2", "m2" },
		{ "so\xc2\xadny", "sony" },
		{ "so\xe2\x80\x8bny", "sony" },
		{ "\xc4\xb0stanbul", "istanbul" },
		{ "\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
		    "\xcf\x83\xce\xb9\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf"
		    "\x83" },
		{ "\xe5\x9c\x8b\xe9\xa8\xb0", "\xe5\x9c\x8b\xe9\xa8\xb0" },
		{ "? \xe2\x80\xa6 \xf0\x9f\x94\xa5", "" },
		{ "a\xff"
		  "b",
		    "ab" },
		{ "a\xe2\x82", "a" },
		{ "\xed\xa0\x80x", "x" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		check_pair(fold_name, &pairs[i]);
}

static void
scripts_keep_what_makes_a_word(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		/* Precomposed and decomposed Hangul and kana are one. */
		{ "\xed\x95\x9c\xea\xb8\x80", "\xed\x95\x9c\xea\xb8\x80" },
		{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c" },
		{ "\xe3\x82\xac", "\xe3\x82\xac" },
		{ "\xe3\x82\xab\xe3\x82\x99", "\xe3\x82\xac" },
		/* Vowel signs stay: ki and ku are two words. */
		{ "\xe0\xa4\x95\xe0\xa4\xbf", "\xe0\xa4\x95\xe0\xa4\xbf" },
		{ "\xe0\xa4\x95\xe0\xa5\x81", "\xe0\xa4\x95\xe0\xa5\x81" },
		/* Hebrew and Arabic points go. */
		{ "\xd7\xa9\xd6\xb8", "\xd7\xa9" },
		{ "\xd9\x83\xd9\x8e", "\xd9\x83" },
		/* A sign with nothing before it is nothing. */
		{ "\xe0\xa4\xbf", "" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		check_pair(fold_name, &pairs[i]);
}

static void
prose_keeps_words_apart(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{ "", "" },
		{ "...", "" },
		{ "Not working.", "not working" },
		{ "  not -- WORKING !", "not working" },
		{ "caf\xc3\xa9 cr\xc3\xa8me", "cafe creme" },
		{ "\xc3\xa9t\xc3\xa9 \xe2\x80\x94 1\xc2\xa0"
		  "2",
		    "ete 1 2" },
		{ "a\xff\xff"
		  "b",
		    "a b" },
		{ "b\xe2\x80\x99s", "b s" },
		{ "\xe2\x80\x9cx\xe2\x80\x9d", "x" },
		{ "e\xcc\x81 x", "e x" },
		{ "one\ntwo\r\nthree", "one two three" },
		{ "x \xc3\x9f", "x ss" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		check_pair(fold_prose, &pairs[i]);
}

static void
shown_text_hides_nothing(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
		{ "", "" },
		{ " \t\n", "" },
		{ "  Moulinex   BY612 ", "Moulinex BY612" },
		{ "a\x01\x7f"
		  "b\x1b[31m",
		    "ab[31m" },
		{ "e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa6"
		  "c",
		    "abc" },
		{ "a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad"
		  "b",
		    "ab" },
		{ "a\xc2\xa0\xe3\x80\x80"
		  "b",
		    "a b" },
		{ "a\xe2\x80\xa8"
		  "b",
		    "a b" },
		{ "a\xc2\x85"
		  "b",
		    "a b" },
		{ "\xff\xc3\xa9\xc3", "\xc3\xa9" },
		{ "a\xee\x80\x80"
		  "b",
		    "ab" },
		{ "\xf0\x9f\x94\xa5 ok", "\xf0\x9f\x94\xa5 ok" },
		{ "\xef\xac\x81", "\xef\xac\x81" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		check_pair(shown_all, &pairs[i]);
}

static void
shown_text_is_cut_in_characters(void **state)
{
	(void)state;
	char out[OUT];
	assert_int_equal(fold_shown(TEXT("abc def"), 4, out, OUT), 3);
	assert_int_equal(fold_shown(TEXT("abc def"), 5, out, OUT), 5);
	assert_int_equal(fold_shown(TEXT("\xc3\xa9\xc3\xa9 x"), 3, out, OUT),
	    4);
	assert_int_equal(fold_shown(TEXT("\xc3\xa9\xc3\xa9"), 9, out, 3), 2);
	assert_int_equal(fold_shown(TEXT("abc"), 0, out, OUT), 0);
	assert_int_equal(fold_shown(TEXT("abc"), 9, out, 0), 0);

	/* Beyond what is looked at, the start is still shown. */
	char long_text[8192];
	for (size_t i = 0; i < sizeof(long_text); i += 2)
		memcpy(long_text + i, "\xc3\xa9", 2);
	struct text text = { long_text, sizeof(long_text) };
	assert_int_equal(fold_shown(text, 80, out, OUT), 160);
}

/* At every capacity: a prefix of the whole, and no half character. */
static void
check_every_cap(folding *fold, struct text text)
{
	char whole[OUT];
	size_t len = fold(text, whole, sizeof(whole));
	assert_true(utf8_is_valid((struct text){ whole, len }));
	for (size_t cap = 0; cap <= len; cap++) {
		char *out = malloc(cap + 1);
		assert_non_null(out);
		out[cap] = '#';
		size_t got = fold(text, out, cap);
		assert_true(got <= cap);
		assert_int_equal(out[cap], '#');
		assert_memory_equal(out, whole, got);
		assert_true(utf8_is_valid((struct text){ out, got }));
		free(out);
	}
}

static void
any_capacity_cuts_between_characters(void **state)
{
	(void)state;
	const struct text text =
	    TEXT("Caf\xc3\xa9  \xe5\x9c\x8b"
		 "x \xed\x95\x9c-\xe2\x85\xa7 a  b.\xff \xf0\x9f\x94\xa5 end");
	check_every_cap(fold_name, text);
	check_every_cap(fold_prose, text);
	check_every_cap(shown_all, text);
	check_every_cap(fold_name, TEXT("ab cd ef"));
	check_every_cap(fold_prose, TEXT("ab cd ef"));
	check_every_cap(shown_all, TEXT("ab cd ef"));
}

static void
hostile_bytes_give_valid_utf8(void **state)
{
	(void)state;
	static const uint8_t spice[] = { 0x00, 0x20, 0x61, 0x80, 0xbf, 0xc2,
		0xcc, 0x81, 0xe0, 0xe1, 0x84, 0x92, 0xed, 0xef, 0xb7, 0xba,
		0xf0, 0x9f, 0xf4, 0xff };
	uint32_t seed = 20260701;
	char bytes[48];
	for (unsigned round = 0; round < 4000; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (char)spice[(seed >> 16) % sizeof(spice)];
		}
		/* A heap copy of its very length lets ASan see a step past. */
		size_t len = (seed >> 8) % sizeof(bytes);
		char *copy = malloc(len + 1);
		assert_non_null(copy);
		memcpy(copy, bytes, len);
		char out[OUT];
		folding *const folds[] = { fold_name, fold_prose, shown_all };
		for (size_t i = 0; i < 3; i++) {
			size_t cap = round % 2 ? OUT : seed % 40;
			size_t got =
			    folds[i]((struct text){ copy, len }, out, cap);
			assert_true(got <= cap);
			assert_true(utf8_is_valid((struct text){ out, got }));
		}
		free(copy);
	}
}

/* Folding what is folded changes nothing, in ASCII and beyond. */
static void
folding_is_idempotent(void **state)
{
	(void)state;
	static const char *const texts[] = { "Black & Decker No. 5",
		"K\xc3\xa4rcher \xe2\x85\xa7 \xef\xac\x81",
		"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab \xe3\x82\xab\xe3\x82\x99",
		"\xe0\xa4\x95\xe0\xa4\xbf \xe0\xb8\x81\xe0\xb8\xb5" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char once[OUT];
		char twice[OUT];
		size_t len = fold_prose(text_of(texts[i]), once, OUT);
		size_t again =
		    fold_prose((struct text){ once, len }, twice, OUT);
		assert_int_equal(len, again);
		assert_memory_equal(once, twice, len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fold_to_letters_and_digits),
		cmocka_unit_test(scripts_keep_what_makes_a_word),
		cmocka_unit_test(prose_keeps_words_apart),
		cmocka_unit_test(shown_text_hides_nothing),
		cmocka_unit_test(shown_text_is_cut_in_characters),
		cmocka_unit_test(any_capacity_cuts_between_characters),
		cmocka_unit_test(hostile_bytes_give_valid_utf8),
		cmocka_unit_test(folding_is_idempotent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
