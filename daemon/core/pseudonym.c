#include "daemon/core/pseudonym.h"

#include <stdio.h>

enum { FIELD_MAX = 200, ORGANISATION_MAX = 64, WHAT_MAX = 16 };

static void
derive(const uint8_t key[DIGEST_KEY_BYTES], const char *what, uint8_t out[16])
{
	digest_blake2b(key, DIGEST_KEY_BYTES, what, strlen(what) + 1, out, 16);
}

void
pseudonym_key_set(struct pseudonym_key *key, uint32_t epoch,
    const uint8_t bytes[DIGEST_KEY_BYTES])
{
	key->epoch = epoch;
	memcpy(key->key, bytes, sizeof(key->key));
	derive(bytes, "tocsin short hashes", key->sip);
}

void
pseudonym_key_id(const uint8_t bytes[DIGEST_KEY_BYTES],
    uint8_t id[KEY_ID_BYTES])
{
	uint8_t check[16];

	derive(bytes, "tocsin pseudonym key", check);
	memcpy(id, check, KEY_ID_BYTES);
}

void
pseudonym_of(const struct pseudonym_key *key, const char *what,
    struct text organisation, struct text text, char out[PSEUDONYM_MAX])
{
	char bytes[WHAT_MAX + ORGANISATION_MAX + FIELD_MAX + 8];
	uint8_t digest[16];
	int len = snprintf(bytes, sizeof(bytes), "%s\x1f%.*s\x1f%.*s", what,
	    TEXT_ARG(organisation), TEXT_ARG(text));

	if (len >= (int)sizeof(bytes))
		len = (int)sizeof(bytes) - 1;
	digest_blake2b(key->key, sizeof(key->key), bytes, (size_t)len, digest,
	    sizeof(digest));
	digest_hex(digest, sizeof(digest), out);
}

size_t
pseudonym_name(uint32_t epoch, const char *pseudonym,
    char out[PSEUDONYM_NAME_MAX])
{
	int len = epoch == 1
	    ? snprintf(out, PSEUDONYM_NAME_MAX, "r:%s", pseudonym)
	    : snprintf(out, PSEUDONYM_NAME_MAX, "r%u:%s", epoch, pseudonym);

	return (size_t)len;
}

uint32_t
pseudonym_name_epoch(struct text name)
{
	uint64_t epoch = 0;
	size_t i = 1;

	if (!name.len || name.at[0] != 'r')
		return 0;
	while (i < name.len && name.at[i] >= '0' && name.at[i] <= '9' &&
	    epoch <= UINT32_MAX / 10)
		epoch = epoch * 10 + (uint64_t)(name.at[i++] - '0');
	if (i == name.len || name.at[i] != ':' || epoch > UINT32_MAX)
		return 0;
	return i == 1 ? 1 : (uint32_t)epoch;
}
