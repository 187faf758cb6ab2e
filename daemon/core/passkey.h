/*
 * passkey.h - what a token looks like and what is kept of it.  Pure but for
 * the random bytes, which are the caller's; any thread.
 *
 * A token is tocsin_ and 256 random bits in the lower-case base32 of RFC 4648
 * without padding, so that it is 59 characters long.  What is kept is
 * BLAKE2b-256 of these characters: so much is random that no salt and no slow
 * hash is needed.
 */
#ifndef TOCSIN_CORE_PASSKEY_H
#define TOCSIN_CORE_PASSKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
	PASSKEY_SECRET_BYTES = 32,
	PASSKEY_HASH_BYTES = 32,
	PASSKEY_TEXT_MAX = 7 + 52 + 1, /* and a NUL */
};

/* Write a token of these bits. */
void passkey_write(const uint8_t secret[PASSKEY_SECRET_BYTES],
    char out[PASSKEY_TEXT_MAX]);

/* Has it the form of one?  (For whoever puts another thing in its place.) */
bool passkey_is_one(struct text text);

/* What is kept of it; of any text. */
void passkey_hash(struct text text, uint8_t hash[PASSKEY_HASH_BYTES]);

#endif
