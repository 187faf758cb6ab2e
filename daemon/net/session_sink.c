#include "daemon/net/session_sink.h"

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

void
session_break(struct session *session, const struct refusal *why)
{
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

static void
broken(void *who, const struct refusal *why)
{
	session_break(who, why);
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
