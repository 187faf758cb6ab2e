/*
 * revisions.h - the reports of the log, each once, in its latest state at a
 * sequence.  One pass over the headers finds what was amended, withdrawn or
 * regrouped, a second one gives the reports out where their latest event
 * stands.
 */
#ifndef TOCSIN_FEED_REVISIONS_H
#define TOCSIN_FEED_REVISIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/record.h"
#include "daemon/store/store.h"

struct revision_range {
	struct store *store;
	uint64_t since;   /* latest revisions behind this sequence only */
	uint64_t seq;     /* the state at this sequence */
	bool want_bodies; /* also those that stand with an earlier event */
};

/* A report in its latest state.  Borrowed during the visit. */
struct revised {
	uint64_t seq; /* of its latest event; its erasure is one */
	uint64_t first_seq;
	uint32_t revision;
	uint32_t label;  /* import's ordinal, 0 none */
	uint32_t origin; /* origin.source's ordinal */
	bool is_withdrawn;
	bool is_erased;
	const struct record_case
	    *found;                /* among others, when it was compared */
	const struct facts *facts; /* as counted; withdrawn: as it was */
	struct text body;          /* the report as received; erased: empty */
};

/*
 * Visit them in order of seq.  Non-zero of visit stops and is returned; else
 * 0 or an enum store_result.
 */
typedef int revised_visit(void *who, const struct revised *revised);
int revisions_each(const struct revision_range *range, revised_visit *visit,
    void *who);

#endif
