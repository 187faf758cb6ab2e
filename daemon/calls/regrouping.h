/*
 * regrouping.h - all held reports looked at by today's rules of identity, on
 * paper or for good: read back from the log on a worker, decided in short
 * pieces on the writer, between which everybody else's work is done.  For
 * good, the log remembers how far it has come; when all have moved, alerts are
 * looked at, pair by pair of products.
 *
 * Reports that come, are amended or withdrawn meanwhile are decided by
 * today's rules anyway.  One at a time.  Loop thread.
 */
#ifndef TOCSIN_CALLS_REGROUPING_H
#define TOCSIN_CALLS_REGROUPING_H

#include "daemon/calls/fresh.h"
#include "daemon/calls/moves.h"
#include "daemon/intake/harvest.h"
#include "daemon/intake/plan.h"
#include "daemon/store/record_regrouped.h"

struct regrouping {
	union {
		struct work work;   /* first: deciding */
		struct job job;     /* first: reading back */
		struct fresh fresh; /* first: summing up */
	};
	struct services *services;
	struct record_regrouped progress; /* on paper: kept here only */
	struct harvest harvest;
	unsigned next; /* item, or pair of products, not yet decided */
	struct plan plan;
	struct moves moves;
	bool is_dry;
	int result; /* of the log */
	struct refusal why;

	/* Worker thread, when all is decided: what is to be said of it. */
	void (*sum_up)(struct regrouping *regrouping);
	/* Loop thread, at the end; why says what stopped it. */
	void (*done)(struct regrouping *regrouping);
};

/* In zeroed memory of the caller's; release what it holds. */
void regrouping_init(struct regrouping *regrouping, struct services *services);
void regrouping_fini(struct regrouping *regrouping);

/* Begin, or go on where the last one stopped.  sum_up and done are set. */
void regrouping_start(struct regrouping *regrouping);

#endif
