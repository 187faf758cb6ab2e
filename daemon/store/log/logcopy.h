/*
 * logcopy.h - a copy of DIR/log, taken beside a daemon that appends to it,
 * seals it and erases from it.  Everything acknowledged before it began is in
 * it, and it ends with a whole frame.  Any thread; changes nothing in DIR.
 */
#ifndef TOCSIN_STORE_LOG_LOGCOPY_H
#define TOCSIN_STORE_LOG_LOGCOPY_H

#include <stdint.h>

#include "daemon/store/log/fault.h"

struct logcopy {
	int from, to;            /* descriptors of two log directories */
	const uint8_t *instance; /* 16: whose log it must be */

	/* Filled in. */
	uint64_t segments, last_seq;
};

/*
 * Copy every segment, each file synced, and the directory.  to must be empty.
 * What is erased meanwhile is either not in the copy, or the copy lacks the
 * event that says its bytes are gone: opened as a store, it takes it out.
 * STORE_OK, or a fault; then to holds rubbish.
 */
int logcopy_run(struct logcopy *copy, struct store_fault *fault);

#endif
