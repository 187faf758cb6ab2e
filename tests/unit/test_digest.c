/* Hashes beside their published vectors, hexadecimal, UUIDv7. */
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
rising(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)i;
}

/* The vectors of SipHash's authors: key and message are 00 01 02 ... */
static void
siphash_matches_its_vectors(void **state)
{
	(void)state;
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = { { 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd },
		{ 8, 0x93f5f5799a932462 }, { 15, 0xa129ca6149be45e5 },
		{ 63, 0x958a324ceb064572 } };
	uint8_t key[16];
	uint8_t bytes[64];
	rising(key, sizeof(key));
	rising(bytes, sizeof(bytes));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(
		    digest_sip64(key, bytes, rows[i].len) == rows[i].hash);
	key[0] = 1;
	assert_true(digest_sip64(key, bytes, 15) != rows[3].hash);
}

static void
wide_siphash_matches_its_vectors(void **state)
{
	(void)state;
	static const struct {
		size_t len;
		const char *hash;
	} rows[] = { { 0, "a3817f04ba25a8e66df67214c7550293" },
		{ 1, "da87c1d86b99af44347659119b22fc45" } };
	uint8_t key[16];
	uint8_t bytes[1] = { 0 };
	rising(key, sizeof(key));
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t out[16];
		char hex[33];
		digest_sip128(key, bytes, rows[i].len, out);
		digest_hex(out, sizeof(out), hex);
		assert_string_equal(hex, rows[i].hash);
	}
}

/* RFC 7693 appendix A, and the keyed vectors of BLAKE2's authors. */
static void
blake2b_matches_its_vectors(void **state)
{
	(void)state;
	uint8_t key[64];
	uint8_t out[64];
	char hex[129];
	rising(key, sizeof(key));
	digest_blake2b(NULL, 0, "abc", 3, out, 64);
	digest_hex(out, 64, hex);
	assert_string_equal(hex,
	    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	digest_blake2b(key, sizeof(key), key, 1, out, 64);
	digest_hex(out, 64, hex);
	assert_string_equal(hex,
	    "961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4"
	    "187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd");
	digest_blake2b(NULL, 0, NULL, 0, out, 16);
	digest_hex(out, 16, hex);
	assert_string_equal(hex, "cae66941d9efbd404e4d88758ea67670");
	digest_blake2b(NULL, 0, "abc", 3, out, 32);
	digest_hex(out, 32, hex);
	assert_string_equal(hex,
	    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void
a_chain_step_is_one_hash_over_both(void **state)
{
	(void)state;
	uint8_t joined[37];
	uint8_t whole[32];
	uint8_t step[32];
	memset(joined, 1, 32);
	memcpy(joined + 32, "event", 5);
	digest_blake2b(NULL, 0, joined, sizeof(joined), whole, 32);
	digest_chain(joined, "event", 5, step);
	assert_memory_equal(whole, step, 32);
	char hex[65];
	digest_hex(step, 32, hex);
	assert_string_equal(hex,
	    "cdc0b9857447aec24adc1bc461aa6d2f90c7ac17893c4ebf37442a49560fc68b");
}

/* FIPS 180-2 appendix B. */
static void
sha256_matches_its_vectors(void **state)
{
	(void)state;
	char hex[SHA256_HEX_MAX];
	struct sha256 *sha = sha256_new();
	assert_non_null(sha);
	sha256_add(sha, "a", 1);
	sha256_add(sha, "", 0);
	sha256_add(sha, "bc", 2);
	sha256_finish(sha, hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_free(sha);

	char many[1000];
	memset(many, 'a', sizeof(many));
	sha = sha256_new();
	assert_non_null(sha);
	for (int i = 0; i < 1000; i++)
		sha256_add(sha, many, sizeof(many));
	sha256_finish(sha, hex);
	assert_string_equal(hex,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	sha256_free(sha);
	sha256_free(NULL);
}

static void
hexadecimal_goes_both_ways(void **state)
{
	(void)state;
	uint8_t all[256];
	uint8_t back[256];
	char hex[513];
	rising(all, sizeof(all));
	digest_hex(all, sizeof(all), hex);
	assert_int_equal(strlen(hex), 512);
	assert_int_equal(digest_unhex(text_of(hex), back, 256), 0);
	assert_memory_equal(all, back, 256);
	assert_int_equal(digest_unhex(TEXT("aBcD"), back, 2), 0);
	assert_int_equal(back[0], 0xab);
	assert_int_equal(back[1], 0xcd);
	static const char *const bad[] = { "", "ab", "abc", "abcd0", "abcdef",
		"ab d", "0xab", "abcg", "-1ab" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(digest_unhex(text_of(bad[i]), back, 2), -1);
}

static void
random_bytes_differ(void **state)
{
	(void)state;
	uint8_t a[32] = { 0 };
	uint8_t b[32] = { 0 };
	digest_random(a, sizeof(a));
	digest_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
a_uuid7_carries_its_time(void **state)
{
	(void)state;
	static const int64_t moments[] = { 0, 1, 1795510800123,
		(INT64_C(1) << 48) - 1 };
	for (size_t i = 0; i < COUNT(moments); i++) {
		char out[UUID_MAX];
		char other[UUID_MAX];
		uint8_t raw[16];
		int64_t ms = -1;
		uuid7_make(moments[i], out);
		uuid7_make(moments[i], other);
		assert_int_equal(strlen(out), 36);
		assert_string_not_equal(out, other);
		assert_int_equal(out[14], '7');
		assert_int_equal(uuid7_parse(text_of(out), &ms, raw), 0);
		assert_true(ms == moments[i]);
		assert_int_equal(raw[6] >> 4, 7);
		assert_int_equal(raw[8] >> 6, 2);
	}
}

/* The example of RFC 9562 appendix A.6, in every spelling we take. */
static void
uuid7_spellings_are_one(void **state)
{
	(void)state;
	static const char *const good[] = {
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
		"017F22E279B07CC398C4dc0c0c07398f",
	};
	static const uint8_t expected[] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0,
		0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };
	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t ms = 0;
		uint8_t raw[16] = { 0 };
		assert_int_equal(uuid7_parse(text_of(good[i]), &ms, raw), 0);
		assert_true(ms == 0x017f22e279b0);
		assert_memory_equal(raw, expected, 16);
	}
}

static void
other_ids_are_no_uuid7(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
		"017f22e2-79b0-4cc3-98c4-dc0c0c07398f", /* version 4 */
		"017f22e2-79b0-7cc3-58c4-dc0c0c07398f", /* other variant */
		"017f22e2-79b0-7cc3-d8c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398", /* one short */
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e279b0-7cc3-98c4-dc0c0c07398f-",
		"-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2079b0-7cc3-98c4-dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"{17f22e279b07cc398c4dc0c0c07398f",
		"017f22e279b07cc3-8c4-c0c0c07398f" };
	uint8_t raw[16];
	int64_t ms;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(uuid7_parse(text_of(bad[i]), &ms, raw), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_matches_its_vectors),
		cmocka_unit_test(wide_siphash_matches_its_vectors),
		cmocka_unit_test(blake2b_matches_its_vectors),
		cmocka_unit_test(a_chain_step_is_one_hash_over_both),
		cmocka_unit_test(sha256_matches_its_vectors),
		cmocka_unit_test(hexadecimal_goes_both_ways),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(a_uuid7_carries_its_time),
		cmocka_unit_test(uuid7_spellings_are_one),
		cmocka_unit_test(other_ids_are_no_uuid7),
	};
	if (digest_init())
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
