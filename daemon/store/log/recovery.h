/*
 * recovery.h - from what a dead process left in DIR/log to a log that is whole
 * and wholly on disk.  Runs before any thread exists; may die at any moment
 * and be run again.
 */
#ifndef TOCSIN_STORE_LOG_RECOVERY_H
#define TOCSIN_STORE_LOG_RECOVERY_H

#include <stdint.h>

#include "daemon/store/log/fault.h"
#include "daemon/store/log/inventory.h"

struct recovery {
	int dir; /* descriptor of DIR/log */
	uint64_t segment_bytes;
	uint32_t seed;
	const uint8_t *instance; /* 16 */
	/* What LMDB says of the log: 0 and 0 when it holds nothing. */
	uint64_t anchor_seq;
	uint32_t anchor_chain;
};

/*
 * Fill list (zeroed); its last segment is open for writing after its last
 * frame, and everything in the log is durable.
 */
int recovery_run(const struct recovery *recovery, struct segment_list *list,
    struct store_fault *fault);

#endif
