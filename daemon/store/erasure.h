/*
 * erasure.h - which events of the log hold something of what was erased, and
 * what of them goes: for the log's eraser.  Any thread; one erasure belongs to
 * one thread.
 *
 * Of an erased report go the bodies of all its events, and from their headers
 * what says how its words or the thing's codes read: fingerprint, hashes of
 * serial and lot, the narrative's signature; the last three also where another
 * report or a person's act holds a copy.  Of a source goes its name and the
 * hash it was found by; the same of all reporters under a key that is gone.
 *
 * The crc of a frame covers its headers and stays, so by itself it would let a
 * guess be tested.  That is what "blind" is for: four bytes of chance, written
 * into every such header and known to nobody, are overwritten with it, and
 * whatever was erased would have given that crc with some blind.  Headers of
 * logs from before there were blinds lend the last half of the fingerprint
 * or of a copied signature instead; there, a guess can be tested in 32 bits.
 */
#ifndef TOCSIN_STORE_ERASURE_H
#define TOCSIN_STORE_ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/frame_edit.h"

/* Zeroed is empty. */
struct erasure {
	struct buf reports; /* owned; u64 each: first events */
	struct buf notes;   /* owned; u64 each: events */
	struct buf sources; /* owned; u64 each: ordinals */
	uint32_t epoch;     /* names of reporters under keys up to this one */
	uint64_t from;      /* nothing of it stands before this event */
	uint64_t last;      /* the newest erasure that was taken in */
	bool is_sorted;
};

/* Release what it owns. */
void erasure_fini(struct erasure *erasure);

/* Take in an event of type ERASE; false when it cannot be read. */
bool erasure_add(struct erasure *erasure, const struct store_event *event);

/* Has memory run out?  Is there nothing to do? */
bool erasure_failed(const struct erasure *erasure);
bool erasure_is_empty(const struct erasure *erasure);

/* Is what this event says of a report erased by it? */
bool erasure_has_report(struct erasure *erasure, uint64_t first_seq);

/* frame_edit; who is the erasure. */
void erasure_edit(void *who, const struct store_event *event, uint8_t *header,
    struct frame_change *change);

#endif
