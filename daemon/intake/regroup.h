/*
 * regroup.h - a report that is held -> the product that today's rules of
 * identity say it is of.  Only what it was resolved to changes: what curators
 * merged stays merged.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_REGROUP_H
#define TOCSIN_INTAKE_REGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/harvest.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/plan.h"

/* A report that moves. */
struct regroup_move {
	uint32_t from, to; /* products */
	uint16_t mode;
	bool is_live;      /* it may ring: not backfilled */
	uint64_t contents; /* the event they stand with */
};

enum regroup_fate {
	REGROUP_GONE,  /* another event of the report has come since */
	REGROUP_STAYS, /* is where it belongs */
	REGROUP_MOVES, /* *move says where */
};

/*
 * Move it, when it belongs elsewhere: an event and its rows.  No alert is
 * looked at: see aftermath.h.
 */
enum regroup_fate regroup_take(struct intake *intake,
    const struct harvested *item, struct regroup_move *move);

/* The same on paper. */
enum regroup_fate regroup_plan(struct intake *intake, struct plan *plan,
    const struct harvested *item, struct regroup_move *move);

#endif
