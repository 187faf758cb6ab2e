/*
 * resubmit.h - reports of sources that give their ids anew with each release:
 * an id means something only inside its release, and a report that a release
 * calls otherwise is found again by what it says.  Writer thread.
 *
 * Equal reports of one release are different objects: the k-th of them is the
 * k-th of the release before, those of the same category and branch first.
 */
#ifndef TOCSIN_INTAKE_RESUBMIT_H
#define TOCSIN_INTAKE_RESUBMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/decide.h"
#include "daemon/store/record_origin.h"

/*
 * Decide a report where the sender says EPOCH, or where some source of the
 * store is one.  *is_done is false when its source turns out to be none and
 * the report is to be decided as any other.
 */
MUST_CHECK int resubmit_report(struct intake *intake,
    const struct candidate *candidate, const struct decide_options *options,
    struct decision *decision, bool *is_done);

/*
 * Turn the key that a source and an id give (prepare_key) into the one the
 * report is held under: that of the newest release using the id.  Unchanged
 * where there is none.  STORE_OK or the fault.
 */
MUST_CHECK int resubmit_resolve(struct intake *intake, uint8_t key[16]);

/* A report held under a plain key, on its source's way to become EPOCH. */
struct resubmit_held {
	uint8_t key[16];
	uint64_t match; /* struct duplicate_match */
	uint32_t tag;
};

/*
 * Let such a report be found by what it says.  Does nothing the second time.
 * STORE_OK or the fault.
 */
struct origin_name;
MUST_CHECK int resubmit_adopt(struct intake *intake,
    const struct origin_name *name, const struct resubmit_held *held);

/* Rows of a record, in service and replay. */
void resubmit_apply(struct projection *projection,
    const struct record_resubmit *record);

#endif
