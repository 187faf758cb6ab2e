/* doors.h - the addresses the daemon listens at.  Loop thread. */
#ifndef TOCSIN_DAEMON_DOORS_H
#define TOCSIN_DAEMON_DOORS_H

#include "daemon/config.h"
#include "daemon/inherited.h"
#include "daemon/net/listener.h"

enum { DOORS_MAX = 16 };

struct doors {
	struct listener *listener[DOORS_MAX];
	unsigned count;
};

struct doors_accepting {
	void (*on_accept)(void *who, int fd);
	unsigned (*open)(void *who); /* connections now, by any door */
	void *who;
};

/*
 * Are all of them addresses, and none open to others?  (Until TLS and tokens
 * exist.)  0, or -1 after saying why on stderr.
 */
int doors_check(const struct config *config);

/*
 * Listen at every address of the configuration, or in their place at the
 * sockets inherited, which are taken, with as many connections as it wants or
 * the descriptors of the process allow.  0, or -1 after saying why on stderr;
 * doors_close releases what was opened.
 */
int doors_open(struct doors *doors, struct loop *loop,
    const struct config *config, const struct doors_accepting *accepting,
    struct inherited *inherited);

/* A connection ended: all doors share the cap. */
void doors_release(struct doors *doors);

/* Stop accepting.  Any number of calls. */
void doors_close(struct doors *doors);

#endif
