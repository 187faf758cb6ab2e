/* dispatch.h - method name -> message -> handler, from messages.def. */
#ifndef TOCSIN_NET_DISPATCH_H
#define TOCSIN_NET_DISPATCH_H

#include "daemon/net/session.h"

/*
 * One handler a message, named handle_<message> and declared here from
 * messages.def; a row without a handler does not link.
 */
/* clang-format off */
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	void handle_##name(struct call *call);
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END

/* clang-format on */

/*
 * Take apart a scanned frame, find its method, read its arguments, call the
 * handler.  Unknown request: unsupported.  Unknown notification, and a known
 * one: ignored.  bad-frame answers are given here too.  Returns false when
 * the connection must close.
 */
bool dispatch_frame(struct session *session, struct text frame);

/*
 * Answer bytes that are no frame; begun is what there is of them, and gives
 * the call's id when it gets so far.
 */
void dispatch_bad_frame(struct session *session, struct text begun,
    const char *why);

/* Tell why the connection ends, in answer to no call. */
void dispatch_refuse(struct session *session, const struct refusal *why);

/* Answer a frame that has begun in plain where TLS is spoken: tls-required. */
void dispatch_plain(struct session *session, struct text begun);

#endif
