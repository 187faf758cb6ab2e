/*
 * link.h - one connection to tocsind: resolving, connecting, shaking hands in
 * TLS unless the host is this machine, whole frames in, bytes out.  Never
 * waits, except in getaddrinfo.
 */
#ifndef TOCSIN_CLIENTS_LIBTOCSIN_LINK_H
#define TOCSIN_CLIENTS_LIBTOCSIN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "clients/libtocsin/secure.h"
#include "clients/libtocsin/tocsin.h"
#include "proto/scan.h"

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_SHAKING, LINK_UP };

enum { LINK_SHOWN_MAX = 160 };

struct addrinfo;

struct link {
	enum link_state state;
	int fd;                     /* -1 when there is no socket */
	char *host;                 /* owned; NULL with a Unix socket */
	char *port;                 /* owned */
	char *path;                 /* owned; of a Unix socket */
	char shown[LINK_SHOWN_MAX]; /* for messages */
	struct addrinfo *addresses; /* owned, while connecting */
	struct addrinfo *next;      /* to try after this one */
	int64_t connect_by;         /* when this address, or the handshake with
				       it, is given up */
	struct secure *secure;      /* owned; NULL: plain */
	struct buf in;
	size_t taken;     /* bytes of in already handed out */
	struct scan scan; /* of the frame at taken */
	struct buf out;
	size_t sent; /* bytes of out already with the kernel */
};

/* Fill an error; returns code. */
int error_set(struct tocsin_error *error, enum tocsin_code code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Read HOST:PORT, [V6]:PORT or unix:/PATH, and the files when TLS is to be
 * spoken: with other machines, and wherever a file is named.  0, or a code
 * with error.
 */
int link_init(struct link *link, const char *server,
    const struct secure_files *files, struct tocsin_error *error);

/* Close and release; a zeroed link with fd -1 is fine. */
void link_fini(struct link *link);

/* Begin to connect.  0, or TOCSIN_UNREACHABLE with error. */
int link_open(struct link *link, int64_t now, struct tocsin_error *error);

/*
 * The socket is ready, or connect_by has passed: find out, and try the next
 * address when this one failed.  0 (look at state); TOCSIN_UNREACHABLE; or
 * what secure_why says, and no other address is tried.
 */
int link_settle(struct link *link, int64_t now, struct tocsin_error *error);

/* Send what can be sent now.  0, or a code with error: the link is lost. */
int link_flush(struct link *link, struct tocsin_error *error);

/* Read what is there.  0, or a code with error, as at the stream's end. */
int link_fill(struct link *link, struct tocsin_error *error);

/*
 * Take the next whole frame, borrowed until the next link_fill.  False when
 * there is none; *error is set when what came can never be one.
 */
bool link_take(struct link *link, struct text *frame,
    struct tocsin_error *error);

/* Hang up and forget unsent and unread bytes. */
void link_close(struct link *link);

/* Does it wait for the socket to be writable?  Readable it always is to be,
 * but while connecting. */
bool link_wants_write(const struct link *link);

/* Bytes waiting to be sent. */
size_t link_unsent(const struct link *link);

#endif
