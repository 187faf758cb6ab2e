/*
 * erase.h - erasing, as far as it is decided and projected: an event says what
 * goes, and rows forget it.  The bytes go later (store_erasure.h); until an
 * event says that they have, a start does it again.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_ERASE_H
#define TOCSIN_INTAKE_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/store/record_erase.h"

/* Who asks, and why; where it is NULL, the daemon by itself. */
struct erase_order {
	struct text organisation;
	uint64_t organisation_hash;
	struct text body; /* MessagePack {author, reason} */
};

/*
 * Erase the report under this key.  STORE_OK; STORE_NOT_FOUND when none is
 * held; STORE_REFUSED when it is erased already; or the fault.
 */
MUST_CHECK int erase_report(struct intake *intake, const uint8_t key[16],
    const struct erase_order *order);

/* Erase what a source was called, if it has a name still. */
void erase_source(struct intake *intake, uint32_t source,
    const struct erase_order *order);

/* Erase what a person wrote beside this event. */
void erase_note(struct intake *intake, uint64_t seq,
    const struct erase_order *order);

/*
 * Erase again what is on these lines (store/erased.h), where it is not erased.
 * STORE_OK, or the fault.
 */
MUST_CHECK int erase_again(struct intake *intake, struct text lines);

/*
 * Erase what reporters were called under the key of this epoch, which is gone,
 * and under those before: of a piece of the sources after *last, which goes
 * on.  True when that was the last piece.
 */
bool erase_epoch(struct intake *intake, uint32_t epoch, uint32_t *last,
    const struct erase_order *order);

/* The bytes of everything up to this erasure are gone. */
void erase_finish(struct intake *intake, uint64_t last);

/*
 * The first erasure whose bytes may be there still, 0: none; as it is known by
 * now, or (any thread) in a snapshot.
 */
uint64_t erase_unfinished(struct intake *intake);
uint64_t erase_unfinished_at(struct snapshot *snapshot);

/* An event of type ERASE -> rows.  false: its header cannot be read. */
bool erase_apply(struct projection *projection, struct text header,
    uint64_t seq);

/* Is the report under this key erased? */
bool erase_has(struct projection *projection, const uint8_t key[16]);

#endif
