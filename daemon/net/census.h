/*
 * census.h - how many connections stand open from each network: all, and
 * those whose peers have shown no token.  A table of fixed size, as large as
 * the connections there may be need; its hashing is keyed.  Loop thread.
 */
#ifndef TOCSIN_NET_CENSUS_H
#define TOCSIN_NET_CENSUS_H

#include <stdint.h>

#include "daemon/net/prefix.h"

struct census;

struct census_row {
	struct prefix prefix;
	uint32_t open;      /* connections; 0: the row is free */
	uint32_t strangers; /* of these, without a token */
};

/* For at most so many connections at once; NULL when out of memory.  free
 * accepts NULL. */
struct census *census_new(uint32_t connections);
void census_free(struct census *census);

/* The row of a network, or NULL: none is open from there. */
const struct census_row *census_find(const struct census *census,
    const struct prefix *prefix);

/* All strangers, of every network. */
uint32_t census_strangers(const struct census *census);

/* One more has come, without a token. */
void census_come(struct census *census, const struct prefix *prefix);

/* One that came has shown a token. */
void census_know(struct census *census, const struct prefix *prefix);

/* One that came has gone; was it a stranger to the end? */
void census_go(struct census *census, const struct prefix *prefix,
    bool is_stranger);

#endif
