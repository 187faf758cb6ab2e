#include "daemon/net/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/logger.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/session_inside.h"
#include "proto/codec.h"

/* --- ends ---------------------------------------------------------------- */

void
session_end(struct session *session)
{
	struct sessions *all = session->all;
	session_state_move(&session->state, SESSION_CLOSED);
	all->in_flight -= session->in_flight;
	slots_release(&all->slots, session->id);
	endings_run(&session->endings);
	for (unsigned i = 0; i < session->holding.count; i++)
		hub_unsubscribe(all->options.hub,
		    session->holding.item[i].subscription);
	metrics_sub(METRIC_subscriptions_open, session->holding.count);
	metrics_sub(METRIC_connections_open, 1);
	holding_free(&session->holding);
	free(session);
}

static void
finish_if_answered(struct session *session)
{
	if (session->state == SESSION_DRAINING && session->in_flight == 0)
		conn_finish(session->conn, session->why);
}

/* Subscriptions stay until the end: the hub itself may be calling. */
void
session_drain(struct session *session, const char *why)
{
	if (session->state == SESSION_DRAINING)
		return;
	session_state_move(&session->state, SESSION_DRAINING);
	session->why = why;
	conn_pause(session->conn);
	finish_if_answered(session);
}

/* --- what the connection tells ------------------------------------------- */

static void
on_frame(void *who, struct text frame)
{
	struct session *session = who;
	if (session->state == SESSION_GREETING)
		session_state_move(&session->state, SESSION_READY);
	if (!dispatch_frame(session, frame))
		session_drain(session, "bad frame");
}

static void
on_bad_frame(void *who, struct text begun, const char *why)
{
	struct session *session = who;
	dispatch_bad_frame(session, begun, why);
	session_drain(session, "bad frame");
}

static void
on_plain(void *who, struct text begun)
{
	struct session *session = who;
	dispatch_plain(session, begun);
	session_drain(session, "no TLS on a TLS address");
}

static void
on_input_end(void *who)
{
	session_drain(who, "peer closed");
}

static void
on_drained(void *who)
{
	struct session *session = who;
	if (session->state != SESSION_READY)
		return;
	for (unsigned i = 0; i < session->holding.count; i++)
		hub_poke(session->all->options.hub,
		    session->holding.item[i].subscription);
	if (session->holding.count && session->all->options.on_poked)
		session->all->options.on_poked(session->all->options.who);
}

static void
on_gone(void *who, const char *why)
{
	struct session *session = who;
	struct sessions *all = session->all;
	log_line(LOG_DEBUG, "session-ended", "session=%llx why=%s",
	    (unsigned long long)session->id, LOG_QUOTE(text_of(why)));
	session_end(session);
	all->options.on_end(all->options.who);
}

const struct conn_events session_events = {
	.on_frame = on_frame,
	.on_bad_frame = on_bad_frame,
	.on_plain = on_plain,
	.on_input_end = on_input_end,
	.on_drained = on_drained,
	.on_gone = on_gone,
};

/* --- calls --------------------------------------------------------------- */

/* How much of calls_in_flight it takes up. */
static unsigned
weight_of(const struct session *session, unsigned message)
{
	const struct sessions_options *options = &session->all->options;
	size_t fit = options->limits.output_bytes / MESSAGE_LARGE_BYTES;

	if (message >= MESSAGE_COUNT ||
	    !(message_row((enum message_id)message)->flags & LARGE))
		return 1;
	return 1 + options->calls_in_flight / (unsigned)(fit ? fit : 1);
}

void
session_begin_call(struct session *session, unsigned message)
{
	unsigned weight = weight_of(session, message);
	metrics_add(METRIC_calls, 1);
	session->in_flight += weight;
	session->all->in_flight += weight;
	if (session->in_flight >= session->all->options.calls_in_flight)
		conn_pause(session->conn);
}

