/*
 * sandbox.h - what the daemon gives up, so that whoever takes it over gets
 * little: files but its own (Landlock), system calls but those it makes
 * (seccomp), new privileges, core dumps and being looked into by debuggers.
 * The first thread; how it stands is in the metrics and in the log.
 */
#ifndef TOCSIN_DAEMON_SANDBOX_H
#define TOCSIN_DAEMON_SANDBOX_H

#include "daemon/config.h"

/* In the order of the words in knobs.def. */
enum sandbox_want { SANDBOX_AUTO, SANDBOX_OFF, SANDBOX_REQUIRED };

/*
 * Before the first other thread and before anything is opened: give up all
 * files but the data and exports folders (made here if they are not there),
 * the folders of the files that the configuration names and of itself, and
 * those of the Unix sockets.  0; or -1 after saying why on stderr: a folder
 * cannot be made, or what is required cannot be had.
 */
int sandbox_enter(const struct config *config);

/*
 * After everything is open, threads run and doors listen: give up the system
 * calls.  0, or -1 as above.
 */
int sandbox_settle(const struct config *config);

/*
 * Say on stderr which files of a new configuration lie outside what was kept,
 * and that they need a restart.
 */
void sandbox_explain(const struct config *config);

#endif
