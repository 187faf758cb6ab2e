/*
 * transport.c - plain or TLS.  A TLS peer costs nothing until its first byte
 * has come; that byte tells who has mistaken the port.
 */
#include "daemon/net/transport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/metrics.h"

enum { TLS_HANDSHAKE = 0x16 /* the first byte of every TLS connection */ };

struct transport
transport_plain(int fd)
{
	return (struct transport){ .fd = fd };
}

struct transport
transport_secure(int fd, const struct tls_server *server)
{
	return (struct transport){ .fd = fd, .server = server };
}

void
transport_close(struct transport *transport)
{
	if (!transport_is_open(transport))
		metrics_add(METRIC_tls_handshakes_failed, 1);
	tls_free(transport->tls);
	if (transport->fd >= 0)
		close(transport->fd);
	*transport = transport_plain(-1);
}

bool
transport_is_open(const struct transport *transport)
{
	return !transport->server ||
	    (transport->tls && tls_is_ready(transport->tls));
}

/* The peer's first byte has come: is it TLS?  0; -1 and errno; 1 at its end. */
static int
begin(struct transport *transport)
{
	uint8_t first;
	ssize_t got = recv(transport->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (got == 0)
		return 1;
	if (got < 0)
		return -1;
	if (first != TLS_HANDSHAKE) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	transport->tls = tls_new(transport->server, transport->fd);
	if (transport->tls)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* tls_read, and the one time at which it ends the handshake. */
static ssize_t
receive_secure(struct transport *transport, uint8_t *at, size_t room)
{
	bool was_ready = tls_is_ready(transport->tls);
	ssize_t got = tls_read(transport->tls, at, room);

	if (!was_ready && tls_is_ready(transport->tls)) {
		int error = errno;
		metrics_add(METRIC_tls_handshakes, 1);
		errno = error;
	}
	return got;
}

ssize_t
transport_receive(struct transport *transport, uint8_t *at, size_t room)
{
	int begun;

	if (!transport->server)
		return recv(transport->fd, at, room, MSG_DONTWAIT);
	begun = transport->tls ? 0 : begin(transport);
	if (begun != 0)
		return begun < 0 ? -1 : 0;
	return receive_secure(transport, at, room);
}

ssize_t
transport_send(struct transport *transport, const uint8_t *at, size_t len)
{
	if (!transport->server)
		return send(transport->fd, at, len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (transport->tls)
		return tls_write(transport->tls, at, len);
	errno = EAGAIN;
	return -1;
}

void
transport_give_in(struct transport *transport)
{
	tls_free(transport->tls);
	transport->tls = NULL;
	transport->server = NULL;
}

int
transport_end(struct transport *transport)
{
	if (transport->tls && tls_end(transport->tls))
		return -1;
	shutdown(transport->fd, SHUT_WR);
	return 0;
}

ssize_t
transport_drain(struct transport *transport, uint8_t *chunk, size_t cap)
{
	/* Records, too: nobody looks at them. */
	return recv(transport->fd, chunk, cap, MSG_DONTWAIT);
}

const char *
transport_why(const struct transport *transport, int error)
{
	if (error == EPROTO && transport->tls)
		return tls_why(transport->tls);
	return strerrordesc_np(error);
}

size_t
transport_unsent(const struct transport *transport)
{
	return transport->tls ? tls_unsent(transport->tls) : 0;
}

bool
transport_has_rest(const struct transport *transport)
{
	return transport->tls && tls_has_rest(transport->tls);
}

bool
transport_is_begun(const struct transport *transport)
{
	return transport->tls && tls_is_begun(transport->tls);
}

size_t
transport_bytes(const struct transport *transport)
{
	return transport->tls ? tls_bytes(transport->tls) : 0;
}

bool
transport_peer(const struct transport *transport, struct tls_peer *peer)
{
	return transport->tls && tls_peer(transport->tls, peer);
}
