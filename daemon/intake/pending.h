/*
 * pending.h - finished work on its way back to the loop: it waits until the
 * log says that everything it could have seen is durable, some of it until
 * LMDB holds that, too.  Any thread.
 */
#ifndef TOCSIN_INTAKE_PENDING_H
#define TOCSIN_INTAKE_PENDING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/queue.h"

struct pending {
	pthread_mutex_t mutex;
	struct work *first; /* by barrier */
	struct work **last;
	struct work *applied; /* waits for LMDB, too */
	struct work *done;    /* ready for the loop */
	struct work **done_last;
};

/* In the caller's memory; fini frees no work. */
void pending_init(struct pending *pending);
void pending_fini(struct pending *pending);

/*
 * Add a list of work with its barriers set, none below that of work added
 * before.  NULL is fine.
 */
void pending_put(struct pending *pending, struct work *list);

/*
 * Move what nothing holds back any more, now that the log is durable and LMDB
 * current up to these sequences; true when some was.  While LMDB is stuck,
 * what waits for it fails instead of waiting.
 */
bool pending_release(struct pending *pending, uint64_t durable,
    uint64_t applied, bool is_stuck);

/* Does some work wait for LMDB? */
bool pending_waits_for_lmdb(struct pending *pending);

/* Take what is ready, in order; what waits for LMDB, ready or not. */
struct work *pending_take_done(struct pending *pending);
struct work *pending_take_waiting(struct pending *pending);

#endif
