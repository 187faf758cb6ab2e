/*
 * suppress.h - which small counts the public is not told, so that none of them
 * can be worked out from the others.  Pure.
 *
 * A part of fewer than k sources is withheld.  Together with a total that is
 * shown, what is withheld could be had by subtraction; so other parts are
 * withheld with it (complementary suppression), until of n parts of R reports
 *	n >= 2 and R >= k + n - 1:
 * then each of them may be anything from 1 to k, as R less what the n - 1
 * others have at least.  Where that cannot be, the total is withheld, too.
 *
 * Which others, is said by a rank that the public cannot know: were it the
 * smallest, some tables could be told from what was chosen.
 */
#ifndef TOCSIN_CORE_SUPPRESS_H
#define TOCSIN_CORE_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SUPPRESS_K = 3,      /* sources for a count to be told to the public */
	SUPPRESS_K_HARM = 5, /* ... for how badly people were hurt */
};

/* What stands in the place of a count; it must not say which of the two. */
#define SUPPRESS_TEXT "fewer than 3, or kept back beside such"

struct suppress_part {
	uint32_t sources;
	uint32_t reports; /* what adds up; 0: an empty part, which is told */
	uint64_t rank;    /* keyed, lower ones are withheld first */
	bool is_withheld;
};

/*
 * Decide about the parts of one total, of which each report is in one part.
 * Sets is_withheld of all; when the total's is set, all parts' are.
 */
void suppress(struct suppress_part *total, struct suppress_part *part,
    size_t count, uint32_t k);

#endif
