/*
 * author.h - who makes a call, for what is written down of it.  Loop thread.
 */
#ifndef TOCSIN_CALLS_AUTHOR_H
#define TOCSIN_CALLS_AUTHOR_H

#include "daemon/calls/services.h"

struct author {
	struct text organisation; /* as long as the session */
	uint32_t token;           /* its number; 0: without one */
	bool is_owner;            /* by the Unix socket, as the daemon's user */
};

/* Who makes this call. */
struct author call_author(const struct call *call);

/* Pairs organisation, token ("t3", or "owner", or "" for neither): two. */
enum { AUTHOR_PAIRS = 2, AUTHOR_TOKEN_MAX = 16 };
void author_pack(struct buf *out, const struct call *call);

/* The second by itself; returns out. */
const char *author_token(const struct call *call, char out[AUTHOR_TOKEN_MAX]);

#endif
