/*
 * supervisor.h - what systemd, or whoever keeps the daemon running, is told:
 * sd_notify(3) in a few lines of our own, over the socket that $NOTIFY_SOCKET
 * names.  Without one nothing is told.  Loop thread.
 */
#ifndef TOCSIN_DAEMON_SUPERVISOR_H
#define TOCSIN_DAEMON_SUPERVISOR_H

#include <stdint.h>

struct supervisor {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_ms; /* a sign of life is wanted this often; 0: never */
};

enum supervisor_news {
	NEWS_READY,     /* everything that was accepted can be answered */
	NEWS_RELOADING, /* READY follows */
	NEWS_STOPPING,
	NEWS_ALIVE,
};

/*
 * Find it by the environment, which forgets it, before the sandbox is
 * entered.  An address that cannot be reached is logged.
 */
void supervisor_open(struct supervisor *supervisor);
void supervisor_close(struct supervisor *supervisor);

/* Never waits; what does not get through is lost. */
void supervisor_tell(const struct supervisor *supervisor,
    enum supervisor_news news);

#endif
