/*
 * admission.h - may a call be made?  Its session's roles and scope against its
 * row of messages.def.  Loop thread.
 */
#ifndef TOCSIN_CALLS_ADMISSION_H
#define TOCSIN_CALLS_ADMISSION_H

#include "daemon/calls/services.h"

/*
 * For sessions_options.check.  Of what a call tells of, only what its
 * arguments say is known here: whoever has a scope must name what is in it.
 */
int admission_check(const struct call *call, struct refusal *why);

#endif
