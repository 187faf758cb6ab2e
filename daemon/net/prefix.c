#include "daemon/net/prefix.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { V4_BYTES = 3, V6_BYTES = 6, MAPPED_AT = 12 };

static struct prefix
prefix_of_v4(const uint8_t address[4])
{
	static const uint8_t here[V4_BYTES] = { 127, 0, 0 };
	struct prefix prefix = { .family = 4 };

	if (!memcmp(address, here, sizeof(here)))
		return (struct prefix){ 0 };
	memcpy(prefix.bits, address, V4_BYTES);
	return prefix;
}

static struct prefix
prefix_of_v6(const struct in6_addr *address)
{
	struct prefix prefix = { .family = 6 };

	if (IN6_IS_ADDR_V4MAPPED(address))
		return prefix_of_v4(&address->s6_addr[MAPPED_AT]);
	if (IN6_IS_ADDR_LOOPBACK(address))
		return (struct prefix){ 0 };
	memcpy(prefix.bits, address->s6_addr, V6_BYTES);
	return prefix;
}

struct prefix
prefix_of_address(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint8_t bytes[4];

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		memcpy(bytes, &v4.sin_addr, sizeof(bytes));
		return prefix_of_v4(bytes);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return prefix_of_v6(&v6.sin6_addr);
	}
	return (struct prefix){ 0 };
}

struct prefix
prefix_of_socket(int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = (socklen_t)sizeof(address);

	/* Who is gone already has no address, and will not be served. */
	if (getpeername(fd, (struct sockaddr *)&address, &len) != 0)
		return (struct prefix){ 0 };
	return prefix_of_address((const struct sockaddr *)&address);
}

bool
prefix_is_local(const struct prefix *prefix)
{
	return prefix->family == 0;
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->family == b->family &&
	    !memcmp(a->bits, b->bits, sizeof(a->bits));
}

struct text
prefix_bytes(const struct prefix *prefix)
{
	_Static_assert(sizeof(*prefix) == 7, "no padding, so hashed whole");
	return (struct text){ (const char *)prefix, sizeof(*prefix) };
}

const char *
prefix_text(const struct prefix *prefix, char out[PREFIX_TEXT_MAX])
{
	const uint8_t *bits = prefix->bits;
	struct in6_addr v6 = { 0 };
	char host[INET6_ADDRSTRLEN] = "";

	if (prefix->family == 4) {
		snprintf(out, PREFIX_TEXT_MAX, "%u.%u.%u.0/24", bits[0],
		    bits[1], bits[2]);
	} else if (prefix->family == 6) {
		memcpy(v6.s6_addr, bits, V6_BYTES);
		inet_ntop(AF_INET6, &v6, host, sizeof(host));
		snprintf(out, PREFIX_TEXT_MAX, "%s/48", host);
	} else {
		snprintf(out, PREFIX_TEXT_MAX, "this machine");
	}
	return out;
}
