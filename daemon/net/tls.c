/* tls.c - OpenSSL: one context a certificate, one SSL a connection. */
#include "daemon/net/tls.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

enum {
	CHAIN_DEPTH = 4,
	CHAIN_BYTES = 32 * 1024,  /* of a client's certificates */
	WRITE_BYTES = 256 * 1024, /* in one go: others want their turn */
	/* What OpenSSL holds, measured: buffers of 17 KiB come and go. */
	SHAKING_BYTES = 56 * 1024,
	RECORD_BYTES = 17 * 1024,
	RECORD_HEADER = 5,
};

/* Forward secrecy and authenticated encryption only. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

struct tls_server {
	SSL_CTX *context; /* owned; NULL without a certificate */
	int64_t expires_s;
};

struct tls {
	SSL *ssl;           /* owned */
	uint64_t announced; /* bytes of records whose header has come */
	const char *why;    /* static; it failed */
	bool is_ready;
	bool has_rest;
	bool wants_write;    /* reading does */
	bool is_write_begun; /* a record is made and not yet sent */
};

/* --- the server's certificate -------------------------------------------- */

struct tls_server *
tls_server_new(void)
{
	return calloc(1, sizeof(struct tls_server));
}

void
tls_server_free(struct tls_server *server)
{
	if (!server)
		return;
	SSL_CTX_free(server->context);
	free(server);
}

/* A key that asks for a password would make the daemon ask a terminal. */
static int
no_password(char *buf, int size, int is_writing, void *who)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)who;
	return -1;
}

/* One of OpenSSL's errors that says something to people, or NULL. */
static const char *
meaning(unsigned long error)
{
	int lib = ERR_GET_LIB(error);
	int why = ERR_GET_REASON(error);

	if (lib == ERR_LIB_SYS)
		return strerror(why);
	if (lib == ERR_LIB_PEM && why == PEM_R_BAD_PASSWORD_READ)
		return "it asks for a password; store it without one";
	if ((lib == ERR_LIB_PEM && why == PEM_R_NO_START_LINE) ||
	    (lib == ERR_LIB_OSSL_DECODER && why == ERR_R_UNSUPPORTED))
		return "it is no PEM file of that kind";
	return NULL;
}

/* What OpenSSL says of its last failure, which is then forgotten. */
static const char *
reason(void)
{
	unsigned long first = ERR_peek_error();
	const char *said = ERR_reason_error_string(first);
	const char *text = NULL;
	unsigned long error;

	while ((error = ERR_get_error()) && !text)
		text = meaning(error);
	ERR_clear_error();
	if (!text)
		text = said;
	return text ? text : "OpenSSL does not say why";
}

static int
complain(char *why, size_t cap, const char *what, const char *file)
{
	snprintf(why, cap, "%s %s: %s", what, file, reason());
	return -1;
}

/* A key that everybody may read is everybody's. */
static int
check_key(const char *file, char *why, size_t cap)
{
	struct stat info;

	if (stat(file, &info)) {
		snprintf(why, cap, "the key %s: %s", file, strerror(errno));
		return -1;
	}
	if (info.st_mode & (S_IROTH | S_IWOTH)) {
		snprintf(why, cap,
		    "the key %s may be read by everyone; chmod o= it", file);
		return -1;
	}
	return 0;
}

static int
use_pair(SSL_CTX *context, const struct tls_files *files, char *why, size_t cap)
{
	if (SSL_CTX_use_certificate_chain_file(context, files->certificate) !=
	    1)
		return complain(why, cap, "the certificate",
		    files->certificate);
	if (check_key(files->key, why, cap))
		return -1;
	ERR_clear_error();
	if (SSL_CTX_use_PrivateKey_file(context, files->key,
		SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(context) == 1)
		return 0;
	if (ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_X509)
		return complain(why, cap, "the key", files->key);
	snprintf(why, cap, "the key %s does not belong to the certificate %s",
	    files->key, files->certificate);
	ERR_clear_error();
	return -1;
}

static int
use_client_ca(SSL_CTX *context, const struct tls_files *files, char *why,
    size_t cap)
{
	STACK_OF(X509_NAME) * names;
	int mode = SSL_VERIFY_PEER;

	if (!files->client_ca || !files->client_ca[0])
		return 0;
	names = SSL_load_client_CA_file(files->client_ca);
	if (!names ||
	    SSL_CTX_load_verify_file(context, files->client_ca) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return complain(why, cap, "the clients' authority",
		    files->client_ca);
	}
	SSL_CTX_set_client_CA_list(context, names);
	if (files->needs_client)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, mode, NULL);
	SSL_CTX_set_verify_depth(context, CHAIN_DEPTH);
	SSL_CTX_set_max_cert_list(context, CHAIN_BYTES);
	return 0;
}

