/*
 * dupindex.h - blocks and cases in memory, for measuring duplicates: what the
 * daemon keeps in its store, and the same order of steps.
 */
#ifndef TOCSIN_BENCH_DUPINDEX_H
#define TOCSIN_BENCH_DUPINDEX_H

#include <stdint.h>

#include "daemon/core/cases.h"
#include "daemon/core/evidence.h"

enum { DUPINDEX_PAGES = 4 }; /* pages of evidences read a report, at most */

struct dupindex;

/* What became of one report. */
struct dupindex_outcome {
	uint32_t case_number;
	uint32_t candidates, pages;
	uint32_t best;          /* the report it is most like, if found */
	uint32_t found;         /* candidates that came to possible or more */
	uint32_t refused;       /* links that a whole case did not bear out */
	struct linkage linkage; /* with best */
	uint64_t look_ns, compare_ns, choose_ns, keep_ns;
};

/* Ends the program when memory runs out; for at most so many reports. */
struct dupindex *dupindex_new(uint32_t reports);
void dupindex_free(struct dupindex *index);

/* Ordinal of a name, from 1, by its hash. */
uint32_t dupindex_ordinal(struct dupindex *index, uint64_t hash);

/* Look for duplicates of the next report, choose its case, keep it. */
void dupindex_add(struct dupindex *index, const struct evidence *evidence,
    struct dupindex_outcome *outcome);

#endif
