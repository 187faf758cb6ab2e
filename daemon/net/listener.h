/*
 * listener.h - accept connections on TCP and Unix sockets, within caps.
 * Loop thread.
 */
#ifndef TOCSIN_NET_LISTENER_H
#define TOCSIN_NET_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/net/loop.h"

struct listener;

struct listener_options {
	/*
	 * "127.0.0.1:7171", "[::1]:0", "localhost:7171", "unix:/path": numeric
	 * but for localhost, port 0 for any free one.
	 */
	const char *address;
	/* A listening socket, given, in place of address; 0: none. */
	int inherited;
	unsigned max_connections; /* accepting stops at this many */
	/* A new connection, non-blocking, close-on-exec: fd is given. */
	void (*on_accept)(void *who, int fd);
	void *who;
	/*
	 * How many are open, for several listeners under one cap; NULL: this
	 * one counts its own.
	 */
	unsigned (*open)(void *who);
};

/* Is address loopback or a Unix socket?  1, 0, or -1 when it is no address. */
int listener_is_local(const char *address);

/*
 * Bind and listen.  NULL with a sentence in why (cap bytes): "127.0.0.1:7171
 * is in use by another process".  A stale Unix socket is replaced.  Out of
 * descriptors or memory, accepting rests for a tenth of a second.
 */
struct listener *listener_open(struct loop *loop,
    const struct listener_options *options, char *why, size_t cap);

/* The address bound, with the real port; lives as long as the listener. */
const char *listener_address(const struct listener *listener);

/*
 * A connection ended: one more may be accepted.  Listeners under one cap are
 * all told.
 */
void listener_release(struct listener *listener);

/* How often accepting rested because the machine had no descriptor left. */
uint64_t listener_rests(const struct listener *listener);

/* Stop accepting; NULL is fine. */
void listener_close(struct listener *listener);

#endif
