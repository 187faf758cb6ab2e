/*
 * tls.h - TLS 1.2 and 1.3 over a socket, on the server's side.  No session
 * tickets and no cache (a resumed session would cost each connection 9 KiB
 * and outlive a revoked client certificate), no renegotiation, no
 * compression; buffers are given back when nothing is in them.  SIGPIPE must
 * be ignored by the process.  Loop thread.
 */
#ifndef TOCSIN_NET_TLS_H
#define TOCSIN_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tls_server; /* a certificate, its key, and whom it believes */
struct tls;        /* one connection */

/* PEM files; borrowed. */
struct tls_files {
	const char *certificate; /* the server's first, then its chain */
	const char *key;         /* without a password; not for all to read */
	const char *client_ca;   /* "": no client certificate is asked for */
	bool needs_client;       /* one is asked for and must be shown */
};

enum { TLS_FINGERPRINT = 32, TLS_NAME_MAX = 128 };

/* Whom a client certificate names. */
struct tls_peer {
	char name[TLS_NAME_MAX];              /* its common name, else "" */
	uint8_t fingerprint[TLS_FINGERPRINT]; /* SHA-256 of its DER form */
};

/* Without a certificate; NULL when out of memory.  free accepts NULL. */
struct tls_server *tls_server_new(void);
void tls_server_free(struct tls_server *server);

/*
 * Read the files and use them from the next handshake on; connections that
 * are open keep what they began with.  0; or -1 with a sentence that names
 * the file in why (cap bytes), and the server is as before.
 */
int tls_server_load(struct tls_server *server, const struct tls_files *files,
    char *why, size_t cap);

/* When the certificate ends, in seconds since 1970; 0 without one. */
int64_t tls_server_expires(const struct tls_server *server);

/* Begin on a non-blocking socket, borrowed.  NULL when out of memory. */
struct tls *tls_new(const struct tls_server *server, int fd);
void tls_free(struct tls *tls); /* NULL is fine */

/* Is the handshake done? */
bool tls_is_ready(const struct tls *tls);

/*
 * As recv and send without blocking; the first ones do the handshake.  0 at
 * the peer's end, be it said in TLS or by the socket alone: frames know their
 * length, so that nothing can be cut off unseen.  -1 with errno: EAGAIN;
 * EPROTO when TLS itself failed, for tls_why; else the socket's.  read takes
 * all that has come, up to room; what could not be written must be offered
 * again first, the same bytes, at any address.
 */
ssize_t tls_read(struct tls *tls, uint8_t *at, size_t room);
ssize_t tls_write(struct tls *tls, const uint8_t *at, size_t len);

/* Say that no more follows.  0, or -1 with EAGAIN: again when writable. */
int tls_end(struct tls *tls);

/* Why TLS failed; static. */
const char *tls_why(const struct tls *tls);

/* Must the socket be writable before tls_read can go on? */
bool tls_wants_write(const struct tls *tls);

/* Are there bytes to read that the socket will not announce? */
bool tls_has_rest(const struct tls *tls);

/* Has part of a record come? */
bool tls_is_begun(const struct tls *tls);

/* Memory above that of an idle connection, about. */
size_t tls_bytes(const struct tls *tls);

/* The client's certificate, which was found good; false when none was shown. */
bool tls_peer(const struct tls *tls, struct tls_peer *peer);

#endif
