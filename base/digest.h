/*
 * digest.h - keyed hashes, digests, random bytes and UUIDv7.  The only file
 * that sees libsodium.  Call digest_init once before anything else.
 */
#ifndef TOCSIN_BASE_DIGEST_H
#define TOCSIN_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	DIGEST_KEY_BYTES = 32,     /* a pseudonym or chain key */
	DIGEST_SIP_KEY_BYTES = 16, /* a hash table's or key space's key */
	SHA256_HEX_MAX = 65,       /* 64 digits and a NUL */
	UUID_MAX = 37,             /* 36 characters and a NUL */
};

/* 0, or -1 when the random source cannot be opened.  Any number of calls. */
int digest_init(void);

/* Fill with unpredictable bytes. */
void digest_random(void *out, size_t len);

/* Overwrite what was secret; no compiler leaves it out. */
void digest_forget(void *bytes, size_t len);

/* SipHash-2-4, 64 bits. */
uint64_t digest_sip64(const uint8_t key[16], const void *bytes, size_t len);

/* SipHash-x-2-4, 128 bits. */
void digest_sip128(const uint8_t key[16], const void *bytes, size_t len,
    uint8_t out[16]);

/* BLAKE2b of out_len (16..64) bytes; key may be NULL (unkeyed). */
void digest_blake2b(const uint8_t *key, size_t key_len, const void *bytes,
    size_t len, uint8_t *out, size_t out_len);

/* BLAKE2b-256 over a then b, unkeyed: one step of a hash chain. */
void digest_chain(const uint8_t a[32], const void *b, size_t len,
    uint8_t out[32]);

/* Streaming SHA-256.  new is NULL when out of memory; free accepts NULL. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *state, const void *bytes, size_t len);
/* Lower-case hexadecimal of everything added; state stays usable for free. */
void sha256_finish(struct sha256 *state, char out[SHA256_HEX_MAX]);
void sha256_free(struct sha256 *state);

/* Lower-case hexadecimal, NUL-terminated: out holds 2 * len + 1. */
void digest_hex(const uint8_t *bytes, size_t len, char *out);

/* The reverse; 0, or -1 when text is not exactly 2 * len hex digits. */
int digest_unhex(struct text text, uint8_t *out, size_t len);

/* A new UUIDv7 (RFC 9562) for this moment, as text. */
void uuid7_make(int64_t now_ms, char out[UUID_MAX]);

/*
 * Is text a UUID of version 7, with or without dashes, in either case?  Then
 * *ms is its time and raw its 16 bytes.  0 or -1.
 */
int uuid7_parse(struct text text, int64_t *ms, uint8_t raw[16]);

#endif
