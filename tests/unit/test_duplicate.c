/* Fingerprints of content, and the keys reports are held under. */
#include "daemon/core/duplicate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/digest.h"

/*
 * MessagePack as one wishes it, from a line of words:
 *   {N [N       a map or list of N in the short form, {^N [^N in 32 bits
 *   'text       a text of one word (_ stands for a blank); "text in 32 bits
 *   =N ~N       a number, in the shortest and in the widest form
 *   f d         0.5 in 32 and in 64 bits; D 3.0 in 64 bits
 *   - t         nil, true
 */
static void
pack_be(struct buf *buf, uint8_t tag, uint64_t value, unsigned bytes)
{
	buf_u8(buf, tag);
	while (bytes-- > 0)
		buf_u8(buf, (uint8_t)(value >> (8 * bytes)));
}

static void
pack_text(struct buf *buf, const char *word, bool is_wide)
{
	size_t len = strlen(word);
	if (is_wide)
		pack_be(buf, 0xdb, len, 4);
	else if (len < 32)
		buf_u8(buf, (uint8_t)(0xa0 | len));
	else
		pack_be(buf, 0xda, len, 2);
	for (; *word; word++)
		buf_u8(buf, (uint8_t)(*word == '_' ? ' ' : *word));
}

static void
pack_number(struct buf *buf, int64_t number, bool is_wide)
{
	if (is_wide)
		pack_be(buf, number < 0 ? 0xd3 : 0xcf, (uint64_t)number, 8);
	else if (number < 0)
		pack_be(buf, 0xd1, (uint64_t)number, 2);
	else if (number < 128)
		buf_u8(buf, (uint8_t)number);
	else
		pack_be(buf, 0xcd, (uint64_t)number, 2);
}

static void
pack_container(struct buf *buf, const char *word)
{
	bool is_map = word[0] == '{';
	bool is_wide = word[1] == '^';
	unsigned long count = strtoul(word + 1 + is_wide, NULL, 10);
	if (is_wide)
		pack_be(buf, is_map ? 0xdf : 0xdd, count, 4);
	else
		buf_u8(buf, (uint8_t)((is_map ? 0x80 : 0x90) | count));
}

static void
pack_word(struct buf *buf, const char *word)
{
	switch (word[0]) {
	case '{':
	case '[':
		pack_container(buf, word);
		break;
	case '\'':
	case '"':
		pack_text(buf, word + 1, word[0] == '"');
		break;
	case '=':
	case '~':
		pack_number(buf, strtoll(word + 1, NULL, 10), word[0] == '~');
		break;
	case 'f':
		pack_be(buf, 0xca, 0x3f000000, 4);
		break;
	case 'd':
		pack_be(buf, 0xcb, 0x3fe0000000000000, 8);
		break;
	case 'D':
		pack_be(buf, 0xcb, 0x4008000000000000, 8);
		break;
	case 't':
		buf_u8(buf, 0xc3);
		break;
	default:
		buf_u8(buf, 0xc0);
	}
}

static const struct pseudonym_key reporter_key = { .sip = "of reporters" };
static const struct pseudonym_key serial_key = { .sip = "of serials" };
static const struct duplicate_keys codes = { &reporter_key, &serial_key };

static struct duplicate_match
match(const char *words)
{
	char line[1024];
	char *rest = line;
	struct buf buf = { 0 };
	struct duplicate_match found;
	assert_true(strlen(words) < sizeof(line));
	strcpy(line, words);
	for (char *word; (word = strsep(&rest, " "));)
		pack_word(&buf, word);
	found = duplicate_match(buf_text(&buf));
	buf_free(&buf);
	return found;
}

static uint64_t
fingerprint_by(const char *words, const struct duplicate_keys *keys)
{
	char line[1024];
	char *rest = line;
	struct buf buf = { 0 };
	assert_true(strlen(words) < sizeof(line));
	strcpy(line, words);
	for (char *word; (word = strsep(&rest, " "));)
		pack_word(&buf, word);
	struct report report = { .raw = buf_text(&buf) };
	struct value value;
	assert_true(value_of(report.raw, &value));
	uint64_t hash = duplicate_fingerprint(&report, keys);
	assert_true(hash != 0);
	assert_true(hash == duplicate_fingerprint(&report, keys));
	buf_free(&buf);
	return hash;
}

static uint64_t
fingerprint(const char *words)
{
	return fingerprint_by(words, &codes);
}

static const char base[] =
    "{5 'id 'r1 'kind 'breakdown 'product {2 'category 'kettle 'brand 'Tefal"
    " 'units =17 'text 'It_does_not_work";

