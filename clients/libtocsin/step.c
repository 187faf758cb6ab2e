/*
 * step.c - what makes a handle move: its phases, its socket, its timer.
 */
#include "clients/libtocsin/handle.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "proto/error.h"

enum {
	GREET_MS = 10000,
	BACKOFF_FIRST_MS = 100,
	BACKOFF_LAST_MS = 10000,
	STEADY_MS = 5000, /* a connection that held so long was a good one */
};

int64_t
clock_steady(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Doubling, with the upper half left to chance, so that many clients do not
 * come back in one wave. */
static int64_t
backoff(unsigned failures)
{
	int64_t most = BACKOFF_FIRST_MS;
	uint32_t chance;
	for (unsigned i = 1; i < failures && most < BACKOFF_LAST_MS; i++)
		most *= 2;
	if (most > BACKOFF_LAST_MS)
		most = BACKOFF_LAST_MS;
	digest_random(&chance, sizeof(chance));
	return most / 2 + (int64_t)(chance % (uint32_t)(most / 2));
}

static void
die(struct tocsin *tocsin, const struct tocsin_error *error)
{
	struct tocsin_error kept = *error;
	link_close(&tocsin->link);
	tocsin->trouble = kept;
	tocsin->phase = PHASE_DEAD;
	calls_fail(tocsin, &kept);
	subscriptions_end(tocsin, &kept);
}

/* The connection is lost or was never made. */
static void
lose(struct tocsin *tocsin, const struct tocsin_error *error)
{
	struct tocsin_error kept = *error;
	int64_t now = clock_steady();
	int64_t pause;
	if (tocsin->phase == PHASE_READY && now - tocsin->ready_at >= STEADY_MS)
		tocsin->failures = 0;
	tocsin->losses++;
	tocsin->failures++;
	if (tocsin->no_reconnect) {
		die(tocsin, &kept);
		return;
	}
	link_close(&tocsin->link);
	tocsin->trouble = kept;
	tocsin->phase = PHASE_APART;
	pause = backoff(tocsin->failures);
	if (kept.retry_after_ms > pause)
		pause = kept.retry_after_ms;
	tocsin->phase_by = now + pause;
	calls_requeue(&tocsin->calls);
	subscriptions_pause(tocsin);
}

static void
pack_optional(struct buf *out, const char *key, const char *value,
    uint32_t *pairs)
{
	if (!value || !value[0])
		return;
	pack_field_string(out, key, value);
	++*pairs;
}

/* The link is up: introduce ourselves. */
static void
greet(struct tocsin *tocsin, int64_t now)
{
	struct buf *out = &tocsin->link.out;
	uint32_t pairs = 1;
	size_t token;
	pack_request_open(out, 0, "hello", 1);
	token = pack_open_map(out);
	pack_field_uint(out, "protocol", 1);
	pack_optional(out, "client", tocsin->client, &pairs);
	pack_optional(out, "organisation", tocsin->organisation, &pairs);
	pack_optional(out, "token", tocsin->token, &pairs);
	pack_optional(out, "lang", tocsin->lang, &pairs);
	pack_close_map(out, token, pairs);
	tocsin->phase = PHASE_GREETING;
	tocsin->phase_by = now + GREET_MS;
}

static void
greeted(struct tocsin *tocsin, const struct rpc_frame *frame, int64_t now)
{
	struct tocsin_error error;
	if (frame->type != 1)
		return;
	if (frame->error.kind != VALUE_NIL) {
		error_read(value_text(&frame->error), &error);
		if (error.retry_after_ms > 0 || error.code == TOCSIN_BAD_FRAME)
			lose(tocsin, &error);
		else
			die(tocsin, &error);
		return;
	}
	buf_clear(&tocsin->greeting);
	buf_add_text(&tocsin->greeting, frame->result.span);
	tocsin->phase = PHASE_READY;
	tocsin->ready_at = now;
	subscriptions_begin(tocsin);
}

static void
hear(struct tocsin *tocsin, struct text bytes, int64_t now)
{
	struct rpc_frame frame;
	struct refusal why;
	struct tocsin_error error;
	if (rpc_frame_read(bytes, &frame, &why)) {
		error_set(&error, TOCSIN_BAD_FRAME,
		    "%s sent what is no message of ours", tocsin->link.shown);
		lose(tocsin, &error);
	} else if (tocsin->phase == PHASE_GREETING) {
		greeted(tocsin, &frame, now);
	} else if (frame.type == 1) {
		tocsin->failures = 0;
		calls_reply(tocsin, &frame, now);
	} else if (frame.type == 2) {
		tocsin->failures = 0;
		subscriptions_push(tocsin, &frame);
	}
}

static bool
is_linked(const struct tocsin *tocsin)
{
	return tocsin->phase == PHASE_GREETING || tocsin->phase == PHASE_READY;
}

/* Work through what has been read.  The link may go on the way. */
static void
hear_all(struct tocsin *tocsin)
{
	struct tocsin_error error = { .code = TOCSIN_OK };
	struct text frame;
	while (is_linked(tocsin) && link_take(&tocsin->link, &frame, &error))
		hear(tocsin, frame, clock_steady());
	if (error.code && is_linked(tocsin))
		lose(tocsin, &error);
}

static void
on_ready(struct tocsin *tocsin, uint32_t events)
{
	struct tocsin_error error;
	if (tocsin->phase == PHASE_DIALLING) {
		if (link_settle(&tocsin->link, clock_steady(), &error))
			lose(tocsin, &error);
		return;
	}
	if (!is_linked(tocsin) || !(events & ~(uint32_t)EPOLLOUT))
		return;
	if (link_fill(&tocsin->link, &error)) {
		/* A daemon that closes has said why before. */
		if (tocsin->trouble.code == TOCSIN_BAD_FRAME)
			error = tocsin->trouble;
		lose(tocsin, &error);
		return;
	}
	hear_all(tocsin);
}

/* What time, not the socket, makes due. */
static void
on_time(struct tocsin *tocsin, int64_t now)
{
	struct tocsin_error error;
	if (tocsin->phase == PHASE_APART && now >= tocsin->phase_by) {
		tocsin->phase = PHASE_DIALLING;
		if (link_open(&tocsin->link, now, &error))
			lose(tocsin, &error);
	} else if (tocsin->phase == PHASE_DIALLING &&
	    tocsin->link.state != LINK_UP && now >= tocsin->link.connect_by) {
		if (link_settle(&tocsin->link, now, &error))
			lose(tocsin, &error);
	} else if (tocsin->phase == PHASE_GREETING && now >= tocsin->phase_by) {
		error_set(&error, TOCSIN_UNREACHABLE,
		    "%s does not answer the greeting", tocsin->link.shown);
		lose(tocsin, &error);
	}
}

/* Everything that can be done without waiting. */
static void
advance(struct tocsin *tocsin)
{
	struct tocsin_error error;
	int64_t now = clock_steady();
	if (tocsin->phase == PHASE_DEAD && tocsin->calls.pending) {
		error = tocsin->trouble;
		calls_fail(tocsin, &error);
	}
	calls_expire(tocsin, now);
	on_time(tocsin, now);
	if (tocsin->phase == PHASE_DIALLING && tocsin->link.state == LINK_UP)
		greet(tocsin, now);
	if (tocsin->phase == PHASE_READY)
		calls_send(tocsin, now);
	if (is_linked(tocsin) && link_flush(&tocsin->link, &error))
		lose(tocsin, &error);
}

static int64_t
next_time(const struct tocsin *tocsin)
{
	int64_t until = INT64_MAX;
	if (tocsin->calls.pending)
		until = calls_next(tocsin);
	if (tocsin->phase == PHASE_DIALLING) {
		if (tocsin->link.connect_by < until)
			until = tocsin->link.connect_by;
	} else if (tocsin->phase != PHASE_READY &&
	    tocsin->phase != PHASE_DEAD && tocsin->phase_by < until) {
		until = tocsin->phase_by;
	}
	return until;
}

/* Tell epoll and the timer what to look out for. */
static void
arm(struct tocsin *tocsin)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct itimerspec when = { 0 };
	int64_t until = next_time(tocsin);
	event.data.fd = tocsin->link.fd;
	if (tocsin->link.state == LINK_CONNECTING)
		event.events = EPOLLOUT;
	else if (link_wants_write(&tocsin->link))
		event.events |= EPOLLOUT;
	/* A new socket may carry the number of the one before: epoll forgot
	 * that one when it was closed. */
	if (tocsin->link.fd >= 0 &&
	    epoll_ctl(tocsin->poller, EPOLL_CTL_MOD, tocsin->link.fd, &event) &&
	    errno == ENOENT)
		(void)epoll_ctl(tocsin->poller, EPOLL_CTL_ADD, tocsin->link.fd,
		    &event);
	if (until < INT64_MAX) {
		when.it_value.tv_sec = until / 1000;
		when.it_value.tv_nsec = until % 1000 * 1000000;
		if (!until)
			when.it_value.tv_nsec = 1;
	}
	(void)timerfd_settime(tocsin->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
await(struct tocsin *tocsin, int wait_ms)
{
	struct epoll_event event[2];
	int count = epoll_wait(tocsin->poller, event, 2, wait_ms);
	uint64_t ticks;
	for (int i = 0; i < count; i++) {
		if (event[i].data.fd == tocsin->timer)
			(void)!read(tocsin->timer, &ticks, sizeof(ticks));
		else
			on_ready(tocsin, event[i].events);
	}
}

int
tocsin_step(struct tocsin *tocsin, int wait_ms)
{
	if (tocsin->is_stepping)
		return TOCSIN_MISUSE;
	tocsin->is_stepping = true;
	advance(tocsin);
	if (tocsin->phase != PHASE_DEAD) {
		arm(tocsin);
		await(tocsin, wait_ms);
		advance(tocsin);
	}
	arm(tocsin);
	subscriptions_reap(tocsin, false);
	tocsin->is_stepping = false;
	return tocsin->phase == PHASE_DEAD ? (int)tocsin->trouble.code : 0;
}
