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
#include "daemon/store/origin_rows.h"
#include "daemon/store/rows.h"

enum report_status {
	STATUS_NEW,
	STATUS_KNOWN,
	STATUS_AMENDED,
	STATUS_RESUBMITTED, /* held under another id: resubmit.h */
	STATUS_REJECTED,
	STATUS_COUNT
};

/* "new", "known" ... */
const char *report_status_name(enum report_status status);

struct decide_options {
	const struct prepare_options *prepare; /* the candidate was made with */
	uint64_t organisation_hash;
	struct text label; /* of an import, or empty */
	uint64_t label_hash;
	const struct buf *bodies; /* rewritten ones, see struct candidate */
	enum origin_ids ids;      /* how the sender says ids are given */
	bool is_amendment; /* of a held report: may go back, needs no release */
	bool dry_run;      /* look, do not take */
	bool has_epochs;   /* origin_has_epochs, asked once for all */
};

/* Why a report that is right in itself was not taken. */
enum decision_reason {
	REASON_NONE,
	REASON_NEEDS_RELEASE, /* its source gives ids anew, the call says not */
	REASON_NOT_BEGUN,     /* the release was not declared, or is over */
	REASON_ID_TAKEN,      /* the release has another report of this id */
	REASON_ERASED,        /* the report of this id was erased */
};

/* The report most like it, when it may tell of the same event. */
struct twin {
	uint64_t seq;          /* of its first event; 0: none */
	uint16_t organisation; /* ordinal */
	uint16_t permille;     /* probability */
	bool is_linked;        /* one case with it */
};

/* What became of a report. */
struct decision {
	enum report_status status;
	uint64_t seq;     /* of its latest event; 0 on a dry run of a new one */
	uint32_t product; /* 0: would be a new one (dry run) */
	uint16_t mode;
	bool was_withdrawn; /* and has come back */
	struct twin twin;
	enum decision_reason reason; /* of STATUS_REJECTED */
};

/* Where a report is taken: under which key, after what. */
struct decide_place {
	const uint8_t *key;           /* 16 bytes */
	const struct report_row *row; /* NULL: it is new */
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
 * Withdraw the report under this key.  STORE_OK with *seq, and what it counted
 * as in *left; STORE_NOT_FOUND when none is held or it is withdrawn already, or
 * the fault.  The caller has aftermath_left look at its product.
 */
MUST_CHECK int decide_withdrawal(struct intake *intake, const uint8_t key[16],
    struct text reason, uint64_t *seq, struct facts *left);

/*
 * The facts of a held report, as counted, or as last counted when it is
 * withdrawn; and the event that has its newest contents.
 */
MUST_CHECK int decide_recall(struct intake *intake,
    const struct report_row *row, struct facts *facts, uint64_t *contents);

/*
 * The parts of decide_report, for resubmit.c.  decide_held: what becomes of a
 * held report that is sent like this: KNOWN, AMENDED, or NEW when it was
 * withdrawn, REJECTED when it was erased; contents that any revision had are
 * known, but for an amendment.
 * decide_take: write and apply it under record->key, as an amendment of row
 * unless that is NULL.  decide_look: what can be said without.
 */
MUST_CHECK int decide_held(struct intake *intake,
    const struct candidate *candidate, const struct decide_options *options,
    const struct report_row *row, struct decision *decision);
MUST_CHECK int decide_take(struct intake *intake,
    const struct candidate *candidate, const struct decide_options *options,
    const struct decide_place *place, struct decision *decision);
/* A report as it is kept, borrowed. */
struct text decide_body(const struct candidate *candidate,
    const struct decide_options *options);
MUST_CHECK int decide_look(struct intake *intake,
    const struct candidate *candidate, struct decision *decision);

/*
 * Of a report that is counted out: fill the record's old half from the header
 * of its latest event; it leaves its case.
 */
void decide_leave(struct intake *intake, uint64_t first_seq,
    const struct record_report *old, struct record_report *record);

/*
 * Of one that is counted in as its facts say: put its evidence there, and find
 * its case.  Its event will be the next one.  A report that was held leaves
 * first, since the rows still hold it: of its old self it must not be found a
 * duplicate.
 */
void decide_compare(struct intake *intake, struct record_report *record);

/* The row of a held report; STORE_OK, STORE_NOT_FOUND or the fault. */
MUST_CHECK int decide_find(struct intake *intake, const uint8_t key[16],
    struct report_row *row);

#endif
