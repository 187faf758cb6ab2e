/*
 * tools.h - what tocsind does besides serving: check and print the
 * configuration, verify and rebuild a store, describe its tables.
 */
#ifndef TOCSIN_DAEMON_TOOLS_H
#define TOCSIN_DAEMON_TOOLS_H

#include <stdbool.h>

#include "daemon/config.h"
#include "daemon/options.h"

/* Can this be done without reading a configuration? */
bool tools_need_no_config(enum mode mode);

/* Load it by the options; 0, or -1 after printing every complaint. */
int tools_load_config(const struct options *options, struct config *config);

/* Do it; returns the exit code.  config is NULL where it needs none. */
int tools_run(const struct options *options, const struct config *config);

#endif
