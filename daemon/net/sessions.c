/*
 * sessions.c - sessions in slots with generations, so that an answer that
 * comes late finds its session or nobody, never another one's.
 */
#include "daemon/net/sessions.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/core/access.h"
#include "daemon/metrics.h"
#include "daemon/net/session_inside.h"
#include "daemon/net/session_sink.h"

struct sessions *
sessions_new(const struct sessions_options *options)
{
	struct sessions *all = calloc(1, sizeof(*all));
	assert(options->calls_in_flight > 0);
	if (!all)
		return NULL;
	all->options = *options;
	return all;
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
	slots_free(&all->slots);
	buf_free(&all->scratch);
	free(all);
}

/* false, and the transport closed, when memory is out. */
static bool
open_session(struct sessions *all, struct transport transport)
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
	session->conn = conn_new(all->options.loop, transport,
	    &all->options.limits, &session_events, session);
	if (session->conn)
		session->id = slots_take(&all->slots, session);
	if (session->id != 0) {
		metrics_add(METRIC_connections_open, 1);
		return true;
	}
	conn_free(session->conn);
	free(session);
	return false;
}

void
sessions_accept(struct sessions *all, struct transport transport)
{
	metrics_add(METRIC_connections_accepted, 1);
	if (all->is_draining)
		transport_close(&transport);
	else if (open_session(all, transport))
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
