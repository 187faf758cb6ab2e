/*
 * liken.h - which of the reports held tells of the same event as this one, if
 * any: candidates from blocks, compared, and a case that it joins.  Writer
 * thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_LIKEN_H
#define TOCSIN_INTAKE_LIKEN_H

#include "daemon/intake/blocks.h"
#include "daemon/intake/casebook.h"
#include "daemon/intake/intake.h"

/* Everything that was looked at, for an explanation. */
struct likeness {
	struct candidates candidates;
	struct linkage_found found[8];
	unsigned nfound;
};

/*
 * Compare the report's evidence (its place and sequence set) with those held;
 * fill in what was found and the marks of its facts.  With likeness it only
 * looks; NULL is for a report that will be taken.
 */
void liken(struct intake *intake, const struct evidence *evidence,
    struct facts *facts, struct record_case *found, struct likeness *likeness);

/*
 * Apply to the rows what was decided, with the evidence: the case of a report
 * that is counted from now on, or no longer.
 */
void liken_apply_in(struct projection *projection,
    const struct evidence *evidence, const struct record_case *found);
void liken_apply_out(struct projection *projection,
    const struct evidence *evidence, uint64_t joined);

/*
 * Remember a report among the newest, as its event leaves it, or forget it;
 * called after the event was applied.
 */
void liken_remember(struct blocks *blocks, enum record_type type,
    const struct record_report *record, uint64_t seq);

/*
 * Compare nothing that comes from now on with a report that is erased: its
 * first event and its latest one, which can be read.  STORE_OK or the fault.
 */
MUST_CHECK int liken_forget(struct intake *intake, uint64_t first_seq,
    uint64_t latest_seq);

/*
 * Fill what is remembered from the end of the log: at a start, and when events
 * were undone.  STORE_OK or a fault.
 */
int liken_load(struct intake *intake);

#endif
