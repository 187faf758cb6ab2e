/*
 * listener.h - accept connections on TCP and Unix sockets, within caps.
 * Loop thread.
 */
#ifndef TOCSIN_NET_LISTENER_H
#define TOCSIN_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/net/loop.h"

struct listener;

struct listener_options {
	const char *address; /* "127.0.0.1:7171", "[::1]:0", "unix:/path" */
	unsigned max_connections; /* accepting stops at this many */
	/* A new connection, non-blocking, close-on-exec: fd is given. */
	void (*on_accept)(void *who, int fd);
	void *who;
};

/* Is address loopback or a Unix socket?  -1 when it is no address at all. */
int listener_is_local(const char *address);

/*
 * Bind and listen.  NULL with a sentence in why (cap bytes): "127.0.0.1:7171
 * is in use by another process".  A stale Unix socket is replaced.
 */
struct listener *listener_open(struct loop *loop,
    const struct listener_options *options, char *why, size_t cap);

/* The address bound, with the real port; lives as long as the listener. */
const char *listener_address(const struct listener *listener);

/* A connection ended: one more may be accepted. */
void listener_release(struct listener *listener);

/* Stop accepting; NULL is fine. */
void listener_close(struct listener *listener);

#endif
