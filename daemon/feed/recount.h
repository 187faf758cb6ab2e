/*
 * recount.h - the counts and alarms of every group at a sequence, from the
 * log alone.  A first walk counts what each product has to be counted, and
 * sees which were merged; then, for as many products at once as fit, a walk
 * lays out their reports product by product and these are folded as intake
 * folds them, and products of a family together.  Runs on any thread.
 *
 * Memory: 64 bytes a movement held at once (a report counted in or out), 12
 * for each product, 48 to 96 for each alert, and the counts of one product
 * and of one family, whose sources may take up to 150 MB each.  Two million
 * reports take two walks and about 130 MB; more of them than
 * RECOUNT_MOVEMENTS take more walks.
 */
#ifndef TOCSIN_FEED_RECOUNT_H
#define TOCSIN_FEED_RECOUNT_H

#include <stdint.h>

#include "daemon/store/snapshot.h"
#include "daemon/store/store.h"

enum {
	/* Movements held at once: 256 MB. */
	RECOUNT_MOVEMENTS = 1 << 22,
	/*
	 * One product moved more often than that, it or its family has too
	 * many sources, or there were too many alerts.
	 */
	RECOUNT_TOO_LARGE = -2,
};

struct recount_range {
	struct store *store;
	uint64_t seq;       /* the state at this sequence */
	uint32_t movements; /* held at once; at most RECOUNT_MOVEMENTS */
};

/*
 * Visit what roots_walk would have at that sequence, of products that ever
 * counted anything; nalarms of an aggregate, and what detection remembers in
 * it, is not filled.  Non-zero of visit
 * stops and is returned; else 0, RECOUNT_TOO_LARGE or an enum store_result.
 */
int recount_walk(const struct recount_range *range, snapshot_visit *visit,
    void *who);

#endif