/* A call's answer is queued. */
static void
end_call(struct session *session, unsigned message)
{
	unsigned weight = weight_of(session, message);
	assert(session->in_flight >= weight);
	session->in_flight -= weight;
	session->all->in_flight -= weight;
	finish_if_answered(session);
	if (session->state == SESSION_READY &&
	    session->in_flight < session->all->options.calls_in_flight)
		conn_resume(session->conn);
}

struct session *
ticket_session(struct sessions *all, struct ticket ticket)
{
	return slots_find(&all->slots, ticket.session);
}

struct ticket
call_ticket(const struct call *call)
{
	return (struct ticket){
		.session = call->session->id,
		.id = call->id,
		.message = (uint8_t)call->message,
	};
}

void
session_send_scratch(struct session *session)
{
	struct buf *scratch = &session->all->scratch;
	if (scratch->failed)
		conn_close(session->conn, "out of memory");
	else
		conn_send(session->conn, buf_text(scratch));
}

void
ticket_reply(struct sessions *all, struct ticket ticket, struct text result,
    uint64_t seq)
{
	struct session *session = ticket_session(all, ticket);
	assert(result.len > 0);
	if (!session)
		return;
	if (session->floor < seq)
		session->floor = seq;
	buf_clear(&all->scratch);
	pack_reply_open(&all->scratch, ticket.id);
	session_send_scratch(session);
	conn_send(session->conn, result);
	end_call(session, ticket.message);
}

void
ticket_refuse(struct sessions *all, struct ticket ticket,
    const struct refusal *why)
{
	struct session *session = ticket_session(all, ticket);
	if (!session)
		return;
	buf_clear(&all->scratch);
	metrics_add(METRIC_calls_refused, 1);
	pack_reply_error(&all->scratch, ticket.id, why);
	session_send_scratch(session);
	end_call(session, ticket.message);
}

/* --- what handlers ask --------------------------------------------------- */

struct services *
session_services(struct session *session)
{
	return session->all->options.services;
}

struct sessions *
session_sessions(struct session *session)
{
	return session->all;
}

struct text
session_organisation(const struct session *session)
{
	return (
	    struct text){ session->organisation, session->organisation_len };
}

void
session_set_organisation(struct session *session, struct text name)
{
	assert(name.len > 0 && name.len <= SESSION_ORGANISATION_MAX);
	memcpy(session->organisation, name.at, name.len);
	session->organisation_len = name.len;
}

const struct grant *
session_grant(const struct session *session)
{
	return session->grant;
}

void
session_set_grant(struct session *session, const struct grant *grant)
{
	session->grant = grant;
}

int
session_check(const struct call *call, struct refusal *why)
{
	const struct sessions_options *options = &call->session->all->options;

	return options->check ? options->check(call, why) : 0;
}

bool
session_peer(const struct session *session, struct tls_peer *peer)
{
	return conn_peer(session->conn, peer);
}

uint64_t
session_floor(const struct session *session)
{
	return session->floor;
}

/* --- subscriptions ------------------------------------------------------- */

bool
session_add_subscription(struct session *session,
    struct subscription *subscription, uint32_t *id)
{
	if (session->state != SESSION_READY ||
	    session->holding.count >= session->all->options.subscriptions ||
	    !holding_add(&session->holding, subscription, id))
		return false;
	metrics_add(METRIC_subscriptions_open, 1);
	return true;
}

struct subscription *
session_find_subscription(const struct session *session, uint32_t id)
{
	return holding_find(&session->holding, id);
}

void
session_drop_subscription(struct session *session,
    struct subscription *subscription)
{
	if (holding_drop(&session->holding, subscription))
		metrics_sub(METRIC_subscriptions_open, 1);
}

uint64_t
session_on_end(struct session *session, void (*end)(void *who), void *who)
{
	uint64_t token = ++session->all->last_token;
	return endings_add(&session->endings, token, end, who) ? token : 0;
}

void
session_on_end_cancel(struct session *session, uint64_t token)
{
	endings_cancel(&session->endings, token);
}