/* The rules that hold whatever the files are. */
static SSL_CTX *
new_context(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context)
		return NULL;
	SSL_CTX_set_options(context,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
		SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
	    SSL_CTX_set_num_tickets(context, 0) == 1)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

static int64_t
end_of(const X509 *certificate)
{
	struct tm utc = { 0 };

	if (!certificate ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1)
		return 0;
	return (int64_t)timegm(&utc);
}

int
tls_server_load(struct tls_server *server, const struct tls_files *files,
    char *why, size_t cap)
{
	SSL_CTX *context;

	ERR_clear_error();
	context = new_context();
	if (!context) {
		snprintf(why, cap, "TLS cannot be set up: %s", reason());
		return -1;
	}
	if (use_pair(context, files, why, cap) ||
	    use_client_ca(context, files, why, cap)) {
		SSL_CTX_free(context);
		return -1;
	}
	/* Those that are open hold on to the old one. */
	SSL_CTX_free(server->context);
	server->context = context;
	server->expires_s = end_of(SSL_CTX_get0_certificate(context));
	return 0;
}

int64_t
tls_server_expires(const struct tls_server *server)
{
	return server->expires_s;
}

/* --- one connection ------------------------------------------------------ */

/*
 * Told of each record's header: beside the bytes read from the socket it says
 * whether a record has begun.
 */
static void
on_message(int is_sent, int version, int type, const void *at, size_t len,
    SSL *ssl, void *who)
{
	struct tls *tls = who;
	const uint8_t *header = at;

	(void)version;
	(void)ssl;
	if (!is_sent && type == SSL3_RT_HEADER && len == RECORD_HEADER)
		tls->announced +=
		    RECORD_HEADER + ((unsigned)header[3] << 8 | header[4]);
}

struct tls *
tls_new(const struct tls_server *server, int fd)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return NULL;
	tls->ssl = SSL_new(server->context);
	if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1) {
		ERR_clear_error();
		tls_free(tls);
		return NULL;
	}
	SSL_set_accept_state(tls->ssl);
	SSL_set_msg_callback(tls->ssl, on_message);
	SSL_set_msg_callback_arg(tls->ssl, tls);
	return tls;
}

void
tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
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

ssize_t
tls_read(struct tls *tls, uint8_t *at, size_t room)
{
	size_t got = 0;
	ssize_t end = 0;

	tls->has_rest = false;
	tls->wants_write = false;
	while (got < room) {
		int read;

		if (begin(tls))
			return -1;
		read = SSL_read(tls->ssl, at + got, as_int(room - got));
		if (read <= 0) {
			end = explain(tls, read);
			tls->wants_write = SSL_want_write(tls->ssl) != 0;
			break;
		}
		got += (size_t)read;
	}
	tls->is_ready = tls->is_ready || SSL_is_init_finished(tls->ssl);
	tls->has_rest = got == room && SSL_pending(tls->ssl) > 0;
	/* What ended it will be met again. */
	return got > 0 ? (ssize_t)got : end;
}

ssize_t
tls_write(struct tls *tls, const uint8_t *at, size_t len)
{
	size_t sent = 0;
	ssize_t end = 0;

	if (len > WRITE_BYTES)
		len = WRITE_BYTES;
	while (sent < len) {
		int written;

		if (begin(tls))
			return -1;
		written = SSL_write(tls->ssl, at + sent, as_int(len - sent));
		if (written <= 0) {
			end = explain(tls, written);
			break;
		}
		sent += (size_t)written;
	}
	tls->is_write_begun = sent < len;
	return sent > 0 ? (ssize_t)sent : end;
}

int
tls_end(struct tls *tls)
{
	int result;

	/* Before the handshake is done there is nothing to end. */
	if (!tls->is_ready || begin(tls))
		return 0;
	result = SSL_shutdown(tls->ssl);
	return result < 0 && explain(tls, result) < 0 && errno == EAGAIN ? -1
									 : 0;
}

const char *
tls_why(const struct tls *tls)
{
	return tls->why ? tls->why : "TLS failed";
}

bool
tls_wants_write(const struct tls *tls)
{
	return tls->wants_write;
}

bool
tls_has_rest(const struct tls *tls)
{
	return tls->has_rest;
}

bool
tls_is_begun(const struct tls *tls)
{
	return BIO_number_read(SSL_get_rbio(tls->ssl)) != tls->announced;
}

size_t
tls_bytes(const struct tls *tls)
{
	size_t bytes = 0;

	if (!tls->is_ready)
		return SHAKING_BYTES;
	if (tls_is_begun(tls))
		bytes += RECORD_BYTES;
	if (tls->is_write_begun)
		bytes += RECORD_BYTES;
	return bytes;
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
