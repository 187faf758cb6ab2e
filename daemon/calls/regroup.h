/*
 * regroup.h - what a start does about rules of identity that have changed.
 * Loop thread.
 */
#ifndef TOCSIN_CALLS_REGROUP_H
#define TOCSIN_CALLS_REGROUP_H

#include "daemon/calls/services.h"

/*
 * Once, before anything is submitted: reports that stand under other rules are
 * said in the log file, and a regrouping to today's that was stopped goes on.
 */
void regroup_begin(struct services *services);

#endif
