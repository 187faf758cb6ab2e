/*
 * secure.h - TLS over a link's socket: a server is believed when an authority
 * vouches for its certificate and the certificate names the host, or not at
 * all.  Never waits.
 */
#ifndef TOCSIN_CLIENTS_LIBTOCSIN_SECURE_H
#define TOCSIN_CLIENTS_LIBTOCSIN_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clients/libtocsin/tocsin.h"

/* PEM files, borrowed; NULL or "": none. */
struct secure_files {
	const char *ca;   /* believed instead of the system's authorities */
	const char *cert; /* the client's own, with its chain */
	const char *key;  /* of cert; it may stand in the same file */
};

/* What one handle believes and shows, and its connection of the moment. */
struct secure;

/*
 * Read the files.  NULL with error, TOCSIN_MISUSE naming the file or
 * TOCSIN_NO_MEMORY.
 */
struct secure *secure_new(const struct secure_files *files,
    struct tocsin_error *error);
void secure_free(struct secure *secure); /* NULL is fine */

/*
 * Begin on a connected socket, borrowed; host is a name or a numeric address.
 * false when out of memory.
 */
bool secure_open(struct secure *secure, int fd, const char *host);

/* Say goodbye if that can be done at once, and forget the connection. */
void secure_close(struct secure *secure);

/* Go on with the handshake.  1 when done, 0 when not yet, -1: it failed. */
int secure_shake(struct secure *secure);

/*
 * As recv and send on a non-blocking socket, without SIGPIPE; with EPROTO
 * TLS has failed.  What could not be written must be offered again first, the
 * same bytes, at any address.  A read has emptied what TLS holds unless it
 * filled the room.
 */
ssize_t secure_read(struct secure *secure, uint8_t *at, size_t room);
ssize_t secure_write(struct secure *secure, const uint8_t *at, size_t len);

/* Are there bytes to read that the socket will not announce? */
bool secure_has_rest(const struct secure *secure);

/* Must the socket be writable before the handshake or a read can go on? */
bool secure_wants_write(const struct secure *secure);

/*
 * Why the handshake, a read or a write failed: the code it means, and a part
 * of a sentence whose subject is the server.  Lives until secure_open.
 */
enum tocsin_code secure_why(const struct secure *secure, const char **text);

#endif
