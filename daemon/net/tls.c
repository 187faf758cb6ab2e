/*
 * tls.c - OpenSSL: one context a certificate, one SSL a connection.  It never
 * sees part of a record, so that it gives its buffers back, and never a socket
 * that is full, so that nothing has to be tried again.
 */
#include "daemon/net/tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "daemon/net/records.h"

enum {
	WRITE_BYTES = 8 * 16384,   /* in one go, as records */
	SHAKING_BYTES = 32 * 1024, /* what OpenSSL holds meanwhile, measured */
};

struct tls {
	SSL *ssl; /* owned */
	struct records records;
	const char *why; /* static; it failed */
	bool is_ready;
	bool is_ended; /* goodbye was said */
	bool has_rest;
};

struct tls *
tls_new(const struct tls_server *server, int fd)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio;

	if (!tls)
		return NULL;
	tls->records.fd = fd;
	tls->records.room = server->room;
	tls->ssl = SSL_new(server->context);
	bio = tls->ssl ? BIO_new(server->method) : NULL;
	if (!bio) {
		ERR_clear_error();
		tls_free(tls);
		return NULL;
	}
	BIO_set_data(bio, &tls->records);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	SSL_set_accept_state(tls->ssl);
	return tls;
}

void
tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	records_free(&tls->records);
	free(tls);
}

bool
tls_is_ready(const struct tls *tls)
{
	return tls->is_ready;
}

/*
 * What a call that did not succeed means, as recv and send would say it.  A
 * failure is for good: OpenSSL has sent its alert.
 */
static ssize_t
explain(struct tls *tls, int result)
{
	int why = errno;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_SYSCALL:
		if (why == 0)
			return 0;
		errno = why;
		return -1;
	default:
		tls->why = ERR_reason_error_string(ERR_peek_error());
		ERR_clear_error();
		errno = EPROTO;
		return -1;
	}
}

/* Before each call: OpenSSL reads the thread's errors after it. */
static int
begin(const struct tls *tls)
{
	if (tls->why) {
		errno = EPROTO;
		return -1;
	}
	ERR_clear_error();
	errno = 0;
	return 0;
}

static int
as_int(size_t len)
{
	return len < INT_MAX ? (int)len : INT_MAX;
}

/* All that the records hold, up to room; as recv. */
static ssize_t
read_records(struct tls *tls, uint8_t *at, size_t room)
{
	size_t got = 0;
	int read;

	/* OpenSSL would get its buffers ready for nothing. */
	if (!records_are_there(&tls->records) && !tls->records.is_over &&
	    SSL_pending(tls->ssl) == 0) {
		errno = EAGAIN;
		return -1;
	}
	while (got < room) {
		if (begin(tls))
			return -1;
		read = SSL_read(tls->ssl, at + got, as_int(room - got));
		if (read <= 0) {
			ssize_t end = explain(tls, read);
			/* What ended it will be met again. */
			return got > 0 ? (ssize_t)got : end;
		}
		got += (size_t)read;
	}
	tls->has_rest =
	    SSL_pending(tls->ssl) > 0 || records_are_there(&tls->records);
	return (ssize_t)got;
}

ssize_t
tls_read(struct tls *tls, uint8_t *at, size_t room)
{
	ssize_t filled = records_fill(&tls->records);
	ssize_t got = -1;
	int why = errno;

	tls->has_rest = false;
	if (filled >= 0 || why == EAGAIN || why == EINTR) {
		got = read_records(tls, at, room);
		why = errno;
	}
	tls->is_ready = tls->is_ready || SSL_is_init_finished(tls->ssl);
	if (!records_settle(&tls->records)) {
		why = ENOMEM;
		got = -1;
	}
	errno = why;
	return got;
}

ssize_t
tls_write(struct tls *tls, const uint8_t *at, size_t len)
{
	struct records *records = &tls->records;
	size_t sent = 0;
	int kept = records_flush(records);

	if (kept > 0)
		errno = EAGAIN;
	if (kept || len == 0)
		return kept ? -1 : 0;
	if (len > WRITE_BYTES)
		len = WRITE_BYTES;
	records_gather(records);
	while (sent < len && !begin(tls)) {
		int written =
		    SSL_write(tls->ssl, at + sent, as_int(len - sent));

		if (written <= 0) {
			explain(tls, written);
			break;
		}
		sent += (size_t)written;
	}
	return records_flush(records) < 0 || sent < len ? -1 : (ssize_t)sent;
}

int
tls_end(struct tls *tls)
{
	/* Before the handshake is done there is nothing to end. */
	if (tls->is_ready && !tls->is_ended && !begin(tls)) {
		SSL_shutdown(tls->ssl);
		ERR_clear_error();
	}
	tls->is_ended = true;
	if (records_flush(&tls->records) <= 0)
		return 0;
	errno = EAGAIN;
	return -1;
}

const char *
tls_why(const struct tls *tls)
{
	return tls->why ? tls->why : "TLS failed";
}

size_t
tls_unsent(const struct tls *tls)
{
	return tls->records.unsent.len;
}

bool
tls_has_rest(const struct tls *tls)
{
	return tls->has_rest;
}

bool
tls_is_begun(const struct tls *tls)
{
	return tls->records.left > 0;
}

size_t
tls_bytes(const struct tls *tls)
{
	return (tls->is_ready ? 0 : SHAKING_BYTES) + tls->records.rest.cap +
	    tls->records.unsent.cap;
}

bool
tls_peer(const struct tls *tls, struct tls_peer *peer)
{
	X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
	unsigned len = TLS_FINGERPRINT;

	*peer = (struct tls_peer){ 0 };
	if (!certificate || SSL_get_verify_result(tls->ssl) != X509_V_OK ||
	    X509_digest(certificate, EVP_sha256(), peer->fingerprint, &len) !=
		1)
		return false;
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate),
		NID_commonName, peer->name, TLS_NAME_MAX) < 0)
		peer->name[0] = '\0';
	return true;
}
