/*
 * rotation.h - a change of the reporters' key on its way.  First the key
 * before the one of now, if it is still there, is ended: an event says so, its
 * file is destroyed, and what was called under it is erased, as any erasure
 * is.  Then a new one is drawn, an event says that it counts, and only then it
 * is used.  Killed anywhere, the next start has exactly one key to go on with.
 * Loop thread but for its runs.
 */
#ifndef TOCSIN_CALLS_ROTATION_H
#define TOCSIN_CALLS_ROTATION_H

#include "daemon/calls/erasing.h"
#include "daemon/intake/keychain.h"

struct rotation {
	struct erasing erasing; /* first; its why, when it failed */
	void (*done)(struct rotation *rotation); /* frees it */
	bool is_begun; /* after the old one ended, begin another? */
	bool has_begun;
	uint32_t ended;           /* epoch; 0: there was none */
	struct record_key record; /* of the event to be written */
	struct keychain keychain; /* as it is after the last event */
	uint64_t seq;             /* of the last event */
};

/* Begin.  services, order, done and is_begun are set; no other erasure is
 * under way. */
void rotation_start(struct rotation *rotation);

/* Take what the log says over into files and memory.  0, or -1 with why. */
int rotation_settle(struct services *services, const struct keychain *keychain,
    char *why, size_t cap);

#endif
