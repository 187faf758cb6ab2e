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

/*
 * The hash of its name in *hash, or ERROR_INVALID with why.  own is the
 * caller's organisation.
 */
MUST_CHECK int reporter_find(const struct services *services, struct text own,
    const struct reporter_asked *asked, uint64_t *hash, struct refusal *why);

#endif
