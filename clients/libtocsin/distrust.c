#include "clients/libtocsin/distrust.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <openssl/x509v3.h>

enum { NAME_BYTES = 64, NAMES_SHOWN = 3, DATE_BYTES = 16 };

/* Who somebody is, shortly: the common name, else the organisation. */
static void
print_name(const X509_NAME *name, char out[NAME_BYTES])
{
	if (X509_NAME_get_text_by_NID(name, NID_commonName, out, NAME_BYTES) <
		0 &&
	    X509_NAME_get_text_by_NID(name, NID_organizationName, out,
		NAME_BYTES) < 0)
		snprintf(out, NAME_BYTES, "nobody");
}

static void
print_day(const ASN1_TIME *when, char out[DATE_BYTES])
{
	struct tm utc = { 0 };

	if (ASN1_TIME_to_tm(when, &utc) != 1 ||
	    !strftime(out, DATE_BYTES, "%Y-%m-%d", &utc))
		snprintf(out, DATE_BYTES, "an odd day");
}

/* One name that a certificate holds; false when it names no host. */
static bool
print_host(const GENERAL_NAME *name, char out[NAME_BYTES])
{
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	const unsigned char *at = NULL;
	int len = 0;

	if (type == GEN_DNS || type == GEN_IPADD) {
		at = ASN1_STRING_get0_data(value);
		len = ASN1_STRING_length(value);
	}
	if (type == GEN_DNS)
		snprintf(out, NAME_BYTES, "%.*s", len, (const char *)at);
	else if (type == GEN_IPADD && len == 4)
		inet_ntop(AF_INET, at, out, NAME_BYTES);
	else if (type == GEN_IPADD && len == 16)
		inet_ntop(AF_INET6, at, out, NAME_BYTES);
	else
		return false;
	return true;
}

/* It is another host's: whose? */
static void
write_hosts(const X509 *certificate, const char *host, char *out, size_t cap)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	char list[NAMES_SHOWN * (NAME_BYTES + 2)] = "";
	char name[NAME_BYTES];
	size_t len = 0;
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		if (!print_host(sk_GENERAL_NAME_value(names, i), name))
			continue;
		if (shown++ == NAMES_SHOWN)
			break;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    len ? ", " : "", name);
	}
	GENERAL_NAMES_free(names);
	print_name(X509_get_subject_name(certificate), name);
	snprintf(out, cap, "its certificate is not for %s but for %s%s", host,
	    shown ? list : name, shown > NAMES_SHOWN ? " ..." : "");
}

static void
write_day(const X509 *certificate, int depth, bool is_ended, char *out,
    size_t cap)
{
	char day[DATE_BYTES];
	char name[NAME_BYTES];

	print_day(is_ended ? X509_get0_notAfter(certificate)
			   : X509_get0_notBefore(certificate),
	    day);
	print_name(X509_get_subject_name(certificate), name);
	snprintf(out, cap, "%s%s%s %s %s",
	    depth ? "the certificate of " : "its certificate",
	    depth ? name : "", depth ? ", which vouches for it," : "",
	    is_ended ? "ended on" : "is not valid before", day);
}

static void
write_all(X509_STORE_CTX *check, const char *host, char *out, size_t cap)
{
	const X509 *certificate = X509_STORE_CTX_get_current_cert(check);
	int error = X509_STORE_CTX_get_error(check);
	char name[NAME_BYTES];

	switch (certificate ? error : X509_V_OK) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		write_day(certificate, X509_STORE_CTX_get_error_depth(check),
		    error == X509_V_ERR_CERT_HAS_EXPIRED, out, cap);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		write_hosts(certificate, host, out, cap);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		print_name(X509_get_issuer_name(certificate), name);
		snprintf(out, cap,
		    "its certificate is signed by %s, whom we do not know",
		    name);
		break;
	default:
		snprintf(out, cap, "its certificate is no good: %s",
		    X509_verify_cert_error_string(error));
		break;
	}
}

void
distrust_write(X509_STORE_CTX *check, const char *host, char *out, size_t cap)
{
	write_all(check, host, out, cap);
	for (char *at = out; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}
