/*
 * keys.h - the keys of the pseudonyms: found at the start, changed, destroyed.
 * Loop thread.
 */
#ifndef TOCSIN_CALLS_KEYS_H
#define TOCSIN_CALLS_KEYS_H

#include "daemon/calls/services.h"

/*
 * Before anything is served: find the keys that the log names (waits for the
 * writer); of a store whose log names none the first begins.  With
 * replaces_keys those whose files are missing end, and others begin.  0, or -1
 * with a sentence in why.
 */
int keys_load(struct services *services, char *why, size_t cap);

/* Now and then: destroy the key before when it was kept long enough. */
void keys_tick(struct services *services);

#endif
