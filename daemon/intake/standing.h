/*
 * standing.h - under which rules of identity the held reports stand, as the
 * log says, and how far a regrouping has come.  Writer thread; faults stick in
 * the projection.
 */
#ifndef TOCSIN_INTAKE_STANDING_H
#define TOCSIN_INTAKE_STANDING_H

#include <stdbool.h>

#include "daemon/intake/intake.h"
#include "daemon/store/record_regrouped.h"

enum standing {
	STANDING_SAME,       /* all reports stand under today's rules */
	STANDING_CHANGED,    /* some may stand under others */
	STANDING_UNFINISHED, /* a regrouping to them stopped half-way */
};

/* The newest record; all 0 when none was ever written. */
void standing_read(struct projection *projection,
    struct record_regrouped *record);

/* Apply an event's header; false when it is none. */
bool standing_apply(struct projection *projection, struct text header);

/* Put it into the log and the row. */
void standing_write(struct intake *intake,
    const struct record_regrouped *record);

/*
 * At a start, before any report: what do today's rules find?  A store without
 * reports takes them over.  That others decide from now on is put into the
 * log, for a later start with the rules of before; so is that a regrouping to
 * them is given up.
 */
enum standing standing_begin(struct intake *intake);

#endif
