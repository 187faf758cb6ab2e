/* dbdir.h - the directory LMDB lives in, which LMDB neither makes nor syncs. */
#ifndef TOCSIN_STORE_DB_DBDIR_H
#define TOCSIN_STORE_DB_DBDIR_H

#include <stdbool.h>

#include "daemon/store/log/fault.h"

/* Make it, mode 0700, unless it is there.  0 or errno. */
int dbdir_make(const char *dir);

/* Sync it and the directory it stands in.  0 or errno. */
int dbdir_sync(const char *dir);

/* Remove LMDB's files from it; none there is fine. */
int dbdir_remove(const char *dir, struct store_fault *fault);

/* Remove a copy that was never finished.  0 or errno. */
int dbdir_clean(const char *dir);

/* A copy of LMDB's file in the making. */
struct dbdir_copy {
	int fd;  /* of the copy; owned */
	int old; /* of the file it replaces; owned */
};

/* Begin one beside the file.  0 or errno. */
int dbdir_copy_begin(const char *dir, struct dbdir_copy *copy);
/* It is written: have it on disk.  0 or errno. */
int dbdir_copy_sync(struct dbdir_copy *copy);
/* Put it in the place of the file, which nobody has open.  0 or errno. */
int dbdir_copy_take(const char *dir, struct dbdir_copy *copy);
/* Overwrite the file that was replaced, and end. */
void dbdir_copy_scrub(struct dbdir_copy *copy);
/* Remove it, and end. */
void dbdir_copy_drop(const char *dir, struct dbdir_copy *copy);

/* Has its disk so much room that no short write comes of it? */
bool dbdir_has_room(const char *dir);

#endif
