/* folder.h - the folders the daemon keeps.  Any thread. */
#ifndef TOCSIN_DAEMON_FOLDER_H
#define TOCSIN_DAEMON_FOLDER_H

#include <stddef.h>

#include "daemon/config.h"

/*
 * Make a folder for nobody else (0700) if it is not there, and its name
 * durable.  0, or -1 after saying why on stderr.
 */
int folder_make(const char *path);

/* The folder that holds a file, links followed: owned; NULL: there is none. */
char *folder_of(const char *path);

/*
 * Where exports are gathered: exports.directory, else tmp in the data
 * directory, which is there.  It is made.  0, or -1 as above.
 */
int folder_of_exports(const struct config *config, char *path, size_t cap);

#endif
