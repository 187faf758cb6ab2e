/*
 * prefix.h - the network a peer comes from, as far as one subscriber of a
 * provider gets it: /24 of IPv4, /48 of IPv6.  Any thread.
 *
 * 127.0.0.0/24, ::1 and Unix sockets are this machine.  The rest of
 * 127.0.0.0/8 is a network as any other, so that one machine can try out how
 * strangers fare.
 */
#ifndef TOCSIN_NET_PREFIX_H
#define TOCSIN_NET_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { PREFIX_TEXT_MAX = 56 };

struct sockaddr;

/* Zeroed is this machine. */
struct prefix {
	uint8_t bits[6]; /* of IPv4 the first three */
	uint8_t family;  /* 4 or 6; 0: this machine */
};

/* Of a peer's address; an IPv4 address in IPv6 is one of IPv4. */
struct prefix prefix_of_address(const struct sockaddr *address);

/* Of whom the connected socket leads to; unknown families: this machine. */
struct prefix prefix_of_socket(int fd);

/* Is it this machine? */
bool prefix_is_local(const struct prefix *prefix);

/* Are they one network? */
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* The bytes that tell it from others, borrowed: for hashing. */
struct text prefix_bytes(const struct prefix *prefix);

/* "192.0.2.0/24", "2001:db8:5::/48", "this machine"; returns out. */
const char *prefix_text(const struct prefix *prefix, char out[PREFIX_TEXT_MAX]);

#endif
