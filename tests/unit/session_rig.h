/*
 * session_rig.h - for tests: sessions over real sockets, a hub that counts,
 * and handlers that answer at once or when the test says so.
 */
#ifndef TOCSIN_TESTS_SESSION_RIG_H
#define TOCSIN_TESTS_SESSION_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/net/dispatch.h"
#include "daemon/net/session_sink.h"
#include "daemon/net/sessions.h"
#include "proto/codec.h"

enum { IN_FLIGHT = 4, SUBSCRIPTIONS = 2, TICKETS_MAX = 64, WAIT_MS = 5000 };

/* A hub that counts; a subscription is any address. */
struct hub {
	unsigned pokes;
	unsigned unsubscribed;
};

/* What the handlers below work with; one peer at a time. */
struct services {
	struct hub hub;
	struct loop *loop;
	struct sessions *sessions;
	int peer;
	struct buf in;           /* from the daemon, not yet looked at */
	struct session *session; /* of the last call */
	struct ticket ticket[TICKETS_MAX]; /* of server.stats */
	unsigned tickets;
	unsigned calls;
	unsigned ends;    /* sessions ended */
	unsigned endings; /* of session_on_end */
	int64_t give_up_ms;
	bool (*is_enough)(struct services *services);
};

void
hub_poke(struct hub *hub, struct subscription *subscription)
{
	assert_non_null(subscription);
	hub->pokes++;
}

void
hub_unsubscribe(struct hub *hub, struct subscription *subscription)
{
	assert_non_null(subscription);
	hub->unsubscribed++;
}

/* server.stats is answered by the tests, everything else at once. */
static inline void
handle(struct call *call)
{
	struct services *services = session_services(call->session);
	struct buf result = { 0 };
	services->session = call->session;
	services->calls++;
	if (call->message == MESSAGE_SERVER_STATS) {
		assert_true(services->tickets < TICKETS_MAX);
		services->ticket[services->tickets++] = call_ticket(call);
		return;
	}
	pack_string(&result, message_row(call->message)->wire);
	ticket_reply(services->sessions, call_ticket(call), buf_text(&result),
	    services->calls);
	buf_free(&result);
}

/* clang-format off */
#define METHOD(NAME, name, wire, flags, role, scope, summary) \
	void handle_##name(struct call *call) { handle(call); }
#define ARG(name, kind, field, need, min, max, fallback, meaning)
#define REPLY(name, kind, field, meaning)
#define END(NAME, name)
#include "proto/messages.def"
#undef METHOD
#undef ARG
#undef REPLY
#undef END
/* clang-format on */

static inline void
on_end(void *who)
{
	struct services *services = who;
	services->ends++;
}

static inline void
join(struct services *services)
{
	int pair[2];
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	services->peer = pair[1];
	sessions_accept(services->sessions, transport_plain(pair[0]));
}

static inline int
set_up(void **state)
{
	struct services *services = calloc(1, sizeof(*services));
	assert_non_null(services);
	services->loop = loop_new();
	struct sessions_options options = {
		.loop = services->loop,
		.services = services,
		.hub = &services->hub,
		.limits = {
			.scan = { 4096, 1000, SCAN_MAX_DEPTH },
			.output_bytes = 65536,
			.frame_ms = WAIT_MS,
			.stall_ms = WAIT_MS,
		},
		.calls_in_flight = IN_FLIGHT,
		.subscriptions = SUBSCRIPTIONS,
		.on_end = on_end,
		.who = services,
	};
	services->sessions = sessions_new(&options);
	assert_non_null(services->sessions);
	join(services);
	*state = services;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct services *services = *state;
	sessions_free(services->sessions);
	loop_free(services->loop);
	if (services->peer >= 0)
		close(services->peer);
	buf_free(&services->in);
	free(services);
	return 0;
}

static inline void
leave(struct services *services)
{
	close(services->peer);
	services->peer = -1;
}

static inline void
look(void *who)
{
	struct services *services = who;
	if (services->is_enough(services) ||
	    loop_now_ms() >= services->give_up_ms)
		loop_stop(services->loop);
}

/* Turn the loop until enough; false after ms. */
static inline bool
turn(struct services *services, bool (*is_enough)(struct services *services),
    int64_t ms)
{
	services->is_enough = is_enough;
	services->give_up_ms = loop_now_ms() + ms;
	struct loop_timer *timer =
	    loop_timer_new(services->loop, 1, look, services);
	loop_run(services->loop);
	loop_timer_free(timer);
	return is_enough(services);
}

static inline bool
never(struct services *services)
{
	(void)services;
	return false;
}

