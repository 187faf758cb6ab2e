/*
 * init.h - tocsind --init: the first administrator of a store that has none.
 */
#ifndef TOCSIN_DAEMON_INIT_H
#define TOCSIN_DAEMON_INIT_H

#include <stdint.h>

#include "daemon/config.h"

/*
 * Name an organisation, trusted, and make it a token with every role, which
 * is printed on stdout once.  The store is made when there is none; one with
 * tokens is refused, as is one that a daemon uses.  The clock is so many ms
 * off.  An exit code.
 */
int init_run(const struct config *config, const char *organisation,
    int64_t clock_offset_ms);

#endif
