/*
 * replay.h - the log applied again: events in order, looked at a little
 * before their turn so that the rows they need are in the cache by then.
 */
#ifndef TOCSIN_STORE_REPLAY_H
#define TOCSIN_STORE_REPLAY_H

#include <stdint.h>

#include "daemon/store/db/layers.h"
#include "daemon/store/log/shelf.h"
#include "daemon/store/store.h"

struct replay_options {
	struct shelf *shelf;
	struct layers *layers;
	uint64_t to; /* from what layers hold up to this sequence */
	store_visit *visit;
	store_peek *peek; /* may be NULL */
	void *who;
};

/* Writer thread.  The first non-zero answer of visit, STORE_OK or a fault. */
int replay_run(const struct replay_options *options);

#endif
