/*
 * session_inside.h - the inside of a session, for the files that make it.
 * Loop thread.
 */
#ifndef TOCSIN_NET_SESSION_INSIDE_H
#define TOCSIN_NET_SESSION_INSIDE_H

#include "daemon/net/abacus.h"
#include "daemon/net/ending.h"
#include "daemon/net/guests.h"
#include "daemon/net/holding.h"
#include "daemon/net/session_state.h"
#include "daemon/net/sessions.h"
#include "daemon/net/slots.h"

struct session {
	struct sessions *all;
	struct conn *conn; /* owned until on_gone */
	uint64_t id;       /* generation and slot */
	enum session_state state;
	unsigned in_flight;
	size_t held_bytes;
	struct guest guest;
	uint64_t floor;
	struct holding holding;    /* its subscriptions */
	unsigned ncounted;         /* of these, counted for its token */
	struct ending *endings;    /* owned */
	const char *why;           /* it is draining */
	const struct grant *grant; /* borrowed; NULL: nobody checks */
	size_t organisation_len;
	char organisation[SESSION_ORGANISATION_MAX];
};

struct sessions {
	struct sessions_options options;
	struct slots slots;          /* every session */
	struct conn_limits narrow;   /* of who may do nothing yet */
	struct guests *guests;       /* owned */
	struct abacus subscriptions; /* by token */
	unsigned in_flight;
	unsigned nsubscriptions;
	uint64_t last_token;
	bool is_draining;
	struct buf scratch; /* heads of replies */
};

/* What its connection tells it. */
extern const struct conn_events session_events;

/*
 * The conn is gone or going: nothing may find the session any more.  Those
 * who wait for its end still find its subscriptions.
 */
void session_end(struct session *session);

/* Send what stands in all->scratch; without memory the connection closes. */
void session_send_scratch(struct session *session);

/*
 * Take no more calls; part when all are answered.  Its subscriptions stay
 * until then: the hub itself may be calling.  why is static.
 */
void session_drain(struct session *session, const char *why);

#endif
