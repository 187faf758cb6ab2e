/*
 * secret.h - the key of the pseudonyms: a file of its own beside the store,
 * so that a copy of the store alone names nobody.
 */
#ifndef TOCSIN_DAEMON_SECRET_H
#define TOCSIN_DAEMON_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

/*
 * Read DIR/pseudonym.key (64 hexadecimal digits, mode 0600), or make it when
 * the directory holds no store yet.  Beside an existing store a missing key,
 * or another than the store began with, is refused.  0, or -1 with a sentence
 * in why.
 */
int secret_load(const char *dir, uint8_t key[DIGEST_KEY_BYTES], char *why,
    size_t cap);

#endif
