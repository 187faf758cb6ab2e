/*
 * quota.h - how many reports each may hand in, a second and a day: each token;
 * each organisation of this machine, without one; each network of other
 * machines, without one.  Counted in memory, so that a start forgets it.
 * Loop thread.
 */
#ifndef TOCSIN_CALLS_QUOTA_H
#define TOCSIN_CALLS_QUOTA_H

#include "daemon/calls/services.h"

struct quota;

/* NULL when out of memory.  free accepts NULL. */
struct quota *quota_new(void);
void quota_free(struct quota *quota);

/*
 * Count reports for whoever makes this call.  0; or ERROR_BUSY with why and
 * when to come back, and nothing is counted.
 */
int quota_take(struct call *call, uint32_t reports, struct refusal *why);

/* What applies to whoever makes this call; 0: no limit. */
struct call_quota quota_of(const struct call *call);

#endif
