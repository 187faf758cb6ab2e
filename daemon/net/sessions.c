/*
 * sessions.c - sessions in slots with generations, so that an answer that
 * comes late finds its session or nobody, never another one's.
 */
#include "daemon/net/sessions.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "daemon/core/access.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/session_inside.h"
#include "daemon/net/session_sink.h"
#include "proto/codec.h"

enum { RETRY_PLACE_MS = 2000 };

/* --- guests -------------------------------------------------------------- */

static struct session *
session_of(struct guest *guest)
{
	return (void *)((char *)guest - offsetof(struct session, guest));
}

static void
on_displaced(struct guest *guest)
{
	conn_close(session_of(guest)->conn, "made room for others");
}

/* Who waits for us, or is waited for by the hub, is not late. */
static void
on_late(struct guest *guest)
{
	struct session *session = session_of(guest);
	struct refusal why = { 0 };

	if (session->in_flight || session->holding.count ||
	    session->state == SESSION_DRAINING)
		return;
	metrics_add(METRIC_strangers_late, 1);
	if (!conn_is_open(session->conn)) {
		conn_close(session->conn, "silent for too long");
		return;
	}
	refuse(&why, ERROR_BUSY, NULL,
	    "nothing was asked in time; places are few without a token");
	dispatch_refuse(session, &why);
	session_drain(session, "silent for too long");
}

static const struct guests_events guests_events = { on_displaced, on_late };

/* --- all of them --------------------------------------------------------- */

struct sessions *
sessions_new(const struct sessions_options *options)
{
	struct sessions *all = calloc(1, sizeof(*all));
	assert(options->calls_in_flight > 0);
	if (!all)
		return NULL;
	all->options = *options;
	all->narrow = options->limits;
	if (options->stranger_frame_bytes &&
	    options->stranger_frame_bytes < all->narrow.scan.frame_bytes)
		all->narrow.scan.frame_bytes = options->stranger_frame_bytes;
	all->guests =
	    guests_new(options->loop, &options->guests, &guests_events);
	if (all->guests)
		return all;
	free(all);
	return NULL;
}

void
sessions_free(struct sessions *all)
{
	if (!all)
		return;
	struct session *session;
	uint32_t at = 0;
	while ((session = slots_each(&all->slots, &at))) {
		conn_free(session->conn);
		session_end(session);
	}
	guests_free(all->guests);
	abacus_free(&all->subscriptions);
	slots_free(&all->slots);
	buf_free(&all->scratch);
	free(all);
}

/* May it do nothing but show a token? */
static const struct conn_limits *
limits_of(const struct session *session)
{
	return session->guest.is_stranger && session->grant &&
		!session->grant->roles
	    ? &session->all->narrow
	    : &session->all->options.limits;
}

/* false, and the transport closed, when memory is out. */
static bool
open_session(struct sessions *all, struct transport transport,
    const struct prefix *prefix)
{
	struct session *session = calloc(1, sizeof(*session));
	if (!session) {
		transport_close(&transport);
		return false;
	}
	session->all = all;
	session_set_organisation(session, TEXT("local"));
	if (all->options.greet)
		session->grant =
		    all->options.greet(all->options.who, transport.fd);
	guests_come(all->guests, &session->guest, prefix);
	session->conn = conn_new(all->options.loop, transport,
	    limits_of(session), &session_events, session);
	if (session->conn)
		session->id = slots_take(&all->slots, session);
	if (session->id != 0) {
		metrics_add(METRIC_connections_open, 1);
		return true;
	}
	guests_go(all->guests, &session->guest);
	conn_free(session->conn);
	free(session);
	return false;
}

/*
 * To a client that speaks plainly we can say why; its words are read first,
 * since closing a socket with unread ones would take ours back.
 */
static void
turn_away(struct sessions *all, struct transport *transport,
    const struct refusal *why)
{
	uint8_t unread[4096];

	if (!transport->server) {
		buf_clear(&all->scratch);
		pack_reply_error(&all->scratch, 0, why);
		(void)transport_receive(transport, unread, sizeof(unread));
		if (!all->scratch.failed)
			(void)transport_send(transport, all->scratch.at,
			    all->scratch.len);
	}
	transport_close(transport);
}

/* Is there a place for one more from there? */
static bool
is_welcome(struct sessions *all, const struct prefix *prefix,
    struct refusal *why)
{
	enum guests_answer answer = guests_ask(all->guests, prefix);
	char network[PREFIX_TEXT_MAX];

	if (answer == GUESTS_NETWORK_FULL) {
		metrics_add(METRIC_refused_network, 1);
		refuse_for_now(why, ERROR_BUSY, RETRY_PLACE_MS,
		    "as many connections as may be come from %s",
		    prefix_text(prefix, network));
	} else if (answer == GUESTS_NETWORK_STRANGERS_FULL) {
		metrics_add(METRIC_refused_network_strangers, 1);
		refuse_for_now(why, ERROR_BUSY, RETRY_PLACE_MS,
		    "as many connections without a token as may be come from "
		    "%s",
		    prefix_text(prefix, network));
	} else if (answer == GUESTS_STRANGERS_FULL) {
		metrics_add(METRIC_refused_strangers, 1);
		refuse_for_now(why, ERROR_BUSY, RETRY_PLACE_MS,
		    "as many connections without a token as may be are open");
	}
	return answer == GUESTS_WELCOME;
}

void
sessions_accept(struct sessions *all, struct transport transport)
{
	struct prefix prefix = prefix_of_socket(transport.fd);
	struct refusal why = { 0 };

	metrics_add(METRIC_connections_accepted, 1);
	if (all->is_draining)
		transport_close(&transport);
	else if (!is_welcome(all, &prefix, &why))
		turn_away(all, &transport, &why);
	else if (open_session(all, transport, &prefix))
		return;
	metrics_add(METRIC_connections_refused, 1);
	all->options.on_end(all->options.who);
}

unsigned
sessions_count(const struct sessions *all)
{
	return all->slots.count;
}

void
sessions_drain(struct sessions *all)
{
	struct session *session;
	uint32_t at = 0;
	all->is_draining = true;
	while ((session = slots_each(&all->slots, &at)))
		session_drain(session, "stopping");
}

bool
sessions_idle(const struct sessions *all)
{
	const struct session *session;
	uint32_t at = 0;
	if (all->in_flight > 0)
		return false;
	while ((session = slots_each(&all->slots, &at)))
		if (conn_queued(session->conn) > 0)
			return false;
	return true;
}

void
sessions_end_grant(struct sessions *all, const struct grant *grant)
{
	struct refusal why = { 0 };
	struct session *session;
	uint32_t at = 0;

	refuse(&why, ERROR_UNAUTHORIZED, NULL,
	    "the token was revoked or has expired");
	while ((session = slots_each(&all->slots, &at)))
		if (session->grant == grant && session->holding.count > 0 &&
		    session->state == SESSION_READY)
			session_break(session, &why);
		else if (session->grant == grant && grant->token &&
		    session->state != SESSION_DRAINING)
			session_drain(session, "token ended");
}
