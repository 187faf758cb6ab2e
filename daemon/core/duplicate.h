/* duplicate.h - is this report one we hold, or another version of one? */
#ifndef TOCSIN_CORE_DUPLICATE_H
#define TOCSIN_CORE_DUPLICATE_H

#include <stdint.h>

#include "base/text.h"
#include "proto/report.h"

/*
 * Fingerprint of a report's content: every field but the id and the reason of
 * an amendment, texts folded
 * (fold_prose), order of keys and encoding width immaterial, so that
 * punctuation-only edits are no amendment and a changed category is one.
 * Never 0.  The reporter and the serial take part as given.
 */
uint64_t duplicate_fingerprint(const struct report *report);

/*
 * Set in the first byte of a report's key that begins with a time, so that
 * such keys stand after all others and new ones are appended.  (A UUIDv7 of
 * the year 6429 has it anyway.)
 */
enum { DUPLICATE_TIMED = 0x80 };

/*
 * The 16 bytes under which a report is held: of organisation, source and id
 * only.  A UUIDv7 id gives its time as the first 6 bytes, with DUPLICATE_TIMED
 * set, so that keys grow with time; any other id is all hash, with it cleared.
 * hash_key is the store's own.
 */
void duplicate_key(const uint8_t hash_key[16], struct text organisation,
    struct text source, struct text id, uint8_t out[16]);

#endif
