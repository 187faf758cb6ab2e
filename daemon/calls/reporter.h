/*
 * reporter.h - a reporter as a caller names it -> the name under which the
 * store holds it.  Pure.
 */
#ifndef TOCSIN_CALLS_REPORTER_H
#define TOCSIN_CALLS_REPORTER_H

#include <stdint.h>

#include "daemon/calls/services.h"

struct reporter_asked {
	struct text organisation; /* whose; empty: the caller's */
	struct text reporter;     /* as it stands in reports, or empty: */
	struct text pseudonym;    /* as it is held */
};

/* The hashes under which it may be held. */
struct reporter_names {
	uint64_t now, before; /* by which key; before 0: there is none */
};

/*
 * Its names, or ERROR_INVALID with why.  own is the caller's organisation.
 */
MUST_CHECK int reporter_find(const struct services *services, struct text own,
    const struct reporter_asked *asked, struct reporter_names *names,
    struct refusal *why);

/* The ordinal of the source that has one of the names; 0 none.  Any thread. */
uint32_t reporter_ordinal(struct snapshot *snapshot,
    const struct reporter_names *names);

#endif
