/*
 * decide.h - one report + what the store knows -> decisions, their events in
 * the open frame and their rows in the overlay.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_DECIDE_H
#define TOCSIN_INTAKE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/alarm.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/prepare.h"

enum report_status {
	STATUS_NEW,
	STATUS_KNOWN,
	STATUS_AMENDED,
	STATUS_RESUBMITTED, /* of sources that renumber: not yet decided here */
	STATUS_REJECTED,
	STATUS_COUNT
};

/* "new", "known" ... */
const char *report_status_name(enum report_status status);

struct report_row;

struct decide_options {
	const struct prepare_options *prepare; /* the candidate was made with */
	uint64_t organisation_hash;
	struct text label; /* of an import, or empty */
	uint64_t label_hash;
	const struct buf *bodies; /* rewritten ones, see struct candidate */
	bool dry_run;             /* look, do not take */
};

/* What became of a report. */
struct decision {
	enum report_status status;
	uint64_t seq;     /* of its latest event; 0 on a dry run of a new one */
	uint32_t product; /* 0: would be a new one (dry run) */
	uint16_t mode;
	bool was_withdrawn; /* and has come back */
};

/*
 * Decide one report.  0; STORE_* when the store failed (the caller discards
 * what was gathered).
 */
MUST_CHECK int decide_report(struct intake *intake,
    const struct candidate *candidate, const struct decide_options *options,
    struct decision *decision);

/*
 * A report will soon be decided: fetch what its rows lie in into the cache, in
 * two steps some reports apart.  Changes nothing.
 */
void decide_prefetch(const struct intake *intake,
    const struct candidate *candidate, bool is_row);

/*
 * Withdraw the report under this key.  STORE_OK with *seq, STORE_NOT_FOUND
 * when none is held or it is withdrawn already, or the fault.
 */
MUST_CHECK int decide_withdrawal(struct intake *intake, const uint8_t key[16],
    struct text reason, uint64_t *seq);

/*
 * The header of a held report's latest event, and of its facts: as counted, or
 * as last counted when it is withdrawn.
 */
MUST_CHECK int decide_recall(struct intake *intake,
    const struct report_row *row, struct record_report *record,
    struct facts *facts);

/* The row of a held report; STORE_OK, STORE_NOT_FOUND or the fault. */
MUST_CHECK int decide_find(struct intake *intake, const uint8_t key[16],
    struct report_row *row);

#endif
