#include "daemon/core/passkey.h"

#include <string.h>

#include "base/digest.h"

#define PREFIX "tocsin_"
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

enum { PREFIX_LEN = sizeof(PREFIX) - 1, DIGITS = 52 };

void
passkey_write(const uint8_t secret[PASSKEY_SECRET_BYTES],
    char out[PASSKEY_TEXT_MAX])
{
	unsigned bits = 0, held = 0, at = 0;

	memcpy(out, PREFIX, PREFIX_LEN);
	out += PREFIX_LEN;
	for (unsigned i = 0; i < DIGITS; i++) {
		if (held < 5) {
			bits = bits << 8 |
			    (at < PASSKEY_SECRET_BYTES ? secret[at] : 0u);
			at++;
			held += 8;
		}
		held -= 5;
		out[i] = alphabet[bits >> held & 31];
	}
	out[DIGITS] = '\0';
}

bool
passkey_is_one(struct text text)
{
	if (text.len != PREFIX_LEN + DIGITS ||
	    memcmp(text.at, PREFIX, PREFIX_LEN))
		return false;
	for (size_t i = PREFIX_LEN; i < text.len; i++)
		if (!text.at[i] || !strchr(alphabet, text.at[i]))
			return false;
	return true;
}

void
passkey_hash(struct text text, uint8_t hash[PASSKEY_HASH_BYTES])
{
	digest_blake2b(NULL, 0, text.at, text.len, hash, PASSKEY_HASH_BYTES);
}