static void
the_same_content_has_one_fingerprint(void **state)
{
	(void)state;
	static const char *const same[] = {
		/* another id, and none */
		"{5 'id 'r2 'kind 'breakdown 'product {2 'category 'kettle "
		"'brand 'Tefal 'units =17 'text 'It_does_not_work",
		"{4 'kind 'breakdown 'product {2 'category 'kettle 'brand "
		"'Tefal 'units =17 'text 'It_does_not_work",
		/* order of keys, widths */
		"{^4 'text \"It_does_not_work \"units ~17 'product {^2 'brand "
		"'Tefal 'category 'kettle 'kind 'breakdown",
		/* punctuation, case, blanks */
		"{4 'kind 'Breakdown 'product {2 'category 'kettle 'brand "
		"'TEFAL. 'units =17 'text '__it_does_not--work!",
		/* what is absent, and what folds to nothing */
		"{8 'kind 'breakdown 'product {4 'category 'kettle 'brand "
		"'Tefal 'model ' 'lot [1 - 'units =17 'region - 'failure {0 "
		"'lang '... 'outcome {1 'status [0 'text 'It_does_not_work",
		/* a lone value is a list of one, digits are a number */
		"{4 'kind [1 'breakdown 'product {2 'category 'kettle 'brand "
		"'Tefal 'units '17 'text 'It_does_not_work",
	};
	uint64_t hash = fingerprint(base);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (fingerprint(same[i]) != hash)
			fail_msg("%s", same[i]);
	}
	assert_true(fingerprint("{1 'a f") == fingerprint("{1 'a d"));
	assert_true(fingerprint("{1 'a D") == fingerprint("{1 'a =3"));
	assert_true(
	    fingerprint("{1 'a [2 'x 'y") == fingerprint("{1 'a [2 'y 'x"));
}

/* Each differs from every other. */
static const char *const differ[] = {
	base,
	"{5 'id 'r1 'kind 'breakdown 'product {2 'category 'toaster "
	"'brand 'Tefal 'units =17 'text 'It_does_not_work",
	"{5 'id 'r1 'kind 'breakdown 'product {2 'brand 'kettle "
	"'category 'Tefal 'units =17 'text 'It_does_not_work",
	"{5 'id 'r1 'kind 'breakdown 'product {2 'category 'kettle "
	"'brand 'Tefal 'units =18 'text 'It_does_not_work",
	"{5 'id 'r1 'kind 'breakdown 'product {2 'category 'kettle "
	"'brand 'Tefal 'units =17 'text 'It_does_work",
	"{6 'id 'r1 'kind 'breakdown 'product {2 'category 'kettle "
	"'brand 'Tefal 'units =17 'text 'It_does_not_work 'x t",
	"{1 'a 'x",
	"{1 'b 'x",
	"{1 'a {1 'b 'x",
	"{1 'a {1 'a 'x",
	"{1 'a [2 'x 'x",
	"{1 'a [3 'x 'x 'x",
	"{1 'a [2 [2 'x 'y 'z",
	"{1 'a [2 [2 'x 'z 'y",
	"{1 'a [3 'x 'y 'z",
	"{2 'a 'x 'b 'y",
	"{2 'a 'y 'b 'x",
	"{1 'a =5",
	"{1 'a =-5",
	"{1 'a d",
	"{1 'a t",
	"{0",
	"{1 'reporter 'M-1",
	"{1 'reporter 'm-1",
	"{1 'reporter 'm1",
	"{1 'product {1 'serial 'A-1",
	"{1 'product {1 'serial 'a-1",
	"{1 'product {1 'serial 'a1",
	"{1 'product {1 'id 'a1",
	"{1 'product {1 'id 'a2",
};

static void
other_content_has_another(void **state)
{
	(void)state;
	enum { COUNT = sizeof(differ) / sizeof(differ[0]) };
	uint64_t hash[COUNT];
	for (size_t i = 0; i < COUNT; i++) {
		hash[i] = fingerprint(differ[i]);
		for (size_t k = 0; k < i; k++) {
			if (hash[i] == hash[k])
				fail_msg("%s\n%s", differ[k], differ[i]);
		}
	}
}

