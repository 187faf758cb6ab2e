/*
 * session_sink.h - what the hub pushes to a session, and when it is sent
 * nothing more.  Loop thread.
 */
#ifndef TOCSIN_NET_SESSION_SINK_H
#define TOCSIN_NET_SESSION_SINK_H

#include "daemon/net/session.h"

/* For hub_subscribe: pushes to this session. */
struct sink session_sink(struct session *session);

/* It cannot be served any more: say so in a push and part. */
void session_break(struct session *session, const struct refusal *why);

#endif
