/*
 * keychain.h - which keys reporters' pseudonyms have and had: events, and rows
 * of KEYSPACE_KEY_EPOCH.  The keys themselves are files (store/secret.h).
 * Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_KEYCHAIN_H
#define TOCSIN_INTAKE_KEYCHAIN_H

#include "daemon/intake/intake.h"
#include "daemon/store/record_key.h"
#include "daemon/store/secret.h"

/* What the log says of the keys. */
struct keychain {
	struct secret_wanted wanted;
	int64_t since_ms;  /* since when the newest counts */
	uint32_t unparted; /* destroyed, but rows know names under it; or 0 */
};
void keychain_read(struct intake *intake, struct keychain *keychain);

/*
 * Write that something becomes of a key; body: who and why.  The event's
 * sequence, 0 when the store failed.
 */
uint64_t keychain_write(struct intake *intake, const struct record_key *record,
    struct text body);

/* An event of type KEY_EPOCH -> rows.  false: its header cannot be read. */
bool keychain_apply(struct projection *projection,
    const struct store_event *event);

/* No row holds a pseudonym under this key any more, nor under those before. */
void keychain_part(struct projection *projection, uint32_t epoch, uint64_t seq);

#endif
