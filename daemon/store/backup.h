/*
 * backup.h - a backup: a folder with the log, who the store is and what was
 * erased, but without LMDB, which is made from the log, and without the keys
 * of pseudonyms, which are kept elsewhere.  SHA256SUMS names every file, in
 * sha256sum's form, behind a line that says what it is.  Taken beside a
 * running daemon, or without one.
 */
#ifndef TOCSIN_STORE_BACKUP_H
#define TOCSIN_STORE_BACKUP_H

#include <stdint.h>

#include "daemon/store/backups.h"
#include "daemon/store/log/fault.h"

#define BACKUP_SUMS "SHA256SUMS"
#define BACKUP_HEAD "# tocsin backup 1, sequence "
#define BACKUP_FOOT "# files "

/* What may be in one, besides log; the first must be. */
#define BACKUP_FILES "instance", "erasures"

struct backup_options {
	const char *from; /* data directory */
	const char *to;   /* directory of backups (backups.h) */
	int64_t now_ms;
	int64_t keep_ms; /* older ones are removed */
};

struct backup_result {
	char name[BACKUP_NAME_MAX];
	uint64_t segments, last_seq, expired;
};

/*
 * Make one; it gets its name when it is whole and on disk.  Then those past
 * their time are removed; before, all but the newest of them.  STORE_OK, or a
 * fault.
 */
int backup_run(const struct backup_options *options,
    struct backup_result *result, struct store_fault *fault);

#endif
