/*
 * tocsind.h - the daemon as a whole: owns every part, starts them bottom-up
 * and stops them in the mirror of that.  Loop thread.
 */
#ifndef TOCSIN_DAEMON_TOCSIND_H
#define TOCSIN_DAEMON_TOCSIND_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/config.h"
#include "daemon/inherited.h"
#include "daemon/supervisor.h"

#define TOCSIND_VERSION "tocsind 0.1.0"

struct tocsind;

struct tocsind_options {
	struct config_source source; /* for reloads; borrowed */
	int64_t clock_offset_ms;     /* of the test clock; 0: real time */
	bool replaces_keys;          /* whose files are lost */
	struct inherited *inherited; /* sockets to listen at; borrowed */
	const struct supervisor *supervisor; /* borrowed */
};

/*
 * Start everything by the configuration, which is given (also on failure).
 * NULL after saying why on stderr.
 */
struct tocsind *tocsind_start(struct config *config,
    const struct tocsind_options *options);

/* Serve until SIGTERM or SIGINT. */
void tocsind_run(struct tocsind *daemon);

/* Stop accepting, drain, commit, close; NULL is fine. */
void tocsind_stop(struct tocsind *daemon);

#endif
