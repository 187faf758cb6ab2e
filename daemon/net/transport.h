/*
 * transport.h - how a peer's bytes come and go: over its socket as they are,
 * or in TLS.  Loop thread.
 */
#ifndef TOCSIN_NET_TRANSPORT_H
#define TOCSIN_NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/net/tls.h"

struct transport {
	int fd;                          /* owned */
	const struct tls_server *server; /* borrowed; NULL: plain */
	struct tls *tls; /* owned; NULL: plain, or nothing has come */
};

/* Over a non-blocking socket, which is given. */
struct transport transport_plain(int fd);
struct transport transport_secure(int fd, const struct tls_server *server);

/* Close and release.  Counts a handshake that never was done. */
void transport_close(struct transport *transport);

/* Does it speak TLS, or wait for it? */
static inline bool
transport_is_secure(const struct transport *transport)
{
	return transport->server != NULL;
}

/* May bytes of ours be sent?  Else the handshake goes on, by receiving. */
bool transport_is_open(const struct transport *transport);

/*
 * As recv and send, never blocking, without SIGPIPE; but errno may be EPROTO:
 * TLS failed, and transport_why says how; or EPROTONOSUPPORT: the first byte
 * is none of TLS, and nothing was taken.
 */
ssize_t transport_receive(struct transport *transport, uint8_t *at,
    size_t room);
ssize_t transport_send(struct transport *transport, const uint8_t *at,
    size_t len);

/* Go on in plain with a peer that speaks no TLS, to tell it so. */
void transport_give_in(struct transport *transport);

/*
 * Say that no more follows; from then on input can only be drained.  0, or -1
 * with EAGAIN: again when the socket is writable.
 */
int transport_end(struct transport *transport);

/* As recv, of bytes that are thrown away; chunk has cap bytes. */
ssize_t transport_drain(struct transport *transport, uint8_t *chunk,
    size_t cap);

/* Why it failed with this errno; static. */
const char *transport_why(const struct transport *transport, int error);

/* As the functions of tls.h; of a plain one false and 0. */
size_t transport_unsent(const struct transport *transport);
bool transport_has_rest(const struct transport *transport);
bool transport_is_begun(const struct transport *transport);
size_t transport_bytes(const struct transport *transport);
bool transport_peer(const struct transport *transport, struct tls_peer *peer);

#endif
