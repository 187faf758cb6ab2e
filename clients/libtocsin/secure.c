#include "clients/libtocsin/secure.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "clients/libtocsin/distrust.h"
#include "clients/libtocsin/link.h"

enum { WHY_BYTES = 160, HOST_BYTES = 256 };

struct secure {
	SSL_CTX *context;   /* owned */
	BIO_METHOD *method; /* owned; of a socket, without SIGPIPE */
	SSL *ssl;           /* owned; NULL: no connection */
	int fd;
	bool is_over; /* the socket's end was read */
	bool is_done; /* the handshake */
	enum tocsin_code code;
	char why[WHY_BYTES];
	char host[HOST_BYTES];
};

/* --- a socket without SIGPIPE -------------------------------------------- */

static int
write_socket(BIO *bio, const char *at, int len)
{
	struct secure *secure = BIO_get_data(bio);
	ssize_t sent = send(secure->fd, at, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static int
read_socket(BIO *bio, char *at, int room)
{
	struct secure *secure = BIO_get_data(bio);
	ssize_t got = recv(secure->fd, at, (size_t)room, 0);

	BIO_clear_retry_flags(bio);
	secure->is_over = got == 0;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)got;
}

static long
control_socket(BIO *bio, int what, long number, void *at)
{
	const struct secure *secure = BIO_get_data(bio);

	(void)number;
	(void)at;
	if (what == BIO_CTRL_EOF)
		return secure && secure->is_over;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
new_method(void)
{
	BIO_METHOD *method =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tocsin");

	if (!method)
		return NULL;
	if (BIO_meth_set_write(method, write_socket) == 1 &&
	    BIO_meth_set_read(method, read_socket) == 1 &&
	    BIO_meth_set_ctrl(method, control_socket) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* --- failures ------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void
say(struct secure *secure, enum tocsin_code code, const char *format, ...)
{
	va_list args;

	secure->code = code;
	va_start(args, format);
	vsnprintf(secure->why, WHY_BYTES, format, args);
	va_end(args);
}

static int
on_verify(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct secure *secure = SSL_get_app_data(ssl);

	if (!is_good) {
		secure->code = TOCSIN_UNTRUSTED;
		distrust_write(store, secure->host, secure->why, WHY_BYTES);
	}
	return is_good;
}

/* --- what a handle believes and shows ------------------------------------ */

/* A key that asks for a password would make a library ask a terminal. */
static int
no_password(char *buf, int size, int is_writing, void *who)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)who;
	return -1;
}

static int
unreadable(const char *what, const char *file, struct tocsin_error *error)
{
	unsigned long first = ERR_peek_error();
	const char *why = ERR_GET_LIB(first) == ERR_LIB_SYS
	    ? strerror(ERR_GET_REASON(first))
	    : "it is no such PEM file, or needs a password";

	ERR_clear_error();
	return error_set(error, TOCSIN_MISUSE, "the %s in %s: %s", what, file,
	    why);
}

static int
use_files(SSL_CTX *context, const struct secure_files *files,
    struct tocsin_error *error)
{
	bool has_cert = files->cert && files->cert[0];
	bool has_key = files->key && files->key[0];
	const char *key = has_key ? files->key : files->cert;

	if (files->ca && files->ca[0]) {
		if (SSL_CTX_load_verify_file(context, files->ca) != 1)
			return unreadable("authorities", files->ca, error);
	} else if (SSL_CTX_set_default_verify_paths(context) != 1) {
		return error_set(error, TOCSIN_MISUSE,
		    "the system's authorities cannot be read");
	}
	if (!has_cert && !has_key)
		return 0;
	if (!has_cert)
		return error_set(error, TOCSIN_MISUSE,
		    "a key is of no use without its certificate");
	if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
		return unreadable("certificate", files->cert, error);
	ERR_clear_error();
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(context) == 1)
		return 0;
	if (ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_X509)
		return unreadable("key", key, error);
	ERR_clear_error();
	return error_set(error, TOCSIN_MISUSE,
	    "the key in %s does not belong to the certificate in %s", key,
	    files->cert);
}

static bool
set_rules(SSL_CTX *context)
{
	X509_VERIFY_PARAM *rules = SSL_CTX_get0_param(context);

	SSL_CTX_set_options(context,
	    SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
		SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_default_passwd_cb(context, no_password);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
	X509_VERIFY_PARAM_set_hostflags(rules,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* A ca may be the server's own certificate. */
	return X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN) ==
	    1 &&
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

struct secure *
secure_new(const struct secure_files *files, struct tocsin_error *error)
{
	struct secure *secure = calloc(1, sizeof(*secure));

	if (!secure)
		goto no_memory;
	secure->fd = -1;
	ERR_clear_error();
	secure->context = SSL_CTX_new(TLS_client_method());
	secure->method = new_method();
	if (!secure->context || !secure->method || !set_rules(secure->context))
		goto no_memory;
	if (!use_files(secure->context, files, error))
		return secure;
	secure_free(secure);
	return NULL;
no_memory:
	secure_free(secure);
	error_set(error, TOCSIN_NO_MEMORY, "out of memory");
	return NULL;
}

void
secure_free(struct secure *secure)
{
	if (!secure)
		return;
	secure_close(secure);
	SSL_CTX_free(secure->context);
	BIO_meth_free(secure->method);
	free(secure);
}

/* --- one connection ------------------------------------------------------ */

/* Whom we talk to: a name is sent along, so that the right one answers. */
static bool
expect(struct secure *secure, const char *host)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(secure->ssl);

	snprintf(secure->host, HOST_BYTES, "%s", host);
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
		return true;
	return SSL_set1_host(secure->ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(secure->ssl, secure->host) == 1;
}

bool
secure_open(struct secure *secure, int fd, const char *host)
{
	BIO *bio;

	secure_close(secure);
	ERR_clear_error();
	secure->fd = fd;
	secure->code = TOCSIN_OK;
	secure->why[0] = '\0';
	secure->ssl = SSL_new(secure->context);
	bio = secure->ssl ? BIO_new(secure->method) : NULL;
	if (!bio)
		return false;
	BIO_set_data(bio, secure);
	BIO_set_init(bio, 1);
	SSL_set_bio(secure->ssl, bio, bio);
	SSL_set_app_data(secure->ssl, secure);
	SSL_set_connect_state(secure->ssl);
	return expect(secure, host);
}

void
secure_close(struct secure *secure)
{
	if (secure->ssl && secure->is_done && !secure->code) {
		ERR_clear_error();
		SSL_shutdown(secure->ssl);
	}
	SSL_free(secure->ssl);
	ERR_clear_error();
	secure->ssl = NULL;
	secure->fd = -1;
	secure->is_over = false;
	secure->is_done = false;
}

/* What the server, or we, had to say against it. */
static void
say_failure(struct secure *secure)
{
	unsigned long error = ERR_peek_error();
	const char *text = ERR_reason_error_string(error);

	switch (ERR_GET_REASON(error)) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_RECORD_LENGTH_MISMATCH:
		say(secure, TOCSIN_UNREACHABLE,
		    "it does not speak TLS at that port");
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		say(secure, TOCSIN_UNREACHABLE,
		    "it does not speak TLS 1.2 or later");
		break;
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		say(secure, TOCSIN_UNAUTHORIZED,
		    "it wants a client certificate");
		break;
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
		say(secure, TOCSIN_UNAUTHORIZED,
		    "it does not know who signed our client certificate");
		break;
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
		say(secure, TOCSIN_UNAUTHORIZED,
		    "it says that our client certificate has ended");
		break;
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
		say(secure, TOCSIN_UNAUTHORIZED,
		    "it does not take our client certificate: %s", text);
		break;
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
		say(secure, TOCSIN_UNREACHABLE,
		    "it refused the TLS handshake; it may want a client "
		    "certificate");
		break;
	default:
		say(secure, TOCSIN_UNREACHABLE, "TLS failed: %s",
		    text ? text : "no reason is known");
		break;
	}
}

/* What a call that did not succeed means, as recv and send would say it. */
static ssize_t
explain(struct secure *secure, int result)
{
	int why = errno;

	switch (SSL_get_error(secure->ssl, result)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_SYSCALL:
		if (!why || secure->is_over)
			return 0;
		errno = why;
		return -1;
	default:
		/* on_verify knows better than "certificate verify failed". */
		if (!secure->code)
			say_failure(secure);
		ERR_clear_error();
		errno = EPROTO;
		return -1;
	}
}

static bool
begin(struct secure *secure)
{
	if (!secure->ssl || secure->code) {
		errno = EPROTO;
		return false;
	}
	ERR_clear_error();
	errno = 0;
	return true;
}

int
secure_shake(struct secure *secure)
{
	int result;
	ssize_t end;

	if (!begin(secure))
		return -1;
	result = SSL_do_handshake(secure->ssl);
	secure->is_done = result == 1;
	if (secure->is_done)
		return 1;
	end = explain(secure, result);
	if (end < 0 && errno == EAGAIN)
		return 0;
	if (end == 0)
		say(secure, TOCSIN_UNREACHABLE,
		    "it closed the connection within the TLS handshake");
	else if (errno != EPROTO)
		say(secure, TOCSIN_UNREACHABLE, "%s", strerror(errno));
	return -1;
}

static int
as_int(size_t len)
{
	return len < INT_MAX ? (int)len : INT_MAX;
}

ssize_t
secure_read(struct secure *secure, uint8_t *at, size_t room)
{
	size_t got = 0;

	while (got < room) {
		int read;
		if (!begin(secure))
			return got > 0 ? (ssize_t)got : -1;
		read = SSL_read(secure->ssl, at + got, as_int(room - got));
		if (read <= 0) {
			ssize_t end = explain(secure, read);
			/* What ended it will be met again. */
			return got > 0 ? (ssize_t)got : end;
		}
		got += (size_t)read;
	}
	return (ssize_t)got;
}

ssize_t
secure_write(struct secure *secure, const uint8_t *at, size_t len)
{
	int written;

	if (!begin(secure))
		return -1;
	written = SSL_write(secure->ssl, at, as_int(len));
	return written > 0 ? written : explain(secure, written);
}

bool
secure_has_rest(const struct secure *secure)
{
	return secure->ssl && SSL_pending(secure->ssl) > 0;
}

bool
secure_wants_write(const struct secure *secure)
{
	return secure->ssl && SSL_want_write(secure->ssl);
}

enum tocsin_code
secure_why(const struct secure *secure, const char **text)
{
	*text = secure->why[0] ? secure->why : "TLS failed";
	return secure->code ? secure->code : TOCSIN_UNREACHABLE;
}