static inline bool
has_ended(struct services *services)
{
	return services->ends > 0;
}

static inline bool
is_idle(struct services *services)
{
	return sessions_idle(services->sessions);
}

static inline void
say(struct services *services, struct buf *frames)
{
	ssize_t sent =
	    send(services->peer, frames->at, frames->len, MSG_NOSIGNAL);
	assert_int_equal(sent, frames->len);
	buf_free(frames);
}

/* Call a method with no arguments, and let the daemon work a little. */
static inline void
call(struct services *services, uint32_t id, const char *method)
{
	struct buf frame = { 0 };
	pack_request_open(&frame, id, method, 0);
	say(services, &frame);
	turn(services, never, 3);
}

static inline void
call_stats(struct services *services, uint32_t count)
{
	struct buf frames = { 0 };
	for (uint32_t id = 1; id <= count; id++)
		pack_request_open(&frames, id, "server.stats", 0);
	say(services, &frames);
	turn(services, never, 10);
}

/* Answer a remembered call with its own number. */
static inline void
reply(struct services *services, unsigned which)
{
	struct buf result = { 0 };
	pack_uint(&result, which);
	ticket_reply(services->sessions, services->ticket[which],
	    buf_text(&result), 100 + which);
	buf_free(&result);
}

static inline bool
has_frame(struct services *services)
{
	struct scan scan = { 0 };
	struct scan_limits limits = { 1 << 20, 1000, SCAN_MAX_DEPTH };
	char chunk[4096];
	ssize_t got = recv(services->peer, chunk, sizeof(chunk), 0);
	if (got > 0)
		buf_add(&services->in, chunk, (size_t)got);
	return scan_more(&scan, &limits, services->in.at, services->in.len) ==
	    SCAN_WHOLE;
}

/* The next frame from the daemon, copied into bytes. */
static inline struct rpc_frame
hear(struct services *services, struct buf *bytes)
{
	struct scan scan = { 0 };
	struct scan_limits limits = { 1 << 20, 1000, SCAN_MAX_DEPTH };
	struct buf *in = &services->in;
	struct rpc_frame frame = { 0 };
	struct refusal why = { 0 };
	assert_true(turn(services, has_frame, WAIT_MS));
	assert_int_equal(scan_more(&scan, &limits, in->at, in->len),
	    SCAN_WHOLE);
	buf_clear(bytes);
	buf_add(bytes, in->at, scan.offset);
	in->len -= scan.offset;
	memmove(in->at, in->at + scan.offset, in->len);
	assert_int_equal(rpc_frame_read(buf_text(bytes), &frame, &why), 0);
	return frame;
}

static inline void
hear_result(struct services *services, uint32_t id, uint64_t result)
{
	struct buf bytes = { 0 };
	struct rpc_frame frame = hear(services, &bytes);
	assert_int_equal(frame.type, 1);
	assert_int_equal(frame.id, id);
	assert_int_equal(frame.error.kind, VALUE_NIL);
	assert_int_equal(frame.result.kind, VALUE_UINT);
	assert_int_equal(frame.result.as.uint, result);
	buf_free(&bytes);
}

/* An error that begins with these words. */
static inline void
hear_error(struct services *services, uint32_t id, const char *words)
{
	struct buf bytes = { 0 };
	char text[400];
	struct rpc_frame frame = hear(services, &bytes);
	assert_int_equal(frame.type, 1);
	assert_int_equal(frame.id, id);
	struct text error = value_text(&frame.error);
	snprintf(text, sizeof(text), "%.*s", TEXT_ARG(error));
	if (strncmp(text, words, strlen(words)) != 0)
		assert_string_equal(text, words);
	buf_free(&bytes);
}

static inline void
hear_text(struct services *services, uint32_t id, const char *text)
{
	struct buf bytes = { 0 };
	struct rpc_frame frame = hear(services, &bytes);
	assert_int_equal(frame.id, id);
	assert_true(text_is(value_text(&frame.result), text));
	buf_free(&bytes);
}

static inline void
hear_the_end(struct services *services)
{
	char chunk[16];
	assert_int_equal(services->in.len, 0);
	turn(services, never, 20);
	assert_int_equal(recv(services->peer, chunk, sizeof(chunk), 0), 0);
}

static inline void
hear_nothing(struct services *services)
{
	char chunk[16];
	turn(services, never, 20);
	assert_int_equal(services->in.len, 0);
	assert_int_equal(recv(services->peer, chunk, sizeof(chunk), 0), -1);
	assert_int_equal(errno, EAGAIN);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
