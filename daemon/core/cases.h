/*
 * cases.h - which case a report joins.  A case is the reports of one event, at
 * most CASES_MEMBERS_MAX of them; a report that was linked with nothing is a
 * case by itself.  Complete link: a report joins when it would be linked with
 * every member, so that no chain of half-alike reports grows.
 */
#ifndef TOCSIN_CORE_CASES_H
#define TOCSIN_CORE_CASES_H

#include "daemon/core/linkage.h"

enum { CASES_MEMBERS_MAX = 16 };

/* A case that a candidate of decision LINKAGE_LINK belongs to. */
struct cases_offer {
	const struct evidence *member; /* the candidate among them */
	unsigned count;                /* 1..CASES_MEMBERS_MAX */
};

/*
 * The case that the block's new report joins, as an index into offers, or -1
 * when it is none of them.
 * Of several it is the one whose weakest link is strongest, then the one with
 * the earliest report, whatever their order.  A full case takes no more.
 * About 0.1 us a member.
 */
int cases_choose(const struct linkage_block *block,
    const struct cases_offer *offers, unsigned count);

/*
 * The member that speaks for its case: the most complete, of equals the one
 * filed first, then the one held first (seq).
 */
unsigned cases_master(const struct evidence *members, unsigned count);

#endif
