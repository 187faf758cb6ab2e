/*
 * session_inside.h - the inside of a session, for the files that make it.
 * Loop thread.
 */
#ifndef TOCSIN_NET_SESSION_INSIDE_H
#define TOCSIN_NET_SESSION_INSIDE_H

#include "daemon/net/ending.h"
#include "daemon/net/holding.h"
#include "daemon/net/session.h"
#include "daemon/net/slots.h"

/* State, name, states that may follow; drawn in session.h. */
#define SESSION_STATES(X)                                              \
	X(GREETING, "greeting", TO(READY) | TO(DRAINING) | TO(CLOSED)) \
	X(READY, "ready", TO(DRAINING) | TO(CLOSED))                   \
	X(DRAINING, "draining", TO(CLOSED))                            \
	X(CLOSED, "closed", 0)

/* clang-format off */
enum session_state {
#define X(NAME, name, next) SESSION_##NAME,
	SESSION_STATES(X)
#undef X
	SESSION_STATE_COUNT
};
/* clang-format on */

struct session {
	struct sessions *all;
	struct conn *conn; /* owned until on_gone */
	uint64_t id;       /* generation and slot */
	enum session_state state;
	unsigned in_flight;
	uint64_t floor;
	struct holding holding;    /* its subscriptions */
	struct ending *endings;    /* owned */
	const char *why;           /* it is draining */
	const struct grant *grant; /* borrowed; NULL: nobody checks */
	size_t organisation_len;
	char organisation[SESSION_ORGANISATION_MAX];
};

struct sessions {
	struct sessions_options options;
	struct slots slots; /* every session */
	unsigned in_flight;
	uint64_t last_token;
	bool is_draining;
	struct buf scratch; /* heads of replies */
};

/* Send what stands in all->scratch; without memory the connection closes. */
void session_send_scratch(struct session *session);

/*
 * Take no more calls; part when all are answered.  Its subscriptions stay
 * until then: the hub itself may be calling.  why is static.
 */
void session_drain(struct session *session, const char *why);

#endif
