/* audit.h - who may be told what people did.  Loop thread. */
#ifndef TOCSIN_CALLS_AUDIT_H
#define TOCSIN_CALLS_AUDIT_H

#include "daemon/calls/services.h"

/*
 * May whoever makes this call have acts, as audit.list gives them?  0, or a
 * code with why.
 */
int audit_check(const struct call *call, struct refusal *why);

#endif
