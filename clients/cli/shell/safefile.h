/*
 * safefile.h - a file that appears whole or not at all, whatever ends us.
 */
#ifndef TOCSIN_CLIENTS_CLI_SAFEFILE_H
#define TOCSIN_CLIENTS_CLI_SAFEFILE_H

#include <stdbool.h>
#include <stdio.h>

struct safefile {
	char *path;    /* owned: the name it shall have */
	char *part;    /* owned: the name it has until then */
	int fd;        /* -1 before open */
	bool is_named; /* part exists */
	FILE *stream;  /* what to write to */
};

/*
 * Open for the name path + suffix.  Written to a file without a name where
 * the file system can, else to FILE.part.  0, or -1 with errno.
 */
int safefile_open(struct safefile *file, const char *path, const char *suffix);

/* Flush, sync and give it its name, replacing a file of that name.  0, -1. */
int safefile_keep(struct safefile *file);

/* Release; what was not kept is gone.  Zeroed with fd -1 is fine. */
void safefile_drop(struct safefile *file);

#endif
