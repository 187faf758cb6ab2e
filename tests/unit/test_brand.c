/* What a cell meant for a brand says; real cells and made ones. */
#include "daemon/core/brand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/brand_list.h"
#include "daemon/core/chatter.h"
#include "tests/unit/vocabulary_rig.h"

static const struct {
	const char *cell, *key, *rest;
	unsigned how;
} cells[] = {
	/* 1: nothing is known. */
	{ "", "", "", 0 },
	{ "??", "", "", 0 },
	{ "Don't know", "", "", 0 },
	{ "Unknown / Unknown", "", "", 0 },
	/* 2: a known brand and its spellings; any other as written. */
	{ "Philips", "philips", "", 0 },
	{ "PHILIPS ", "philips", "", 0 },
	{ "Phillips", "philips", "", BRAND_ALIAS },
	{ "Phillpis", "philips", "", BRAND_ALIAS },
	{ "B&O", "bangolufsen", "", BRAND_ALIAS },
	{ "Bang & Olufsen", "bangolufsen", "", 0 },
	{ "Hewlett-Packard", "hp", "", BRAND_ALIAS },
	{ "Black + Decker", "blackdecker", "", 0 },
	{ "Black and Decker", "blackdecker", "", BRAND_ALIAS },
	{ "Murphy Richards", "morphyrichards", "", BRAND_ALIAS },
	{ "K\xc3\xa4rcher", "karcher", "", 0 },
	{ "?OBH Nordic", "obhnordica", "", BRAND_ALIAS },
	{ "Brandname-042", "brandname042", "", 0 },
	{ "Tower", "tower", "", 0 },
	/* Names of others stay theirs. */
	{ "Philip Stark", "philipstark", "", 0 },
	{ "Philips Stark", "philipsstark", "", 0 },
	{ "Samson", "samson", "", 0 },
	{ "BD", "bd", "", 0 },
	{ "Sony Ericsson", "sonyericsson", "", 0 },
	{ "Fujitsu Siemens", "fujitsusiemens", "", 0 },
	{ "Apple Tree Toys", "appletreetoys", "", 0 },
	{ "Villeroy & Boch", "villeroyboch", "", 0 },
	/* 3: chatter. */
	{ "I will have to ask. I am doing this for a friend.", "", "",
	    BRAND_CHATTER },
	{ "? M\xc3\xa5ske flor", "", "", BRAND_CHATTER },
	{ "..?virker", "", "", BRAND_CHATTER },
	{ "Can't remember, maybe Radio Shack?", "", "", BRAND_CHATTER },
	{ "Morphy Richards blanket. Cuisinemart waffle maker", "", "",
	    BRAND_CHATTER },
	{ "Vax vacuum cleaner. BT telephone", "", "", BRAND_CHATTER },
	{ "Dr. Oetker", "droetker", "", 0 },
	{ "Int. Receiver Co.", "intreceiverco", "", 0 },
	{ "The White Company", "thewhitecompany", "", 0 },
	/* 4: a remark in brackets. */
	{ "Parkside (Lidl)", "parkside", "", BRAND_PART },
	{ "Electrolux(R\xc3\xb8"
	  "d)",
	    "electrolux", "", BRAND_PART },
	{ "n/a (Home made)", "", "", BRAND_PART },
	{ "(limes)", "limes", "", 0 },
	{ "Apple (MP3 player)  UBL (stand)", "applemp3playerublstand", "", 0 },
	/* 5: a known brand and what explains itself. */
	{ "Phillips HD4622", "philips", "HD4622", BRAND_ALIAS | BRAND_PART },
	{ "Kenwood chef xl", "kenwood", "chef xl", BRAND_PART },
	{ "Kenwood, chef XL", "kenwood", "chef XL", BRAND_PART },
	{ "Black & decker Hedge Trimmer", "blackdecker", "Hedge Trimmer",
	    BRAND_PART },
	{ "Singer/6234 ( jeg har fuld tegnings\xc3\xa6t af maskinen)", "singer",
	    "6234", BRAND_PART },
	{ "Bosch serie 2", "bosch", "serie 2", BRAND_PART },
	{ "iPhone 6", "apple", "6", BRAND_ALIAS | BRAND_PART },
	{ "Nilfisk / 28V Max easy Comfort", "nilfisk", "28V Max easy Comfort",
	    BRAND_PART },
	{ "Nespresso / Krups Pixie", "nespressokrupspixie", "", 0 },
	{ "Philips/Saeco", "philipssaeco", "", 0 },
	{ "Bosche and Black & Decker", "boscheandblackdecker", "", 0 },
	/* 6: a slash and a model. */
	{ "United / AF2372", "united", "AF2372", BRAND_PART },
	{ "Unknown / AF2372", "", "AF2372", BRAND_PART },
	{ "Acme AF2372", "acmeaf2372", "", 0 },
	{ "Acme 2 / AF2372", "acme2af2372", "", 0 },
	{ "Rohs/Point", "rohspoint", "", 0 },
	/* 7: more words than a name has. */
	{ "luidspreker van het merk Bowers & Wilkins", "", "", BRAND_CHATTER },
};

