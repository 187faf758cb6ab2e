/*
 * senders.h - the organisations that report: since when, and what they are
 * worth.  An organisation is on probation until the day the operator's file
 * says, or, when the file does not name it, as long as it does not.  Where no
 * file names anybody, it is on probation for SENDERS_PROBATION_DAYS from its
 * first report, but for the first one there ever was: nobody who comes later
 * can take its voice away.  Writer thread.
 *
 * Whether it was on probation stands in each report (DOUBT_PROBATION); one
 * that has brought a report off probation is established.  That is a row, so
 * that a replay knows it without the file.
 */
#ifndef TOCSIN_INTAKE_SENDERS_H
#define TOCSIN_INTAKE_SENDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/intake.h"

enum { SENDERS_PROBATION_DAYS = 90 };

/* Note who sent a report, from its event: a row and a counter. */
void senders_apply(struct projection *projection, const struct facts *facts,
    uint64_t seq);

/* The organisation of this ordinal holds so many bytes of reports more, or
 * less; 0 is nothing to note. */
void senders_hold(struct projection *projection, uint16_t organisation,
    int64_t bytes);

/* How many bytes it holds; 0 for one that never reported. */
uint64_t senders_bytes(struct projection *projection, uint16_t organisation);

/* Is at most one organisation established?  Then nobody caps it. */
bool senders_are_alone(struct projection *projection);

struct senders;

/* NULL when out of memory; NULL is fine to free. */
struct senders *senders_new(void);
void senders_free(struct senders *senders);

/* Read the rows anew: at a start, or when the overlays were dropped. */
void senders_load(struct intake *intake);

/* What the organisation of this ordinal is worth now. */
struct sender {
	bool is_established; /* not on probation now */
	uint8_t trust;       /* twentieths */
	int index;           /* among the organisations named; -1: not named */
};
void senders_find(struct intake *intake, uint16_t organisation,
    struct sender *sender);

/* A report of it was taken, now. */
void senders_remember(struct intake *intake, uint16_t organisation);

/*
 * Is there only one voice to hear?  So many organisations are established, or
 * named by the operator.
 */
bool senders_is_single(struct intake *intake);

#endif
