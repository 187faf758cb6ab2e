/*
 * weigh.h - what a new report counts for in detection, and why not for a whole
 * case: decided once, when it is received, and written into its event.  A
 * report that is amended or regrouped keeps what it was given.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_WEIGH_H
#define TOCSIN_INTAKE_WEIGH_H

#include "daemon/core/linkage.h"
#include "daemon/intake/intake.h"

enum {
	WEIGH_REPEAT_DAYS =
	    90,               /* one case of a reporter and a group in these */
	WEIGH_ECHO_BINS = 58, /* of MINHASH_BYTES: J >= .9 */
	WEIGH_ECHO_SHINGLES = 24, /* shorter texts are alike by nature */
};

struct weigher;

/* NULL when out of memory; NULL is fine to free. */
struct weigher *weigher_new(void);
void weigher_free(struct weigher *weigher);

/*
 * Do another reporter's words, or its serial number, stand in this one?  The
 * block is that in which duplicates were looked for.
 */
bool weigh_is_echo(const struct linkage_block *block);

/*
 * Fill in discount and doubts of a report that is about to be counted in; its
 * marks, and of its doubts DOUBT_ECHO, are known already.
 */
void weigh_report(struct intake *intake, struct facts *facts);

/* A report's event was written, or is read back at a start. */
void weigh_remember(struct weigher *weigher, enum record_type type,
    const struct record_report *record);

/* Forget what was remembered; a start fills it from the end of the log. */
void weigh_forget(struct weigher *weigher);

/* The products that are held because of a burst. */
struct bursts;
struct bursts *weigh_bursts(struct weigher *weigher);

#endif
