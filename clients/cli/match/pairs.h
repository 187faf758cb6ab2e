/* pairs.h - pairs of rows of two tables, listed or found, and what became of
 * each. */
#ifndef TOCSIN_CLIENTS_CLI_PAIRS_H
#define TOCSIN_CLIENTS_CLI_PAIRS_H

#include "clients/cli/match/wares.h"

struct pair {
	uint32_t left, right; /* rows */
	bool is_same;         /* as labelled */
	bool is_rivalled;     /* a match but for another pair like it */
	bool is_beaten; /* another pair of its row or column scores higher */
	enum match_decision decision;
	double score;
};

struct pairs {
	const struct wares *left, *right;
	struct pair *pair; /* owned */
	size_t count, cap;
};

/* Release the memory; zeroed is fine. */
void pairs_fini(struct pairs *pairs);

/* Append one.  0, or -1 when memory runs out. */
int pairs_add(struct pairs *pairs, const struct pair *pair);

/*
 * Append those listed in a CSV file with the columns left and right (ids),
 * and label (1 or 0, true or false, yes or no) where it is labelled.  0, or
 * an exit code with the complaint printed.
 */
int pairs_read(struct pairs *pairs, struct output *output, const char *path,
    bool is_labelled);

/*
 * Make a proposal of every match that has a rival (match_is_rival) in its
 * left or its right row, or another match there.  0, or -1 when memory runs
 * out.
 */
int pairs_doubt_rivals(struct pairs *pairs);

/*
 * Say no to every pair that is not the best both of its left and of its right
 * row.  Pairs of the same score are all the best.  0, or -1 when memory runs
 * out.
 */
int pairs_keep_best(struct pairs *pairs);

#endif
