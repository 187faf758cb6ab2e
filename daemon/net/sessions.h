/*
 * sessions.h - all the sessions: peers taken in, counted, drained.  Loop
 * thread.
 */
#ifndef TOCSIN_NET_SESSIONS_H
#define TOCSIN_NET_SESSIONS_H

#include "daemon/net/guests.h"
#include "daemon/net/session.h"

struct sessions_options {
	struct loop *loop;
	struct services *services; /* borrowed, for session_services */
	struct hub *hub;           /* borrowed; NULL: nobody subscribes */
	struct conn_limits limits;
	unsigned calls_in_flight; /* per session */
	unsigned subscriptions;   /* per session */
	/* 0: no limit. */
	unsigned subscriptions_per_token;
	unsigned subscriptions_in_all;
	size_t held_bytes; /* see session_hold */
	struct guests_limits guests;
	uint32_t stranger_frame_bytes; /* of who may do nothing without a
					  token; 0: as of everybody */
	/* A session has ended (listener_release). */
	void (*on_end)(void *who);
	/* A drained peer was served from the hub, which may have put work off:
	 * have hub_turn called soon.  May be NULL. */
	void (*on_poked)(void *who);
	/* What a new peer may do, borrowed; whether a call may be made (0 or
	 * the code), asked before its arguments are read, args being NULL, and
	 * again with them.  Both may be NULL: everything may be done. */
	const struct grant *(*greet)(void *who, int fd);
	int (*check)(const struct call *call, struct refusal *why);
	void *who;
};

/* NULL when out of memory. */
struct sessions *sessions_new(const struct sessions_options *options);
/*
 * Close all at once, without on_end, not from inside an event of a session;
 * what was promised by session_on_end is run.  NULL is fine.
 */
void sessions_free(struct sessions *sessions);
/* Take a freshly accepted peer.  Without memory, when draining, or when there
 * are too many of its kind (which it is told, in plain), it is closed and
 * on_end called. */
void sessions_accept(struct sessions *sessions, struct transport transport);
unsigned sessions_count(const struct sessions *sessions);
/* Orderly stop: no new calls, answer what is in flight (long polls too, or do
 * not wait for them), then close. */
void sessions_drain(struct sessions *sessions);
/* Is nothing in flight, and every answer with the kernel? */
bool sessions_idle(const struct sessions *sessions);

/*
 * The grant has ended, or (one without a token) allows no subscriptions any
 * more.  Sessions that hold subscriptions are told so and part; those of a
 * token part too.
 */
void sessions_end_grant(struct sessions *sessions, const struct grant *grant);

#endif
