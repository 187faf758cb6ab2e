/*
 * curating.h - a curator's act on its way: looked at, done, answered.  What
 * needs no counting is one piece of work for the writer.  A merge or a split
 * is looked at, counted on a worker from a snapshot, looked at again and done,
 * so that neither takes the writer long, however many reports there are.
 */
#ifndef TOCSIN_CALLS_CURATING_H
#define TOCSIN_CALLS_CURATING_H

#include "daemon/calls/fresh.h"
#include "daemon/calls/reach.h"
#include "daemon/intake/curate.h"
#include "daemon/intake/outcome.h"

struct curating {
	union {
		struct work work;   /* first: looking, doing */
		struct fresh fresh; /* first: counting */
	};
	struct services *services;
	struct ticket ticket;
	struct reach reach;
	struct curation curation;
	struct overlap overlap[2];
	unsigned noverlaps; /* being counted */
	unsigned attempts;
	bool is_dry, is_again, is_cancelled;
	struct buf body;
	char organisation[64 + 1];
	uint64_t seq;
	struct outcome outcome;
	struct refusal why;
};

/* What every act is told with. */
struct telling {
	struct text reason, author, text;
	bool is_dry;
};

/*
 * Loop thread: begin.  NULL when memory is out, and the call is answered so;
 * what is wrong by then stands in why.
 */
struct curating *curating_new(struct call *call, enum curation_kind kind,
    const struct telling *telling);

/* Go on to the answer, which frees it. */
void curating_start(struct curating *curating);

#endif
