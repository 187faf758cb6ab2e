/*
 * pushing.h - what a session may do, and when it is sent nothing more; with
 * its sink, which session.h declares.  Loop thread.
 */
#ifndef TOCSIN_NET_PUSHING_H
#define TOCSIN_NET_PUSHING_H

#include "daemon/core/access.h"
#include "daemon/net/session.h"

/* For dispatch: may this call be made?  0, or the code with why. */
int session_check(const struct call *call, struct refusal *why);

/* What it may do; NULL without sessions_options.greet. */
const struct grant *session_grant(const struct session *session);
/* Borrowed: it must stay where it is as long as there are sessions. */
void session_set_grant(struct session *session, const struct grant *grant);

/*
 * The grant has ended, or (one without a token) allows no subscriptions any
 * more.  Sessions that hold subscriptions are told so and part; those of a
 * token part too.
 */
void sessions_end_grant(struct sessions *sessions, const struct grant *grant);

#endif
