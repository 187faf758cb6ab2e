/* tls_server.c - certificates read into OpenSSL's contexts, and our rules. */
#include "daemon/net/tls_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "daemon/net/records.h"

enum {
	CHAIN_DEPTH = 4,
	CHAIN_BYTES = 32 * 1024, /* of a client's certificates */
};

/* Forward secrecy and authenticated encryption only. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
			     "TLS_CHACHA20_POLY1305_SHA256";

/* --- records as OpenSSL sees them ---------------------------------------- */

static int
bio_write(BIO *bio, const char *at, int len)
{
	BIO_clear_retry_flags(bio);
	return records_put(BIO_get_data(bio), (const uint8_t *)at, (size_t)len)
	    ? len
	    : -1;
}

static int
bio_read(BIO *bio, char *at, int len)
{
	struct records *records = BIO_get_data(bio);
	size_t got = records_take(records, (uint8_t *)at, (size_t)len);

	BIO_clear_retry_flags(bio);
	if (got > 0 || records->is_over)
		return (int)got;
	BIO_set_retry_read(bio);
	return -1;
}

static long
bio_control(BIO *bio, int what, long number, void *at)
{
	const struct records *records = BIO_get_data(bio);

	(void)number;
	(void)at;
	if (what == BIO_CTRL_EOF)
		return records && records->is_over;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
new_method(void)
{
	BIO_METHOD *method =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");

	if (!method)
		return NULL;
	if (BIO_meth_set_write(method, bio_write) == 1 &&
	    BIO_meth_set_read(method, bio_read) == 1 &&
	    BIO_meth_set_ctrl(method, bio_control) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* --- the server's certificate -------------------------------------------- */

struct tls_server *
tls_server_new(void)
{
	struct tls_server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->method = new_method();
	server->room = malloc(sizeof(*server->room));
	if (server->method && server->room)
		return server;
	tls_server_free(server);
	return NULL;
}

void
tls_server_free(struct tls_server *server)
{
	if (!server)
		return;
	SSL_CTX_free(server->context);
	BIO_meth_free(server->method);
	free(server->room);
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
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
	    SSL_CTX_set_ciphersuites(context, suites) == 1 &&
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
