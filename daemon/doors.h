/* doors.h - the addresses the daemon listens at.  Loop thread. */
#ifndef TOCSIN_DAEMON_DOORS_H
#define TOCSIN_DAEMON_DOORS_H

#include "daemon/config.h"
#include "daemon/inherited.h"
#include "daemon/net/listener.h"
#include "daemon/net/transport.h"

enum { DOORS_MAX = 32 }; /* as many as listen and tls.listen take */

struct doors_accepting {
	void (*on_accept)(void *who, struct transport transport);
	unsigned (*open)(void *who);   /* connections now, by any door */
	bool (*has_tokens)(void *who); /* was there ever one? */
	void *who;
};

struct door {
	struct doors *doors;
	struct listener *listener; /* owned */
	bool is_secure;
};

/* Zeroed is valid, and closed. */
struct doors {
	struct door door[DOORS_MAX];
	unsigned count;
	struct doors_accepting accepting;
	struct tls_server *tls; /* owned; NULL: no door is secure */
};

/*
 * Are all of them addresses, is none open to others without TLS unless that
 * is allowed, and can the certificate be used?  0, or -1 after saying why on
 * stderr.
 */
int doors_check(const struct config *config);

/*
 * Listen at every address of the configuration, or in their place at the
 * sockets inherited, which are taken (those named tls speak TLS), with as many
 * connections as it wants or the descriptors of the process allow.  doors is
 * zeroed and stays where it is.  0, or -1 after saying why on stderr;
 * doors_close and doors_free release what was opened.  While there is no
 * token, no address is opened that others can reach, unless that is allowed or
 * clients must show a certificate.
 */
int doors_open(struct doors *doors, struct loop *loop,
    const struct config *config, const struct doors_accepting *accepting,
    struct inherited *inherited);

/*
 * Read the certificate again, by a new configuration's names of files.  0; or
 * -1 after saying why on stderr, and the old one stays: also when clients need
 * no certificate any more and doors_open would have refused that.
 */
int doors_reload(struct doors *doors, const struct config *config);

/* A connection ended: all doors share the cap. */
void doors_release(struct doors *doors);

/* Stop accepting.  Any number of calls. */
void doors_close(struct doors *doors);

/* Closed, and no connection is left: release the rest. */
void doors_free(struct doors *doors);

#endif
