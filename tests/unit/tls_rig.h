/*
 * tls_rig.h - for tests: certificates made on the spot, and a TLS client
 * whose raw bytes pass through memory, so that they can be dosed.
 */
#ifndef TOCSIN_TESTS_TLS_RIG_H
#define TOCSIN_TESTS_TLS_RIG_H

#include "tests/unit/conn_rig.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { PATH_BYTES = 128, DAY_SECONDS = 86400 };

/* A certificate with its key, both in files, too. */
struct pair {
	EVP_PKEY *key;
	X509 *certificate;
	char key_file[PATH_BYTES];
	char certificate_file[PATH_BYTES];
};

static inline void
write_pair(struct pair *pair, const char *dir, const char *name)
{
	snprintf(pair->key_file, PATH_BYTES, "%s/%s.key", dir, name);
	snprintf(pair->certificate_file, PATH_BYTES, "%s/%s.pem", dir, name);
	FILE *file = fopen(pair->key_file, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0,
			     NULL, NULL),
	    1);
	fclose(file);
	assert_int_equal(chmod(pair->key_file, 0600), 0);
	file = fopen(pair->certificate_file, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, pair->certificate), 1);
	fclose(file);
}

/* Signed by signer, or by itself when that is NULL. */
static inline void
make_pair(struct pair *pair, const char *dir, const char *name,
    const struct pair *signer)
{
	X509 *x = X509_new();
	pair->key = EVP_EC_gen("P-256");
	pair->certificate = x;
	assert_non_null(pair->key);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)name[0]);
	X509_gmtime_adj(X509_getm_notBefore(x), -DAY_SECONDS);
	X509_gmtime_adj(X509_getm_notAfter(x), 30 * DAY_SECONDS);
	X509_set_pubkey(x, pair->key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x,
	    X509_get_subject_name(signer ? signer->certificate : x));
	if (!signer) {
		X509_EXTENSION *is_ca = X509V3_EXT_conf_nid(NULL, NULL,
		    NID_basic_constraints, "critical,CA:TRUE");
		X509_add_ext(x, is_ca, -1);
		X509_EXTENSION_free(is_ca);
	}
	assert_true(
	    X509_sign(x, signer ? signer->key : pair->key, EVP_sha256()) > 0);
	write_pair(pair, dir, name);
}

static inline void
free_pair(struct pair *pair)
{
	unlink(pair->key_file);
	unlink(pair->certificate_file);
	X509_free(pair->certificate);
	EVP_PKEY_free(pair->key);
}

/* A client; what it sends stands in its memory until it is carried. */
struct tls_client {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in;
	BIO *out;
};

static inline void
client_init(struct tls_client *client, const struct pair *own)
{
	client->context = SSL_CTX_new(TLS_client_method());
	assert_non_null(client->context);
	if (own) {
		SSL_CTX_use_certificate(client->context, own->certificate);
		SSL_CTX_use_PrivateKey(client->context, own->key);
	}
	client->ssl = SSL_new(client->context);
	client->in = BIO_new(BIO_s_mem());
	client->out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(client->in, -1);
	BIO_set_mem_eof_return(client->out, -1);
	SSL_set_bio(client->ssl, client->in, client->out);
	SSL_set_connect_state(client->ssl);
}

static inline void
client_fini(struct tls_client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
}

/* Carry at most so many raw bytes to the daemon's side; how many it were. */
static inline size_t
carry_out(struct rig *rig, struct tls_client *client, size_t most)
{
	uint8_t raw[65536];
	if (most > sizeof(raw))
		most = sizeof(raw);
	int len = BIO_read(client->out, raw, (int)most);
	if (len <= 0)
		return 0;
	send_all(rig, raw, (size_t)len);
	return (size_t)len;
}

/* Carry what the daemon's side has sent; false when it has closed. */
static inline bool
carry_in(struct rig *rig, struct tls_client *client)
{
	uint8_t raw[65536];
	ssize_t len = recv(rig->peer, raw, sizeof(raw), MSG_DONTWAIT);
	if (len > 0)
		assert_int_equal(BIO_write(client->in, raw, (int)len), len);
	return len != 0;
}

/* Shake hands, so many raw bytes at a time; false when it came to nothing. */
static inline bool
shake(struct rig *rig, struct tls_client *client, size_t step)
{
	int64_t give_up = loop_now_ms() + WAIT_MS;
	while (loop_now_ms() < give_up) {
		ERR_clear_error();
		int done = SSL_do_handshake(client->ssl);
		if (done != 1 &&
		    SSL_get_error(client->ssl, done) != SSL_ERROR_WANT_READ)
			return false;
		while (carry_out(rig, client, step) > 0)
			turn(rig, never, 1);
		if (done == 1)
			return true;
		turn(rig, never, 1);
		if (!carry_in(rig, client))
			return false;
	}
	return false;
}

/* Encrypt all into the client's memory. */
static inline void
client_write(struct tls_client *client, const uint8_t *at, size_t len)
{
	assert_int_equal(SSL_write(client->ssl, at, (int)len), (int)len);
}

static inline void
client_send(struct rig *rig, struct tls_client *client, const uint8_t *at,
    size_t len)
{
	client_write(client, at, len);
	while (carry_out(rig, client, SIZE_MAX) > 0)
		;
}

/* Take what the daemon's side says, until so much or the end of TLS. */
static inline bool
client_read(struct rig *rig, struct tls_client *client, struct buf *out,
    size_t wanted)
{
	int64_t give_up = loop_now_ms() + WAIT_MS;
	while (out->len < wanted && loop_now_ms() < give_up) {
		uint8_t chunk[16384];
		ERR_clear_error();
		int got = SSL_read(client->ssl, chunk, sizeof(chunk));
		if (got > 0) {
			buf_add(out, chunk, (size_t)got);
			continue;
		}
		if (SSL_get_error(client->ssl, got) != SSL_ERROR_WANT_READ)
			return false;
		turn(rig, never, 1);
		carry_in(rig, client);
	}
	return out->len >= wanted;
}

#endif
