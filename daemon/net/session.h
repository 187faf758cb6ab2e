/*
 * session.h - one peer's conversation: its states, its calls in flight, its
 * read floor, its subscriptions.  Knows the conversation, not the socket.
 * Loop thread.
 *
 *   GREETING --any frame--> READY --stop/bad frame--> DRAINING --> CLOSED
 */
#ifndef TOCSIN_NET_SESSION_H
#define TOCSIN_NET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/feed/hub.h"
#include "daemon/net/conn.h"
#include "daemon/net/loop.h"
#include "proto/error.h"
#include "proto/message.h"

struct sessions; /* all of them */
struct session;
struct services; /* what handlers work with: net/services.h */

struct sessions_options {
	struct loop *loop;
	struct services *services;
	struct conn_limits limits;
	unsigned calls_in_flight; /* per session */
	unsigned subscriptions; /* per session */
	size_t queue_bytes; /* output mark for pushes */
	/* A session has ended (listener_release). */
	void (*on_end)(void *who);
	void *who;
};

struct sessions *sessions_new(const struct sessions_options *options);
/* Close all at once; NULL is fine. */
void sessions_free(struct sessions *sessions);
/* Take a freshly accepted socket. */
void sessions_accept(struct sessions *sessions, int fd);
unsigned sessions_count(const struct sessions *sessions);
/* Orderly stop: no new calls, answer what is in flight, then close.
 * sessions_idle says when nothing is in flight any more. */
void sessions_drain(struct sessions *sessions);
bool sessions_idle(const struct sessions *sessions);

/* --- for handlers -------------------------------------------------------- */

/*
 * A call being answered.  A handler gets it on the loop thread with its
 * arguments decoded; args and frame are borrowed until the handler returns.
 */
struct call {
	struct session *session;
	uint32_t id; /* msgid */
	enum message_id message;
	const void *args; /* struct call_<message> */
	struct text frame; /* the whole frame */
};

/* Every call is answered once: now through call_*, or later by ticket. */
struct ticket {
	uint64_t session;
	uint32_t id;
	uint8_t message; /* enum message_id, for metrics */
};
struct ticket call_ticket(const struct call *call);

/* Answer with one encoded value; seq raises the session's read floor. */
void ticket_reply(struct sessions *sessions, struct ticket ticket,
    struct text result, uint64_t seq);
void ticket_refuse(struct sessions *sessions, struct ticket ticket,
    const struct refusal *why);

/* The session behind a ticket, or NULL when it has ended. */
struct session *ticket_session(
    struct sessions *sessions, struct ticket ticket);

struct services *session_services(struct session *session);
struct sessions *session_sessions(struct session *session);
/* hello's organisation, or "local"; lives as long as the session. */
struct text session_organisation(const struct session *session);
void session_set_organisation(struct session *session, struct text name);
/* Highest sequence acknowledged or pushed to this peer. */
uint64_t session_floor(const struct session *session);

/* A sink for hub_subscribe that pushes to this session. */
struct sink session_sink(struct session *session);
/* Remember a subscription so that it ends with the session; false when the
 * session has as many as allowed. */
bool session_add_subscription(
    struct session *session, struct subscription *subscription, uint32_t *id);
/* The session's subscription that carries this durable name was taken over or
 * ended: forget it. */
void session_drop_subscription(
    struct session *session, struct subscription *subscription);
/* Run end(who) when the session ends (long polls); token to cancel. */
uint64_t session_on_end(
    struct session *session, void (*end)(void *who), void *who);
void session_on_end_cancel(struct session *session, uint64_t token);

#endif
