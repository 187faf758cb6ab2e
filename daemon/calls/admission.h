/*
 * admission.h - may a call be made?  Its session's roles and scope against its
 * row of messages.def.  Loop thread.
 */
#ifndef TOCSIN_CALLS_ADMISSION_H
#define TOCSIN_CALLS_ADMISSION_H

#include "daemon/calls/services.h"

/*
 * For sessions_options.check.  Whoever has a scope must name what is in each
 * part of it.  That is read of reports handed in (category, country), of
 * filters, which are not narrowed, and of the alert that a call names.  Calls
 * that name products are let through: reach.h judges them.  Every other call
 * that tells of reports is refused to a scoped token.
 */
int admission_check(const struct call *call, struct refusal *why);

#endif
