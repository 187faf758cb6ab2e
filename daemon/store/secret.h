/*
 * secret.h - the keys of the pseudonyms, in files of their own beside the
 * store, so that a copy of the store alone names nobody:
 *
 *   DIR/pseudonym.key         of reporters: the one of now
 *   DIR/pseudonym.key.before  the one before, until it is destroyed
 *   DIR/pseudonym.key.next    made, and not yet in the log
 *   DIR/serial.key            of serial numbers
 *
 * Each is 64 hexadecimal digits and a line end, mode 0600, and appears under
 * its name whole and synced.  Which of them count says the log; what it does
 * not know is overwritten and removed.  Any thread, one at a time.
 */
#ifndef TOCSIN_STORE_SECRET_H
#define TOCSIN_STORE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/core/pseudonym.h"

/* What the log knows of the keys. */
struct secret_wanted {
	uint32_t epoch;  /* the newest; 0: the log knows of none yet */
	uint32_t before; /* the one before, kept; 0: there is none */
	uint8_t id[KEY_ID_BYTES];
	uint8_t before_id[KEY_ID_BYTES];
	uint8_t serial_id[KEY_ID_BYTES];
};

/*
 * Before a store is opened: make the directory, and the keys when it holds no
 * store yet.  0, or -1 with a sentence in why.
 */
int secret_prepare(const char *dir, char *why, size_t cap);

/*
 * Find the keys that the log wants, whatever step a rotation was cut short at,
 * and put each under its name.  With epoch 0 the key found is that of the first
 * epoch, and the key of serials is made if a store from before has none.  A key
 * that is missing, damaged, another, or readable to others is refused: -1 with
 * a sentence in why that names the file.
 */
int secret_settle(const char *dir, const struct secret_wanted *wanted,
    struct pseudonym_keys *keys, char *why, size_t cap);

/* Draw the next key into pseudonym.key.next.  0, or -1 with a sentence. */
int secret_stage(const char *dir, uint8_t id[KEY_ID_BYTES], char *why,
    size_t cap);

/* Keys that the log wants and of which there is no file; any of these. */
enum { SECRET_NOW = 1, SECRET_BEFORE = 2, SECRET_SERIAL = 4 };
unsigned secret_lost(const char *dir, const struct secret_wanted *wanted);

/* Draw another key of serial numbers, where there is none.  As secret_stage. */
int secret_renew_serial(const char *dir, uint8_t id[KEY_ID_BYTES], char *why,
    size_t cap);

#endif
