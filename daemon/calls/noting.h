/*
 * noting.h - acts that no other event tells of, put into the log for the
 * audit.  Loop thread.
 */
#ifndef TOCSIN_CALLS_NOTING_H
#define TOCSIN_CALLS_NOTING_H

#include "daemon/calls/services.h"
#include "daemon/store/record_audit.h"

/*
 * Have it written down, behind all that was asked of the writer before.  call
 * says who (NULL: the daemon was told to by a signal), text what.  Where the
 * disk is full or memory out it is left out, and logged.
 */
void noting_put(struct services *services, enum audit_kind kind,
    const struct call *call, struct text text);

#endif