/* Codes cannot be tried out without the keys, and each has its own. */
static void
codes_are_keyed(void **state)
{
	(void)state;
	static const struct pseudonym_key another = { .sip = "another" };
	const struct duplicate_keys reporters = { &another, &serial_key };
	const struct duplicate_keys serials = { &reporter_key, &another };
	static const struct {
		const char *words;
		bool of_reporter, of_serial;
	} cases[] = {
		{ base, false, false },
		{ "{1 'reporter 'M-1", true, false },
		{ "{1 'product {1 'serial 'A-1", false, true },
		{ "{1 'serial 'A-1", false, false },
		{ "{2 'reporter 'M-1 'product {1 'serial 'A-1", true, true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words = cases[i].words;
		uint64_t hash = fingerprint(words);
		assert_int_equal(fingerprint_by(words, &reporters) != hash,
		    cases[i].of_reporter);
		assert_int_equal(fingerprint_by(words, &serials) != hash,
		    cases[i].of_serial);
	}
}

/* A text no buffer holds folded counts to its last byte. */
static void
long_texts_count_to_the_end(void **state)
{
	(void)state;
	enum { LEN = 60000 };
	uint64_t hash[3];
	for (unsigned i = 0; i < 3; i++) {
		struct buf buf = { 0 };
		buf_u8(&buf, 0x81);
		pack_text(&buf, "text", false);
		pack_be(&buf, 0xdb, LEN, 4);
		for (unsigned k = 0; k + 1 < LEN; k++)
			buf_u8(&buf, (uint8_t)('a' + k % 7));
		buf_u8(&buf, (uint8_t)(i == 1 ? 'y' : 'z'));
		assert_false(buf.failed);
		struct report report = { .raw = buf_text(&buf) };
		hash[i] = duplicate_fingerprint(&report, &codes);
		buf_free(&buf);
	}
	assert_true(hash[0] == hash[2]);
	assert_true(hash[0] != hash[1]);
}

static void
deep_nesting_is_no_harm(void **state)
{
	(void)state;
	enum { DEPTH = 5000 };
	uint64_t hash[2];
	for (unsigned i = 0; i < 2; i++) {
		struct buf buf = { 0 };
		buf_u8(&buf, 0x81);
		pack_text(&buf, "x", false);
		for (unsigned k = 0; k < DEPTH; k++)
			buf_u8(&buf, 0x91);
		buf_u8(&buf, (uint8_t)i);
		struct report report = { .raw = buf_text(&buf) };
		hash[i] = duplicate_fingerprint(&report, &codes);
		buf_free(&buf);
	}
	assert_true(hash[0] != hash[1]);
}

/* Fingerprints are stored: the same on every machine and in every version. */
static void
a_fingerprint_is_for_ever(void **state)
{
	(void)state;
	char hex[17];
	snprintf(hex, sizeof(hex), "%016llx",
	    (unsigned long long)fingerprint(base));
	assert_string_equal(hex, "62e27ad259312be2");
}

static const uint8_t hash_key[16] = { 1, 2, 3 };

static void
key_of(const char *organisation, const char *source, const char *id,
    uint8_t out[16])
{
	duplicate_key(hash_key, text_of(organisation), text_of(source),
	    text_of(id), out);
}

static void
keys_are_of_organisation_source_and_id(void **state)
{
	(void)state;
	static const char *const parts[][3] = { { "local", "local", "17" },
		{ "local", "local", "18" }, { "local", "locals", "17" },
		{ "locals", "local", "17" }, { "", "local", "17" },
		{ "local", "", "17" }, { "locallocal", "", "17" },
		{ "", "locallocal", "17" }, { "local", "local1", "7" },
		{ "17", "local", "local" } };
	enum { COUNT = sizeof(parts) / sizeof(parts[0]) };
	uint8_t keys[COUNT][16];
	uint8_t again[16];
	for (size_t i = 0; i < COUNT; i++) {
		key_of(parts[i][0], parts[i][1], parts[i][2], keys[i]);
		key_of(parts[i][0], parts[i][1], parts[i][2], again);
		assert_memory_equal(keys[i], again, 16);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k], 16);
	}
	const uint8_t other_key[16] = { 9 };
	duplicate_key(other_key, TEXT("local"), TEXT("local"), TEXT("17"),
	    again);
	assert_memory_not_equal(again, keys[0], 16);
}

static void
keys_of_uuid7_grow_with_time(void **state)
{
	(void)state;
	static const char early[] = "0192f3a4-5b6c-7d8e-9fa0-b1c2d3e4f5a6";
	static const char later[] = "0192f3a4-5b6d-7000-8000-000000000000";
	static const char random[] = "0192f3a4-5b6c-4d8e-9fa0-b1c2d3e4f5a6";
	static const uint8_t time[] = { 0x81, 0x92, 0xf3, 0xa4, 0x5b, 0x6c };
	uint8_t a[16], b[16];
	key_of("a", "a", early, a);
	assert_memory_equal(a, time, sizeof(time));
	key_of("b", "a", early, b);
	assert_memory_equal(b, time, sizeof(time));
	assert_memory_not_equal(a, b, 16);
	key_of("a", "a", later, b);
	assert_true(memcmp(a, b, 16) < 0);
	assert_true(a[0] & DUPLICATE_TIMED);
	key_of("a", "a", random, b);
	assert_memory_not_equal(b, time, sizeof(time));
}

