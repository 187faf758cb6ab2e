#include "daemon/net/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/access.h"
#include "daemon/logger.h"
#include "daemon/metrics.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/session_inside.h"
#include "proto/codec.h"

enum { RETRY_SUBSCRIBE_MS = 10000 };

static uint32_t
token_of(const struct session *session)
{
	return session->grant ? session->grant->token : 0;
}

static void
forget_subscriptions(struct session *session, unsigned count)
{
	metrics_sub(METRIC_subscriptions_open, count);
	session->all->nsubscriptions -= count;
	if (count > session->ncounted)
		count = session->ncounted;
	abacus_take(&session->all->subscriptions, token_of(session), count);
	session->ncounted -= count;
}

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
	forget_subscriptions(session, session->holding.count);
	guests_go(all->guests, &session->guest);
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
	guests_spoke(session->all->guests, &session->guest);
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

/* Read on only as long as what was read is not too much already. */
static void
tend_reading(struct session *session)
{
	const struct sessions_options *options = &session->all->options;
	bool is_full = session->in_flight >= options->calls_in_flight;
	bool is_laden =
	    options->held_bytes && session->held_bytes > options->held_bytes;

	if (is_full || is_laden) {
		metrics_add(is_full ? METRIC_rests_calls : METRIC_rests_bytes,
		    1);
		conn_pause(session->conn);
	} else {
		conn_resume(session->conn);
	}
}

void
session_begin_call(struct session *session, unsigned message)
{
	unsigned weight = weight_of(session, message);
	metrics_add(METRIC_calls, 1);
	session->in_flight += weight;
	session->all->in_flight += weight;
	tend_reading(session);
}

/* A call's answer is queued. */
static void
end_call(struct session *session, unsigned message)
{
	unsigned weight = weight_of(session, message);
	assert(session->in_flight >= weight);
	session->in_flight -= weight;
	session->all->in_flight -= weight;
	/* Its time to ask again begins with the answer. */
	guests_spoke(session->all->guests, &session->guest);
	finish_if_answered(session);
	if (session->state == SESSION_READY)
		tend_reading(session);
}

void
session_hold(struct session *session, int64_t bytes)
{
	assert(bytes >= 0 || session->held_bytes >= (size_t)-bytes);
	session->held_bytes += (size_t)bytes;
	if (session->state == SESSION_READY)
		tend_reading(session);
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
	if (why->code == ERROR_TOO_LARGE)
		metrics_add(METRIC_too_large, 1);
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
	struct sessions *all = session->all;
	unsigned count = session->holding.count;

	abacus_take(&all->subscriptions, token_of(session), session->ncounted);
	session->grant = grant;
	session->ncounted =
	    abacus_add(&all->subscriptions, token_of(session), count) ? count
								      : 0;
	if (!grant->token)
		return;
	guests_know(all->guests, &session->guest);
	conn_set_limits(session->conn, &all->options.limits);
}

const struct prefix *
session_prefix(const struct session *session)
{
	return &session->guest.prefix;
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

/* Is there room for one more? */
static int
check_room(const struct session *session, struct refusal *why)
{
	const struct sessions *all = session->all;
	const struct sessions_options *options = &all->options;
	unsigned most = options->subscriptions_per_token;

	if (session->holding.count >= options->subscriptions)
		return refuse(why, ERROR_TOO_LARGE, NULL,
		    "this connection has %u subscriptions, as many as allowed",
		    session->holding.count);
	if (most && token_of(session) &&
	    abacus_of(&all->subscriptions, token_of(session)) >= most)
		return refuse_for_now(why, ERROR_BUSY, RETRY_SUBSCRIBE_MS,
		    "this token has %u subscriptions, as many as allowed",
		    most);
	most = options->subscriptions_in_all;
	if (most && all->nsubscriptions >= most)
		return refuse_for_now(why, ERROR_BUSY, RETRY_SUBSCRIBE_MS,
		    "as many subscriptions as allowed are open");
	return 0;
}

int
session_add_subscription(struct session *session,
    struct subscription *subscription, uint32_t *id, struct refusal *why)
{
	struct sessions *all = session->all;
	int code = check_room(session, why);

	if (code)
		metrics_add(METRIC_subscriptions_refused, 1);
	else if (session->state != SESSION_READY)
		code = refuse(why, ERROR_BUSY, NULL, "the connection ends");
	else if (!abacus_add(&all->subscriptions, token_of(session), 1))
		code = refuse(why, ERROR_INTERNAL, NULL, "out of memory");
	else if (!holding_add(&session->holding, subscription, id)) {
		abacus_take(&all->subscriptions, token_of(session), 1);
		code = refuse(why, ERROR_INTERNAL, NULL, "out of memory");
	}
	if (code)
		return code;
	all->nsubscriptions++;
	session->ncounted++;
	metrics_add(METRIC_subscriptions_open, 1);
	return 0;
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
		forget_subscriptions(session, 1);
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
