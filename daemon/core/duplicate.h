/* duplicate.h - is this report one we hold, or another version of one? */
#ifndef TOCSIN_CORE_DUPLICATE_H
#define TOCSIN_CORE_DUPLICATE_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/pseudonym.h"
#include "proto/report.h"

/*
 * Fingerprint of a report's content: every field but the id and the reason of
 * an amendment, texts folded
 * (fold_prose), order of keys and encoding width immaterial, so that
 * punctuation-only edits are no amendment and a changed category is one.
 * Never 0.  The reporter and the serial take part as given, hashed with the
 * keys (pseudonym.h) of reporters and of serials, so that nobody without these
 * can find them by trial.
 */
struct duplicate_keys {
	const struct pseudonym_key *reporter, *serial;
};
uint64_t duplicate_fingerprint(const struct report *report,
    const struct duplicate_keys *keys);

/* What a report has in common with the same one under another id. */
struct duplicate_match {
	uint64_t hash; /* all but id, category, origin.group and reporter */
	uint32_t tag;  /* 16 bits each of product.category, origin.group */
};

/*
 * Of a report as it is kept (a pseudonym in place of the serial), so that a
 * held one and one that arrives agree.  The reporter's pseudonym, which changes
 * with its key, is no part, nor are fields beside product.category whose name
 * says category ("partner_product_category").
 */
struct duplicate_match duplicate_match(struct text body);

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

/* A report as its sender names it; source at most 200 bytes. */
struct duplicate_name {
	struct text organisation, source, id;
};

/*
 * The same of a source that gives its ids anew with each release: also of the
 * release's number.  All hash.
 */
void duplicate_release_key(const uint8_t hash_key[16],
    const struct duplicate_name *name, uint32_t release, uint8_t out[16]);

#endif