/* Keys without a time stand before those with one, however early. */
static void
keys_with_a_time_come_last(void **state)
{
	(void)state;
	static const char first[] = "00000000-0000-7000-8000-000000000000";
	uint8_t timed[16], other[16];
	char id[16];
	key_of("a", "a", first, timed);
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "%d", i);
		key_of("a", "a", id, other);
		assert_false(other[0] & DUPLICATE_TIMED);
		assert_true(memcmp(other, timed, 16) < 0);
	}
}

/* What sources rename between releases is no part of a match. */
static void
a_match_survives_a_release(void **state)
{
	(void)state;
	static const char before[] =
	    "{5 'id 'r1 'text 'leaks 'partner_product_category 'K 'product "
	    "{2 'category 'kettle 'brand 'Tefal 'origin {2 'group 'North "
	    "'source 'cafe";
	static const char *const same[] = {
		"{5 'id 'r9 'text 'Leaks. 'partner_product_category 'L "
		"'product {2 'category 'toaster 'brand 'TEFAL 'origin "
		"{2 'group 'South 'source 'cafe",
		"{4 'text 'leaks 'product_category_id '17 'product "
		"{1 'brand 'Tefal 'origin {1 'source 'cafe",
		/* a reporter's pseudonym is another with another key */
		"{4 'text 'leaks 'reporter '9f11 'product "
		"{1 'brand 'Tefal 'origin {1 'source 'cafe",
	};
	static const char *const other[] = {
		"{5 'id 'r1 'text 'smokes 'partner_product_category 'K "
		"'product {2 'category 'kettle 'brand 'Tefal 'origin "
		"{2 'group 'North 'source 'cafe",
		"{5 'id 'r1 'text 'leaks 'partner_product_category 'K "
		"'product {2 'category 'kettle 'brand 'Bosch 'origin "
		"{2 'group 'North 'source 'cafe",
		"{3 'group 'x 'text 'leaks 'product {1 'brand 'Tefal",
	};
	struct duplicate_match held = match(before);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(match(same[i]).hash == held.hash);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_true(match(other[i]).hash != held.hash);
	assert_int_not_equal(match(same[0]).tag >> 16, held.tag >> 16);
	assert_int_not_equal(match(same[0]).tag & 0xffff, held.tag & 0xffff);
	assert_int_equal(match(other[0]).tag, held.tag);
}

static void
releases_have_keys_of_their_own(void **state)
{
	(void)state;
	struct duplicate_name name = { TEXT("org"), TEXT("cafe"), TEXT("1") };
	struct duplicate_name timed = { TEXT("org"), TEXT("cafe"),
		TEXT("01890a5d-ac96-774b-bcce-b302099a8057") };
	uint8_t one[16], two[16], plain[16];
	duplicate_release_key(hash_key, &name, 1, one);
	duplicate_release_key(hash_key, &name, 1, two);
	assert_memory_equal(one, two, 16);
	duplicate_release_key(hash_key, &name, 2, two);
	assert_memory_not_equal(one, two, 16);
	duplicate_key(hash_key, name.organisation, name.source, name.id, plain);
	assert_memory_not_equal(one, plain, 16);
	duplicate_release_key(hash_key, &timed, 1, one);
	assert_false(one[0] & DUPLICATE_TIMED);
}

static int
init(void **state)
{
	(void)state;
	return digest_init();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_content_has_one_fingerprint),
		cmocka_unit_test(other_content_has_another),
		cmocka_unit_test(long_texts_count_to_the_end),
		cmocka_unit_test(deep_nesting_is_no_harm),
		cmocka_unit_test(a_fingerprint_is_for_ever),
		cmocka_unit_test(codes_are_keyed),
		cmocka_unit_test(keys_are_of_organisation_source_and_id),
		cmocka_unit_test(keys_of_uuid7_grow_with_time),
		cmocka_unit_test(keys_with_a_time_come_last),
		cmocka_unit_test(a_match_survives_a_release),
		cmocka_unit_test(releases_have_keys_of_their_own),
	};
	return cmocka_run_group_tests(tests, init, NULL);
}
