/*
 * reload.h - the inside of the daemon, and what of it is taken anew from the
 * configuration.  Loop thread.
 */
#ifndef TOCSIN_DAEMON_RELOAD_H
#define TOCSIN_DAEMON_RELOAD_H

#include "daemon/calls/services.h"
#include "daemon/doors.h"
#include "daemon/heartbeat.h"
#include "daemon/tocsind.h"

struct tocsind {
	struct config config;
	struct tocsind_options options;
	struct clock clock;
	struct vocabulary *vocabulary;
	struct loop *loop;
	struct loop_wake *wake;
	struct loop_timer *sweep;
	struct loop_timer *drain;
	struct heartbeat *heartbeat;
	unsigned drain_steps;
	bool is_turn_due; /* turn_hub stands among the loop's soon */
	struct doors doors;
	struct services services;
	char exports_dir[4096];
};

/* Have calls judged by the limits of the configuration there is. */
void reload_limits(struct tocsind *daemon);

/* Say every complaint on stderr. */
void reload_errors(const struct yaml_errors *errors);

/* Read the configuration again (SIGHUP); refused whole when it is bad. */
void reload(void *daemon);

/* Judge by the organisations of the keyring from now on. */
void reload_organisations(void *daemon);

#endif
