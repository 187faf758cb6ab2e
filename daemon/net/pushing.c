#include "daemon/net/pushing.h"

#include "daemon/metrics.h"
#include "daemon/net/session_inside.h"
#include "proto/codec.h"

static void
push(void *who, struct text frames, unsigned count)
{
	struct session *session = who;
	metrics_add(METRIC_pushes, count);
	conn_send(session->conn, frames);
}

static size_t
queued(void *who)
{
	const struct session *session = who;
	/* No room at all: a draining peer gets no pushes. */
	if (session->state != SESSION_READY)
		return SIZE_MAX;
	return conn_queued(session->conn);
}

static void
told(void *who, uint64_t seq)
{
	struct session *session = who;
	if (session->floor < seq)
		session->floor = seq;
}

/* The hub cannot serve this peer: say so in a push and part. */
static void
broken(void *who, const struct refusal *why)
{
	struct session *session = who;
	struct buf *scratch = &session->all->scratch;
	char text[REFUSAL_TEXT_MAX];
	refusal_format(why, text);
	buf_clear(scratch);
	pack_push_open(scratch, TEXT("alerts.ended"), 1);
	pack_map(scratch, 1);
	pack_field_string(scratch, "reason", text);
	session_send_scratch(session);
	session_drain(session, "subscription broken");
}

struct sink
session_sink(struct session *session)
{
	return (struct sink){
		.who = session,
		.push = push,
		.queued = queued,
		.told = told,
		.broken = broken,
	};
}

/* --- ends ---------------------------------------------------------------- */

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
			broken(session, &why);
		else if (session->grant == grant && grant->token &&
		    session->state != SESSION_DRAINING)
			session_drain(session, "token ended");
}

/* --- who is there -------------------------------------------------------- */

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
