/*
 * tls_server.h - what connections in TLS share: a certificate with its key,
 * whom it believes, and the rules.  TLS 1.2 and 1.3, forward secrecy, no
 * renegotiation, no compression; no session tickets and no cache: a resumed
 * session would cost each connection 9 KiB, and outlive a client certificate
 * that was taken back.  Loop thread.
 */
#ifndef TOCSIN_NET_TLS_SERVER_H
#define TOCSIN_NET_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bio_method_st; /* OpenSSL's BIO_METHOD */
struct records_room;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

struct tls_server {
	struct ssl_ctx_st *context;   /* owned; NULL without a certificate */
	struct bio_method_st *method; /* owned; over a struct records */
	struct records_room *room;    /* owned */
	int64_t expires_s;
};

/* PEM files; borrowed. */
struct tls_files {
	const char *certificate; /* the server's first, then its chain */
	const char *key;         /* without a password; not for all to read */
	const char *client_ca;   /* "": no client certificate is asked for */
	bool needs_client;       /* one is asked for and must be shown */
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

#endif
