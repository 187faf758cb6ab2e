/*
 * shelf.h - the segments of a log as its threads share them: held while read,
 * swapped when sealed.
 */
#ifndef TOCSIN_STORE_LOG_SHELF_H
#define TOCSIN_STORE_LOG_SHELF_H

#include <pthread.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/fault.h"
#include "daemon/store/log/inventory.h"
#include "daemon/store/log/segment.h"

enum { SHELF_BLOCKS = 4 };

/* A decompressed block, kept for the next single read. */
struct shelf_block {
	uint64_t number; /* of its segment; 0 none */
	uint64_t base;   /* offset in the unsealed segment */
	uint64_t used;   /* when, in reads */
	struct buf bytes;
};

struct shelf {
	int dir; /* descriptor of DIR/log; owned */

	pthread_mutex_t lock; /* what follows */
	struct segment_list list;
	struct store_fault fault; /* the last one */
	struct shelf_block block[SHELF_BLOCKS];
	uint64_t nreads;

	pthread_mutex_t marking;  /* one thread at a time marks a segment */
	pthread_mutex_t swapping; /* ... writes one anew and swaps it */
};

/* dir is taken; -1 is fine. */
void shelf_init(struct shelf *shelf);
void shelf_fini(struct shelf *shelf);

/* Remember a failure, for people. */
void shelf_fail(struct shelf *shelf, const struct store_fault *fault);

/* The last failure remembered; result STORE_OK when there was none. */
void shelf_last_fault(struct shelf *shelf, struct store_fault *fault);

/* Put a new segment at the end; old is closed by it.  Takes ownership. */
int shelf_add(struct shelf *shelf, struct segment *old, struct segment *fresh);

/*
 * Hold the segment that has seq, ready to be read.  *last is its last
 * sequence, UINT64_MAX while it is still being written.
 */
int shelf_hold(struct shelf *shelf, uint64_t seq, struct segment **held,
    uint64_t *last);
void shelf_drop(struct shelf *shelf, struct segment *segment);

/*
 * Hold the oldest plain segment that is closed and ends at or before applied;
 * NULL when there is none, or it is damaged (shelf_last_fault).
 */
struct segment *shelf_hold_plain(struct shelf *shelf, uint64_t applied);

/* How many segments are not sealed. */
size_t shelf_plain(struct shelf *shelf);

/* One thread at a time writes a segment anew; the others wait in begin. */
void shelf_begin_swap(struct shelf *shelf);
void shelf_end_swap(struct shelf *shelf);
/* Is this segment, held, still what is read, or was it swapped? */
bool shelf_has(struct shelf *shelf, struct segment *segment);

/*
 * Between the two: put what seal_write made in a held segment's place.  The
 * file of a plain one goes away.  Whoever holds the old one reads on in it.
 */
int shelf_swap(struct shelf *shelf, struct segment *old);

/* Does nobody else hold this segment any more? */
bool shelf_is_alone(struct shelf *shelf, const struct segment *segment);

/* Take a kept block out (false: not kept), or keep one of a held segment. */
bool shelf_take_block(struct shelf *shelf, uint64_t number, uint64_t offset,
    struct shelf_block *block);
void shelf_keep_block(struct shelf *shelf, const struct segment *segment,
    struct shelf_block *block);

#endif
