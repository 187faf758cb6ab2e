/* options.h - the daemon's command line. */
#ifndef TOCSIN_DAEMON_OPTIONS_H
#define TOCSIN_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/config.h"

enum mode {
	MODE_SERVE,
	MODE_CHECK_CONFIG,
	MODE_PRINT_CONFIG,
	MODE_VERIFY,
	MODE_REBUILD,
	MODE_INIT,
	MODE_BACKUP,
	MODE_RESTORE,
	MODE_DESCRIBE,
	MODE_VERSION,
	MODE_HELP,
};

enum { OPTIONS_SETS_MAX = 64 };

struct options {
	enum mode mode;
	struct config_source source; /* set points into sets */
	const char *sets[OPTIONS_SETS_MAX];
	char *owned[OPTIONS_SETS_MAX]; /* made from --data-dir, --listen */
	unsigned nowned;
	const char *describe; /* what to describe */
	const char *init;     /* the organisation to name first */
	const char *place;    /* backups' directory, or the backup */
	bool replaces_keys;
	int64_t clock_offset_ms;
};

/* 0, or -1 after saying on stderr what is wrong. */
int options_read(struct options *options, int argc, char **argv);
void options_fini(struct options *options);

/* Print how the daemon is called. */
void options_help(FILE *out);

#endif
