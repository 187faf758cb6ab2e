/*
 * missing.h - the end of a snapshot: what its sources held and it did not
 * name, found by a walk over the log, then withdrawn a chunk at a time.
 */
#ifndef TOCSIN_CALLS_MISSING_H
#define TOCSIN_CALLS_MISSING_H

#include "daemon/calls/imports.h"
#include "proto/message.h"

/*
 * Loop thread: answer import.finish in its time.  0, or -1 when out of
 * memory; then nothing was begun.
 */
int missing_start(struct call *call, const struct snapshot_import *import,
    const struct call_import_finish *args);

#endif
