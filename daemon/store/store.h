/*
 * store.h - the seam between deciding and remembering: events go into the
 * log, rows into overlays and by checkpoints into LMDB; reads see one's own
 * writes.  DESIGN 3b is the law here.
 *
 * Threads: functions are for the writer thread (the one that opened the
 * store) unless their comment says "any thread".  The store runs three
 * threads of its own: for fdatasync, for checkpoints, for sealing segments.
 */
#ifndef TOCSIN_STORE_STORE_H
#define TOCSIN_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/store/log/fault.h"
#include "daemon/store/log/frame.h"
#include "daemon/store/snapshot.h"
#include "daemon/store/store_figures.h"
#include "daemon/store/store_rows.h"

struct store_options {
	const char *dir;         /* data directory; made 0700 when absent */
	const char *db_dir;      /* where LMDB lives; NULL: dir/db */
	uint64_t map_bytes;      /* LMDB's address space */
	uint64_t segment_bytes;  /* preallocated size of a log segment */
	uint32_t overlay_events; /* freeze after so many events ... */
	uint64_t overlay_bytes;  /* ... or so many bytes, each overlay */
	bool must_exist;         /* tools: do not create */
	bool rebuild; /* throw LMDB away and make it anew from the log */
	/*
	 * Called on the sync thread when everything up to seq is durable;
	 * must be quick and may not call the store.
	 */
	void (*on_durable)(void *who, uint64_t seq);
	/* Called on the checkpoint thread when LMDB holds all up to seq. */
	void (*on_applied)(void *who, uint64_t seq);
	void *who;
};

struct store;

/*
 * Lock the directory, recover the log (cut a torn tail, rewrite and sync the
 * unsynced one), open LMDB and check that both belong together.  Nothing is
 * replayed yet: call store_replay next.  NULL with fault filled.
 */
struct store *store_open(const struct store_options *options,
    struct store_fault *fault);

/*
 * Walk every event after the last checkpoint, in order; the visitor puts its
 * rows through store_edit and store_put, checkpoints happen as usual.
 */
int store_replay(struct store *store, store_visit *visit, void *who);

/*
 * The same, with a look at each event twice before its turn: to store_prefetch
 * the places of its rows, then (is_row) the rows.
 */
typedef void store_peek(void *who, const struct store_event *event,
    bool is_row);
int store_replay_ahead(struct store *store, store_visit *visit,
    store_peek *peek, void *who);

/* Was LMDB thrown away at opening: asked for, or made by another version? */
bool store_was_rebuilt(const struct store *store);

/* Checkpoint what is there, stop the threads, close.  NULL is fine. */
void store_close(struct store *store);

/* --- events ------------------------------------------------------------- */

/* Sequence the next added event will get. */
uint64_t store_next_seq(const struct store *store);

/*
 * A frame being gathered: one atomic group of events.  Begin, add one or more
 * events, end.  Several frames may be gathered before one append.
 */
void store_frame_begin(struct store *store, int64_t received_ms);
/* Returns the event's sequence. */
uint64_t store_frame_add(struct store *store, uint8_t type, struct text header,
    struct text body);
void store_frame_end(struct store *store);
/* Bytes in the open frame so far. */
size_t store_frame_bytes(const struct store *store);

/*
 * Write all ended frames to the log and ask for their fdatasync.  STORE_OK:
 * they will be durable, or the process exits 74.  STORE_FULL: nothing was
 * kept, the log is as before and the sequence has gone back; the caller must
 * store_drop and replay.  Also freezes the active overlay when it is full,
 * waiting for the checkpoint before it (back-pressure).
 */
int store_append(struct store *store);

/* Discard both overlays and gathered frames after a failed append. */
void store_drop(struct store *store);

/*
 * Freeze the active overlay now (idle, or somebody wants a fresh snapshot).
 * Does nothing while a checkpoint is under way, frames are gathered or nothing
 * is dirty.  Call it at every idle tick: the memory of the last checkpoint is
 * given back by the call after it.
 */
void store_checkpoint(struct store *store);

/* Is LMDB refusing to grow?  Then writing is refused until it succeeds. */
bool store_is_full(const struct store *store);

/* Highest sequence decided (writer), durable, and in LMDB (any thread). */
uint64_t store_seq(const struct store *store);
uint64_t store_durable(const struct store *store);
uint64_t store_applied(const struct store *store);

/* Wait until everything appended is durable (tests, orderly stop). */
void store_wait_durable(struct store *store);

/* --- reading, any thread ------------------------------------------------ */

/*
 * Read one durable event; texts borrow from scratch.  STORE_OK,
 * STORE_NOT_FOUND or STORE_CORRUPT.
 */
int store_read(struct store *store, uint64_t seq, struct buf *scratch,
    struct store_event *event);

/*
 * Walk the durable events from..to (inclusive), in order.  The first non-zero
 * answer of visit, or STORE_OK, or a fault.
 */
int store_walk(struct store *store, uint64_t from, uint64_t to,
    store_visit *visit, void *who);

/* The last failure of reading, for people: names file and place. */
void store_last_fault(struct store *store, struct store_fault *fault);

/* --- identity, any thread ------------------------------------ */

/* 16 random bytes made with the store; 1, and more with each restore. */
const uint8_t *store_instance(const struct store *store);
uint32_t store_epoch(const struct store *store);
/* 16 random bytes for keyed key spaces (report keys), made with the store. */
const uint8_t *store_hash_key(const struct store *store);

#endif
