/*
 * judged.h - a held report that a person speaks of: named by its key or by any
 * of its events, read as it is counted.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_JUDGED_H
#define TOCSIN_INTAKE_JUDGED_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/store/rows.h"
#include "proto/error.h"

/* A report as it is held. */
struct judged {
	uint8_t key[16]; /* of the report; asked for by it when seq is 0 */
	uint64_t seq;    /* of any of its events; then of its first */
	bool is_key;
	uint64_t latest_seq; /* of its events */
	struct facts facts;
	struct evidence evidence;
	uint64_t match; /* the report that it was found most like */
};

/*
 * Fill the key of the report that an event of its sequence is of.  False when
 * there is none among what is durable.
 */
bool judged_read_key(struct intake *intake, struct judged *judged);

/* The header of a held report's latest event; 0 or a store's fault. */
MUST_CHECK int judged_recall(struct intake *intake,
    const struct report_row *row, struct record_report *record);

/*
 * Find a held report by key or by the sequence of any of its events; what was
 * decided must be durable.  0, or the code with why filled; field is named.
 */
MUST_CHECK int judged_find(struct intake *intake, struct judged *judged,
    const char *field, struct refusal *why);

/* Write what was gathered, so that the log can be read; 0 or the fault. */
int judged_settle(struct intake *intake);

#endif
