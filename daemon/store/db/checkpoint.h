/*
 * checkpoint.h - the thread that writes a frozen overlay into LMDB: all its
 * rows, in key order, and the anchor, in one transaction, and never before
 * the log is durable that far.
 */
#ifndef TOCSIN_STORE_DB_CHECKPOINT_H
#define TOCSIN_STORE_DB_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/db/lmdb.h"
#include "daemon/store/db/overlay.h"
#include "daemon/store/log/eventlog.h"
#include "daemon/store/log/identity.h"

/*
 * What LMDB holds of the log; row "anchor" of META, 56 bytes, little-endian:
 * format u32, projection u32, instance 16, epoch u32, chain u32, seq u64,
 * segment u64, offset u64.
 */
struct anchor {
	uint32_t format;     /* ANCHOR_FORMAT */
	uint32_t projection; /* anchor_projection() when it was written */
	uint8_t instance[16];
	uint32_t epoch;
	struct log_position position;
};

enum { ANCHOR_FORMAT = 1 };

/* A number that changes when any key space's name or version does. */
uint32_t anchor_projection(void);

/* Read the anchor of a view.  STORE_NOT_FOUND in a new LMDB. */
int anchor_read(struct lmdb_view *view, struct anchor *anchor);

struct checkpoint;

struct checkpoint_options {
	struct lmdb *lmdb;               /* borrowed */
	struct eventlog *log;            /* borrowed */
	const struct identity *identity; /* borrowed */
	uint64_t applied;                /* what LMDB holds already */
	/* On the thread, when LMDB holds all up to seq. */
	void (*on_applied)(void *who, uint64_t seq);
	void *who;
};

/* NULL when the thread cannot be made. */
struct checkpoint *checkpoint_start(const struct checkpoint_options *options);

/* Finish or give up what is under way, end the thread.  NULL is fine. */
void checkpoint_stop(struct checkpoint *checkpoint);

/*
 * Hand over a frozen overlay that holds all changes up to position; lent until
 * checkpoint_take says true.  Only while none is lent.  Writer thread.
 */
void checkpoint_give(struct checkpoint *checkpoint,
    const struct overlay *overlay, const struct log_position *position);

/* Is an overlay lent? */
bool checkpoint_is_lent(const struct checkpoint *checkpoint);

/* Wait until the lent overlay is in LMDB, or LMDB is full. */
void checkpoint_wait(struct checkpoint *checkpoint);

/* Take the overlay back if it is in LMDB. */
bool checkpoint_take(struct checkpoint *checkpoint);

/* Take it back whether or not it is: wait for the thread to let go. */
void checkpoint_cancel(struct checkpoint *checkpoint);

/* Any thread. */
bool checkpoint_is_full(const struct checkpoint *checkpoint);
uint64_t checkpoint_applied(const struct checkpoint *checkpoint);

struct checkpoint_figures {
	uint64_t count;
	uint64_t last_ms;
};
/* Any thread. */
void checkpoint_figures(const struct checkpoint *checkpoint,
    struct checkpoint_figures *figures);

#endif
