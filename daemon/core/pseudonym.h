/*
 * pseudonym.h - what stands for a reporter and for a serial number wherever
 * they are kept: digests under keys that lie outside LMDB and the log.  Pure;
 * any thread.
 *
 * Reporters are people: their key is changed (an epoch begins), the one before
 * it is kept for a while, so that who is known stays known, and is then
 * destroyed.  Serial numbers are of things and have one key for ever, as a
 * thing is to be known again after years.
 */
#ifndef TOCSIN_CORE_PSEUDONYM_H
#define TOCSIN_CORE_PSEUDONYM_H

#include <stdint.h>

#include "base/digest.h"
#include "base/text.h"

enum {
	PSEUDONYM_MAX = 33,      /* 32 hexadecimal digits and a NUL */
	PSEUDONYM_NAME_MAX = 48, /* "r<epoch>:<pseudonym>" and a NUL */
	KEY_ID_BYTES = 8,
};

/* A key and what is derived of it. */
struct pseudonym_key {
	uint32_t epoch; /* from 1; 0: there is none */
	uint8_t key[DIGEST_KEY_BYTES];
	uint8_t sip[DIGEST_SIP_KEY_BYTES]; /* for short hashes */
};

struct pseudonym_keys {
	struct pseudonym_key now, before; /* of reporters */
	struct pseudonym_key serial;      /* its epoch says nothing */
};

/* Fill in a key and what is derived of it. */
void pseudonym_key_set(struct pseudonym_key *key, uint32_t epoch,
    const uint8_t bytes[DIGEST_KEY_BYTES]);

/*
 * Which key it is: 8 bytes of BLAKE2b under it.  Tells it from another, and
 * nothing of it.
 */
void pseudonym_key_id(const uint8_t bytes[DIGEST_KEY_BYTES],
    uint8_t id[KEY_ID_BYTES]);

/*
 * The pseudonym of a text: 128 bits of BLAKE2b under the key, bound to the
 * organisation and to what it is ("reporter", "serial"), since the same opaque
 * text at two organisations need not be the same person.  text: at most 200
 * bytes.
 */
void pseudonym_of(const struct pseudonym_key *key, const char *what,
    struct text organisation, struct text text, char out[PSEUDONYM_MAX]);

/*
 * The name under which a reporter is held as a source: "r:<pseudonym>" in the
 * first epoch, "r2:<pseudonym>" in the second.  Its length.
 */
size_t pseudonym_name(uint32_t epoch, const char *pseudonym,
    char out[PSEUDONYM_NAME_MAX]);

/* The epoch of a source's name; 0 when it is no reporter's. */
uint32_t pseudonym_name_epoch(struct text name);

#endif
