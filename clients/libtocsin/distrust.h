/*
 * distrust.h - why a server's certificate is not believed, as a part of a
 * sentence whose subject is the server.
 */
#ifndef TOCSIN_CLIENTS_LIBTOCSIN_DISTRUST_H
#define TOCSIN_CLIENTS_LIBTOCSIN_DISTRUST_H

#include <stddef.h>

struct x509_store_ctx_st; /* OpenSSL's X509_STORE_CTX */

/*
 * Write what the check of host's certificates has just stumbled over: "its
 * certificate ended on 2026-01-31".  In out, of cap bytes, as ASCII: the names
 * in certificates are the peer's words.
 */
void distrust_write(struct x509_store_ctx_st *check, const char *host,
    char *out, size_t cap);

#endif
