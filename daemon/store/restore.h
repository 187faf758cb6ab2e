/*
 * restore.h - a data directory made of a backup.  It becomes a later epoch of
 * the same store: cursors from before are told so.  What was erased since the
 * backup is put on a list for the next start (ERASED_AGAIN_FILE), as far as
 * the data directory or the backups beside that one know of it.
 */
#ifndef TOCSIN_STORE_RESTORE_H
#define TOCSIN_STORE_RESTORE_H

#include <stdint.h>

#include "daemon/store/log/fault.h"

struct restore_options {
	const char *from; /* the folder of a backup */
	const char *to;   /* data directory; it must hold no store */
	int64_t now_ms;   /* names the epoch */
};

struct restore_result {
	uint64_t last_seq; /* that the backup says it holds */
	uint64_t again;    /* erasures for the next start */
};

/*
 * Check every file against its sum and copy it.  Cut short it can be run
 * again; no start takes what it has left for a store.  LMDB is not made yet.
 * STORE_OK, or a fault.
 */
int restore_run(const struct restore_options *options,
    struct restore_result *result, struct store_fault *fault);

#endif
