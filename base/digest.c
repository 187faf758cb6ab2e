#include "base/digest.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static_assert(crypto_shorthash_siphash24_KEYBYTES == DIGEST_SIP_KEY_BYTES,
    "SipHash key");
static_assert(crypto_generichash_blake2b_BYTES_MIN == 16, "BLAKE2b range");

enum { CHAIN_BYTES = 32, UUID_BYTES = 16, UUID7_TIME_BYTES = 6 };

int
digest_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

void
digest_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void
digest_forget(void *bytes, size_t len)
{
	sodium_memzero(bytes, len);
}

uint64_t
digest_sip64(const uint8_t key[16], const void *bytes, size_t len)
{
	uint64_t hash;
	uint8_t out[crypto_shorthash_siphash24_BYTES];
	crypto_shorthash_siphash24(out, bytes, len, key);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

void
digest_sip128(const uint8_t key[16], const void *bytes, size_t len,
    uint8_t out[16])
{
	crypto_shorthash_siphashx24(out, bytes, len, key);
}

void
digest_blake2b(const uint8_t *key, size_t key_len, const void *bytes,
    size_t len, uint8_t *out, size_t out_len)
{
	int rc =
	    crypto_generichash_blake2b(out, out_len, bytes, len, key, key_len);
	assert(rc == 0);
}

void
digest_chain(const uint8_t a[32], const void *b, size_t len, uint8_t out[32])
{
	crypto_generichash_blake2b_state state;
	crypto_generichash_blake2b_init(&state, NULL, 0, CHAIN_BYTES);
	crypto_generichash_blake2b_update(&state, a, CHAIN_BYTES);
	crypto_generichash_blake2b_update(&state, b, len);
	crypto_generichash_blake2b_final(&state, out, CHAIN_BYTES);
}

struct sha256 {
	crypto_hash_sha256_state state;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *sha = malloc(sizeof(*sha));
	if (sha)
		crypto_hash_sha256_init(&sha->state);
	return sha;
}

void
sha256_add(struct sha256 *state, const void *bytes, size_t len)
{
	crypto_hash_sha256_update(&state->state, bytes, len);
}

void
sha256_finish(struct sha256 *state, char out[SHA256_HEX_MAX])
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_final(&state->state, sum);
	digest_hex(sum, sizeof(sum), out);
}

void
sha256_free(struct sha256 *state)
{
	free(state);
}

void
digest_hex(const uint8_t *bytes, size_t len, char *out)
{
	sodium_bin2hex(out, 2 * len + 1, bytes, len);
}

/* The value of one digit, or -1. */
static int
unhex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int
digest_unhex(struct text text, uint8_t *out, size_t len)
{
	if (text.len / 2 != len || text.len % 2)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int high = unhex_digit(text.at[2 * i]);
		int low = unhex_digit(text.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* Dashes stand before these bytes. */
static int
dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
uuid7_make(int64_t now_ms, char out[UUID_MAX])
{
	uint8_t raw[UUID_BYTES];
	digest_random(raw, sizeof(raw));
	for (size_t i = 0; i < UUID7_TIME_BYTES; i++)
		raw[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
	raw[6] = (uint8_t)(0x70 | (raw[6] & 0x0f));
	raw[8] = (uint8_t)(0x80 | (raw[8] & 0x3f));
	char *at = out;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (dash_before(i))
			*at++ = '-';
		digest_hex(raw + i, 1, at);
		at += 2;
	}
}

int
uuid7_parse(struct text text, int64_t *ms, uint8_t raw[16])
{
	char plain[2 * UUID_BYTES];
	size_t len = 0;
	if (text.len != sizeof(plain) && text.len != UUID_MAX - 1)
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		bool dash = text.len == UUID_MAX - 1 &&
		    (i == 8 || i == 13 || i == 18 || i == 23);
		if (dash != (text.at[i] == '-'))
			return -1;
		if (!dash)
			plain[len++] = text.at[i];
	}
	if (digest_unhex((struct text){ plain, len }, raw, UUID_BYTES))
		return -1;
	if (raw[6] >> 4 != 7 || raw[8] >> 6 != 2)
		return -1;
	*ms = 0;
	for (size_t i = 0; i < UUID7_TIME_BYTES; i++)
		*ms = *ms << 8 | raw[i];
	return 0;
}
