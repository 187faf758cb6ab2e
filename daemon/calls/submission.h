/*
 * submission.h - one or many reports on their way from a frame to the writer
 * and back.  Owns a copy of the frame, since the reports borrow from it.
 */
#ifndef TOCSIN_CALLS_SUBMISSION_H
#define TOCSIN_CALLS_SUBMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/calls/imports.h"
#include "daemon/calls/services.h"
#include "daemon/intake/decide.h"
#include "daemon/intake/outcome.h"
#include "daemon/intake/prepare.h"
#include "daemon/intake/queue.h"

/* One report of a submission; rejected ones have no candidate. */
struct submission_item {
	struct candidate *candidate; /* in the submission's array, or NULL */
	struct decision decision;
	struct refusal *refusal; /* owned; NULL unless rejected */
	uint8_t *redacted;       /* owned; what the candidate borrows from, if
			      something was taken out of it */
	uint32_t taken_out;
};

struct submission {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct pseudonym_keys keys; /* of now: the writer asks them, too */
	struct prepare_options prepare;
	struct decide_options decide;
	bool is_batch;
	bool is_amendment;      /* the report must be held already */
	bool is_missing;        /* ... and is not */
	uint64_t storage_bytes; /* that its organisation may hold; 0: any */
	uint64_t held_bytes;    /* as much or more: nothing is taken; else 0 */
	bool is_explained;
	bool is_public; /* without a token: no counts, no twin */
	uint32_t count;
	struct submission_item *items; /* owned */
	struct candidate *candidates;  /* owned, count of them */
	uint8_t *frame;                /* owned */
	struct buf bodies; /* reports rewritten to conceal something */
	char organisation[64 + 1];
	char label[64 + 1];
	char snapshot[SNAPSHOT_NAME_MAX]; /* the import these are of, or "" */
	struct problems problems;         /* of a single report */
	struct outcome outcome;           /* of a single report */
	char twin_organisation[64 + 1];   /* of a single report's twin */
};

/*
 * Make one for a call with room for count reports; reports is the list or map
 * among its arguments, re-read from the copy of the frame into *copied.  NULL
 * when out of memory.
 */
struct submission *submission_new(struct call *call, uint32_t count,
    const struct value *reports, struct value *copied);
void submission_free(struct submission *submission); /* NULL is fine */

/* Check and fold one report into item index (a refusal is kept there). */
void submission_prepare(struct submission *submission, uint32_t index,
    const struct value *map);

/* Work of the writer: decide every item. */
void submission_run(struct work *work, struct intake *intake);

/* Does item index ring with the answers of PROTOCOL "explain"?  Packs it. */
void submission_pack_explanation(const struct submission *submission,
    uint32_t index, struct buf *out);

#endif
