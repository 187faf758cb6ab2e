/*
 * session.h - one peer's conversation: its states, its calls in flight, its
 * read floor, its subscriptions.  Knows the conversation, not the socket.
 * Loop thread.
 *
 *   GREETING --any frame--> READY --stop, bad frame, end of input-->
 *   DRAINING --all answered and sent--> CLOSED
 *
 * A DRAINING session takes no calls and its sink has no room; its conn
 * finishes when the last call in flight is answered.  Every state may fall to
 * CLOSED; only then are its subscriptions ended.
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
#include "daemon/net/prefix.h"
#include "proto/error.h"
#include "proto/message.h"

struct sessions; /* all of them */
struct session;
struct call;
struct grant;
struct services; /* what handlers work with: net/services.h */

enum { SESSION_ORGANISATION_MAX = 64 };

/* --- for dispatch -------------------------------------------------------- */

/*
 * One more call of this message is in flight until its ticket is answered.
 * One with a LARGE answer counts as so many others that the answers together
 * fit into output_bytes.
 */
void session_begin_call(struct session *session, unsigned message);

/* --- for handlers -------------------------------------------------------- */

/*
 * A call being answered.  A handler gets it on the loop thread with its
 * arguments decoded; args and frame are borrowed until the handler returns.
 */
struct call {
	struct session *session;
	uint32_t id; /* msgid */
	enum message_id message;
	const void *args;  /* struct call_<message> */
	struct text frame; /* the whole frame */
};

/* Every call is answered exactly once: in its handler, or later. */
struct ticket {
	uint64_t session;
	uint32_t id;
	uint8_t message; /* enum message_id, for metrics */
};
struct ticket call_ticket(const struct call *call);

/* Answer with one encoded value; seq raises the session's read floor.  Both
 * are ignored when the session has ended. */
void ticket_reply(struct sessions *sessions, struct ticket ticket,
    struct text result, uint64_t seq);
void ticket_refuse(struct sessions *sessions, struct ticket ticket,
    const struct refusal *why);

/* The session behind a ticket, or NULL when it has ended. */
struct session *ticket_session(struct sessions *sessions, struct ticket ticket);

/* The options' services, and all the sessions it is one of. */
struct services *session_services(struct session *session);
struct sessions *session_sessions(struct session *session);
/* hello's organisation, or "local"; lives as long as the session. */
struct text session_organisation(const struct session *session);
/* Copied; at most SESSION_ORGANISATION_MAX bytes, not empty. */
void session_set_organisation(struct session *session, struct text name);
/* The network it comes from; lives as long as the session. */
const struct prefix *session_prefix(const struct session *session);
/* The client certificate it has shown, found good; false without one. */
bool session_peer(const struct session *session, struct tls_peer *peer);
/* What it may do; NULL without sessions_options.greet. */
const struct grant *session_grant(const struct session *session);
/* Borrowed: it must stay where it is as long as there are sessions.  Whoever
 * has shown a token is no stranger any more. */
void session_set_grant(struct session *session, const struct grant *grant);
/*
 * So many more bytes (negative: less) of what this peer has sent are held for
 * it and not answered yet; with too many no frame is read.
 */
void session_hold(struct session *session, int64_t bytes);
/* May this call be made?  0, or the code with why. */
int session_check(const struct call *call, struct refusal *why);
/* Highest sequence acknowledged or pushed to this peer. */
uint64_t session_floor(const struct session *session);

/*
 * Remember a subscription so that it ends with the session; id, unique within
 * the session, counts from 1.  0; or the code with why, when there are as many
 * of the session, of its token or in all as allowed, the session is draining,
 * or memory is out: the caller keeps the subscription.
 */
int session_add_subscription(struct session *session,
    struct subscription *subscription, uint32_t *id, struct refusal *why);
/* The subscription of that id, or NULL. */
struct subscription *session_find_subscription(const struct session *session,
    uint32_t id);
/*
 * The session's subscription that carries this durable name was taken over or
 * ended: forget it.  The hub is not told.
 */
void session_drop_subscription(struct session *session,
    struct subscription *subscription);
/*
 * Run end(who) when the session has ended (long polls): its tickets find it
 * no more, its subscriptions are ended right after.  A token to cancel with,
 * or 0 when out of memory.
 */
uint64_t session_on_end(struct session *session, void (*end)(void *who),
    void *who);
void session_on_end_cancel(struct session *session, uint64_t token);

#endif
