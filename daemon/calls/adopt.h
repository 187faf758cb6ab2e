/*
 * adopt.h - what a source holds under plain ids is made to be found by what
 * it says, before the source's ids mean something only inside a release.
 */
#ifndef TOCSIN_CALLS_ADOPT_H
#define TOCSIN_CALLS_ADOPT_H

#include "daemon/calls/services.h"
#include "daemon/intake/origin.h"

/*
 * Loop thread: read the source's reports from the log, a chunk of them at a
 * time on the writer; then done(who) with what went wrong, if anything.
 * Interrupted, it is begun anew; what was done stays.  name is borrowed until
 * then.  0, or -1 when out of memory; then done is not called.
 */
typedef void adopt_done(void *who, const struct refusal *why);
int adopt_start(struct services *services, const struct origin_name *name,
    adopt_done *done, void *who);

#endif
