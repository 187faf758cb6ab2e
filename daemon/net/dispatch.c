/* dispatch.c - from a frame's bytes to its handler, by table. */
#include "daemon/net/dispatch.h"

#include "base/nearest.h"
#include "daemon/metrics.h"
#include "daemon/net/session.h"
#include "proto/codec.h"

/* clang-format off */
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)

/* Room for the arguments of any call. */
union arguments {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	struct call_##name name;
#include "proto/messages.def"
#undef METHOD
};

static void (*const handlers[MESSAGE_COUNT])(struct call *call) = {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	[MESSAGE_##NAME] = handle_##name,
#include "proto/messages.def"
#undef METHOD
};

static const char *const methods[MESSAGE_COUNT] = {
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	[MESSAGE_##NAME] = wire,
#include "proto/messages.def"
#undef METHOD
};
#undef ARG
#undef REPLY
#undef END
/* clang-format on */

enum { METHOD_SHOWN = 64 }; /* bytes of an unknown name worth repeating */

static void
refuse_unknown(const struct call *call, struct text method)
{
	struct refusal why = { 0 };
	const char *near = nearest_word(method, methods, MESSAGE_COUNT);
	if (method.len > METHOD_SHOWN)
		method.len = METHOD_SHOWN;
	if (near)
		refuse(&why, ERROR_UNSUPPORTED, NULL,
		    "unknown method \"%.*s\"; did you mean \"%s\"?",
		    TEXT_ARG(method), near);
	else
		refuse(&why, ERROR_UNSUPPORTED, NULL, "unknown method \"%.*s\"",
		    TEXT_ARG(method));
	ticket_refuse(session_sessions(call->session), call_ticket(call), &why);
}

/* Who may not ask is not told what is wrong with his arguments. */
static int
admit(struct call *call, const struct rpc_frame *frame, union arguments *args,
    struct refusal *why)
{
	int code = session_check(call, why);

	if (!code)
		code =
		    codec_read_call(call->message, &frame->params, args, why);
	if (code)
		return code;
	call->args = args;
	return session_check(call, why);
}

static void
answer(struct session *session, struct text bytes,
    const struct rpc_frame *frame)
{
	union arguments args;
	struct refusal why = { 0 };
	struct call call = {
		.session = session,
		.id = frame->id,
		.message = message_find(frame->method),
		.frame = bytes,
	};
	session_begin_call(session, call.message);
	if (call.message == MESSAGE_COUNT)
		refuse_unknown(&call, frame->method);
	else if (admit(&call, frame, &args, &why))
		ticket_refuse(session_sessions(session), call_ticket(&call),
		    &why);
	else
		handlers[call.message](&call);
}

/* A bad frame is a call answered at once, whatever it was meant to be. */
static void
refuse_frame(struct session *session, uint32_t id, const struct refusal *why)
{
	struct call call = {
		.session = session,
		.id = id,
		.message = MESSAGE_COUNT,
	};
	session_begin_call(session, call.message);
	ticket_refuse(session_sessions(session), call_ticket(&call), why);
}

bool
dispatch_frame(struct session *session, struct text bytes)
{
	enum { REQUEST = 0 };
	struct rpc_frame frame = { 0 };
	struct refusal why = { 0 };
	if (rpc_frame_read(bytes, &frame, &why)) {
		metrics_add(METRIC_frames_bad, 1);
		refuse_frame(session, frame.id, &why);
		return false;
	}
	if (frame.type == REQUEST)
		answer(session, bytes, &frame);
	return true;
}

/* The id of a request whose head is whole, else 0. */
static uint32_t
id_of(struct text begun)
{
	struct value id;
	const uint8_t *at = (const uint8_t *)begun.at;
	if (begun.len < 3 || at[0] != 0x94 || at[1] != 0x00)
		return 0;
	if (!value_read(at + 2, at + begun.len, &id) || id.kind != VALUE_UINT ||
	    id.as.uint > UINT32_MAX)
		return 0;
	return (uint32_t)id.as.uint;
}

/* Do they begin as a TLS client's first record does? */
static bool
is_tls(struct text begun)
{
	return begun.len >= 2 && begun.at[0] == 0x16 && begun.at[1] == 0x03;
}

void
dispatch_bad_frame(struct session *session, struct text begun, const char *text)
{
	struct refusal why = { 0 };
	metrics_add(METRIC_frames_bad, 1);
	if (is_tls(begun)) {
		metrics_add(METRIC_tls_unexpected, 1);
		text = "this address speaks no TLS";
	}
	refuse(&why, ERROR_BAD_FRAME, NULL, "%s", text);
	refuse_frame(session, id_of(begun), &why);
}

void
dispatch_refuse(struct session *session, const struct refusal *why)
{
	refuse_frame(session, 0, why);
}

void
dispatch_plain(struct session *session, struct text begun)
{
	struct refusal why = { 0 };
	refuse(&why, ERROR_TLS_REQUIRED, NULL,
	    "this address speaks TLS, and what came is plain");
	refuse_frame(session, id_of(begun), &why);
}
