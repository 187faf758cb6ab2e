/*
 * backups.h - a directory of dated backups, each a folder with a name such as
 * tocsin-2026-06-15T12-00-00Z; while it is made or removed ".partial" stands
 * behind it.  Folders of other stores may stand beside them, and other files:
 * those are left alone.
 */
#ifndef TOCSIN_STORE_BACKUPS_H
#define TOCSIN_STORE_BACKUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/log/fault.h"

enum { BACKUP_NAME_MAX = 40 };

struct backups {
	int dir, lock; /* descriptors; -1 closed */
	uint8_t instance[16];
};

/* The name of a backup made at this time; is it one, and of when? */
void backups_name(int64_t made_ms, bool is_partial, char out[BACKUP_NAME_MAX]);
bool backups_name_read(const char *name, int64_t *made_ms, bool *is_partial);

/*
 * Open directory path, made 0700 when absent, for backups of this store, lock
 * it against other runs, and remove what they left unfinished.  STORE_OK, or
 * a fault; then nothing is held.
 */
int backups_open(struct backups *backups, const char *path,
    const uint8_t instance[16], struct store_fault *fault);
void backups_close(struct backups *backups);

/*
 * Overwrite and remove this store's backups made before a time, but for the
 * newest there is.  *expired is raised by each.
 */
int backups_expire(struct backups *backups, int64_t before_ms,
    uint64_t *expired, struct store_fault *fault);

/* A callback over this store's whole backups; non-zero stops. */
typedef int backups_visit(void *who, int folder, const char *name);
int backups_each(struct backups *backups, backups_visit *visit, void *who);

#endif
