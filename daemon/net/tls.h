/*
 * tls.h - TLS over a socket, on the server's side.  An idle connection holds
 * no buffers.  Loop thread.
 */
#ifndef TOCSIN_NET_TLS_H
#define TOCSIN_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/net/tls_server.h"

struct tls; /* one connection */

enum { TLS_FINGERPRINT = 32, TLS_NAME_MAX = 128 };

/* Whom a client certificate names. */
struct tls_peer {
	char name[TLS_NAME_MAX];              /* its common name, else "" */
	uint8_t fingerprint[TLS_FINGERPRINT]; /* SHA-256 of its DER form */
};

/* Begin on a non-blocking socket, borrowed.  NULL when out of memory. */
struct tls *tls_new(const struct tls_server *server, int fd);
void tls_free(struct tls *tls); /* NULL is fine */

/* Is the handshake done? */
bool tls_is_ready(const struct tls *tls);

/*
 * As recv and send without blocking; the first ones do the handshake.  0 at
 * the peer's end, be it said in TLS or by the socket alone: frames know their
 * length, so that nothing can be cut off unseen.  -1 with errno: EAGAIN;
 * EPROTO when TLS itself failed, for tls_why; else the socket's.  read reads
 * once from the socket.  write takes some of the bytes as soon as all those
 * before are with the kernel; with len 0 it sends what is left of those.
 */
ssize_t tls_read(struct tls *tls, uint8_t *at, size_t room);
ssize_t tls_write(struct tls *tls, const uint8_t *at, size_t len);

/* Raw bytes, of writes or of TLS itself, that the kernel has not taken. */
size_t tls_unsent(const struct tls *tls);

/* Say that no more follows.  0, or -1 with EAGAIN: again when writable. */
int tls_end(struct tls *tls);

/* Why TLS failed; static. */
const char *tls_why(const struct tls *tls);

/* Are there bytes to read that the socket will not announce? */
bool tls_has_rest(const struct tls *tls);

/* Has part of a record come? */
bool tls_is_begun(const struct tls *tls);

/* Memory above that of an idle connection, about. */
size_t tls_bytes(const struct tls *tls);

/* The client's certificate, which was found good; false when none was shown. */
bool tls_peer(const struct tls *tls, struct tls_peer *peer);

#endif
