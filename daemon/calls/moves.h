/*
 * moves.h - which reports move from which product to which, added up.  One
 * owner at a time.
 */
#ifndef TOCSIN_CALLS_MOVES_H
#define TOCSIN_CALLS_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/regroup.h"

/* All moves from one group to another; contents are the first one's. */
struct moved {
	struct regroup_move move;
	uint32_t reports;
};

/* Zeroed is empty; open-addressed, at most half full. */
struct moves {
	struct moved *at; /* owned */
	uint32_t mask;    /* places - 1; 0: none yet */
	uint32_t count;
	bool failed; /* memory ran out */
};

/* Release what it holds. */
void moves_fini(struct moves *moves);

/* One more report goes that way. */
void moves_add(struct moves *moves, const struct regroup_move *move);

/*
 * From now on they stand at the front of at, count of them, by from, to and
 * mode; nothing is added any more.  Again: the same.
 */
void moves_sort(struct moves *moves);

/* What comes to a group, or with mode 0 to a product, and leaves it. */
struct moved_group {
	uint32_t product;
	uint16_t mode;
	uint32_t in, out; /* reports */
};

/*
 * How many groups gain or lose; visits the products of them.  0 when memory is
 * out (failed).
 */
typedef void moves_visit(void *who, const struct moved_group *product);
uint64_t moves_groups(struct moves *moves, moves_visit *visit, void *who);

/*
 * Sorted: add up the modes of each pair of products, so that count is the
 * number of pairs; those of most reports stand first.
 */
void moves_pair(struct moves *moves);

#endif