static void
cells_are_read(void **state)
{
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		struct brand_reading reading;
		brand_read(*state, text_of(cells[i].cell), &reading);
		if (strcmp(reading.key, cells[i].key) != 0 ||
		    reading.how != cells[i].how ||
		    !text_is(reading.rest, cells[i].rest))
			fail_msg("\"%s\": \"%s\", rest \"%.*s\", how %u",
			    cells[i].cell, reading.key, TEXT_ARG(reading.rest),
			    reading.how);
		assert_int_equal(reading.key_len, strlen(cells[i].key));
	}
}

/* A known brand is shown in its own spelling, any other as written. */
static void
brands_are_shown_in_their_own_spelling(void **state)
{
	static const char *const rows[][2] = {
		{ "b&o", "Bang & Olufsen" },
		{ "PHILLIPS hd4622", "Philips" },
		{ "kitchen aid", "KitchenAid" },
		{ "ACME", "ACME" },
		{ "united / AF2372", "united" },
		{ "unknown", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct brand_reading reading;
		brand_read(*state, text_of(rows[i][0]), &reading);
		if (!text_is(reading.shown, rows[i][1]))
			fail_msg("\"%s\" is shown as \"%.*s\"", rows[i][0],
			    TEXT_ARG(reading.shown));
	}
}

/* Whatever a cell holds, reading its brand's own spelling changes nothing. */
static void
reading_a_brand_again_changes_nothing(void **state)
{
	const struct brand_list *list = vocabulary_brands(*state);
	assert_true(list->count > 50);
	for (unsigned i = 0; i < list->count; i++) {
		struct brand_reading reading;
		brand_read(*state, list->names[i], &reading);
		assert_int_equal(reading.how, 0);
		assert_true(text_equal(reading.shown, list->names[i]));
		struct text key = { reading.key, reading.key_len };
		assert_int_equal(brand_list_find(list, key), i);
		/* No brand is a word for unknown, and none begins in doubt. */
		assert_false(vocabulary_is_unknown(*state, list->names[i]));
		assert_false(chatter_is(list, list->names[i]));
	}
}

/* Cells of any bytes and lengths are read within their bounds. */
static void
hostile_cells_are_read(void **state)
{
	static const char *const bits[] = { "a", " ", "/", "(", ")", "?", ".",
		"Philips", "HD4622", "\xff", "\xc3\xb8", ",", "0", "\xf0\x9f" };
	enum { BITS = sizeof(bits) / sizeof(bits[0]) };
	uint32_t dice = 1;
	for (unsigned round = 0; round < 20000; round++) {
		char cell[400];
		size_t len = 0;
		unsigned wanted = (dice >> 8) % 40;
		for (unsigned i = 0; i < wanted; i++) {
			dice = dice * 1664525 + 1013904223;
			const char *bit = bits[(dice >> 16) % BITS];
			memcpy(cell + len, bit, strlen(bit));
			len += strlen(bit);
		}
		/* An exact copy, so that a sanitizer sees its end. */
		char *copy = malloc(len + 1);
		assert_non_null(copy);
		memcpy(copy, cell, len);
		struct brand_reading reading;
		brand_read(*state, (struct text){ copy, len }, &reading);
		assert_true(reading.key_len < BRAND_KEY_MAX);
		assert_int_equal(reading.key[reading.key_len], 0);
		assert_true(reading.rest.len <= len);
		free(copy);
		dice = dice * 1664525 + 1013904223;
	}
}

static struct vocabulary *
load_brands(const char *text, struct yaml_errors *errors)
{
	char path[] = "/tmp/tocsin_brands_XXXXXX";
	int file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	struct vocabulary_files files = { .brands = path };
	struct vocabulary *vocabulary = vocabulary_new(&files, errors);
	unlink(path);
	return vocabulary;
}

static void
a_list_of_ones_own_replaces_the_built_in_one(void **state)
{
	(void)state;
	struct yaml_errors errors = { 0 };
	struct brand_reading reading;
	struct vocabulary *vocabulary =
	    load_brands("brands:\n- {name: Acme, aliases: [Acmee], lines: "
			"[Zap]}\n"
			"doubt: [Who knows]\n",
		&errors);
	assert_non_null(vocabulary);
	brand_read(vocabulary, TEXT("ACMEE zap"), &reading);
	assert_string_equal(reading.key, "acme");
	assert_int_equal(reading.how, BRAND_ALIAS | BRAND_PART);
	brand_read(vocabulary, TEXT("who knows, Acme"), &reading);
	assert_int_equal(reading.how, BRAND_CHATTER);
	brand_read(vocabulary, TEXT("Phillips"), &reading);
	assert_string_equal(reading.key, "phillips");
	vocabulary_free(vocabulary);
	/* A list with nothing in it knows no brand. */
	vocabulary = load_brands("brands: []\n", &errors);
	assert_non_null(vocabulary);
	brand_read(vocabulary, TEXT("B&O A15"), &reading);
	assert_string_equal(reading.key, "boa15");
	vocabulary_free(vocabulary);
	assert_int_equal(errors.count, 0);
}

static void
bad_lists_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{ "- Acme\n", "a map with brands and doubt" },
		{ "brands: Acme\n", "a list of brands" },
		{ "brands:\n- Acme\n", "a brand is a map with a name" },
		{ "brands:\n- {aliases: [A]}\n",
		    "a brand is a map with a name" },
		{ "brands:\n- {name: Acme, alias: [A]}\n",
		    "a brand has name, aliases and lines" },
		{ "brands:\n- {name: Acme, aliases: A}\n", "a list of words" },
		{ "brands:\n- {name: '!'}\n", "no letter or digit" },
		{ "brands:\n- {name: [Acme]}\n", "a text of 1 to 80 bytes" },
		{ "brands:\n- {name: A}\n- {name: B, aliases: [a]}\n",
		    "\"a\" already stands for \"A\"" },
		{ "brand: []\n", "this file has brands and doubt" },
		{ "doubt: [[x]]\n", "a text of 1 to 80 bytes" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct yaml_errors errors = { 0 };
		assert_null(load_brands(rows[i].text, &errors));
		buf_u8(&errors.text, 0);
		if (!strstr((const char *)errors.text.at, rows[i].complaint))
			fail_msg("%s: %s", rows[i].text,
			    (const char *)errors.text.at);
		yaml_errors_free(&errors);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_read),
		cmocka_unit_test(brands_are_shown_in_their_own_spelling),
		cmocka_unit_test(reading_a_brand_again_changes_nothing),
		cmocka_unit_test(hostile_cells_are_read),
		cmocka_unit_test(a_list_of_ones_own_replaces_the_built_in_one),
		cmocka_unit_test(bad_lists_are_refused_with_their_place),
	};
	return cmocka_run_group_tests(tests, load_vocabulary, drop_vocabulary);
}
