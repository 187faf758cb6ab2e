/*
 * conn_rig.h - for tests: a connection, its peer's end of the socket, and
 * what it was told.
 */
#ifndef TOCSIN_TESTS_CONN_RIG_H
#define TOCSIN_TESTS_CONN_RIG_H

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

#include "daemon/net/conn.h"
#include "proto/codec.h"

enum { FRAME_MAX = 1 << 20, OUTPUT_MARK = 64 * 1024, WAIT_MS = 5000 };

/* One connection of ours, the peer's end of it, and what was told. */
struct rig {
	struct loop *loop;
	struct conn *conn; /* NULL once gone */
	struct conn_limits limits;
	int peer;
	bool echoes;          /* send every frame back */
	unsigned pause_after; /* pause at this many frames; 0: never */
	bool closes;          /* close at the first frame */
	struct buf got;       /* all frames, one behind the other */
	unsigned frames;
	unsigned ends;
	unsigned plain;
	unsigned drained;
	size_t most_queued;
	char bad[80];
	char begun[8]; /* head of the bad frame */
	char gone[80];
	int64_t give_up_ms;
	bool (*is_enough)(struct rig *rig);
};

static inline void
on_frame(void *who, struct text frame)
{
	struct rig *rig = who;
	assert_false(rig->gone[0]);
	rig->frames++;
	buf_add_text(&rig->got, frame);
	if (rig->echoes)
		conn_send(rig->conn, frame);
	if (conn_queued(rig->conn) > rig->most_queued)
		rig->most_queued = conn_queued(rig->conn);
	if (rig->frames == rig->pause_after)
		conn_pause(rig->conn);
	if (rig->closes) {
		conn_close(rig->conn, "test");
		assert_string_equal(rig->gone, "");
	}
}

static inline void
on_bad_frame(void *who, struct text begun, const char *why)
{
	struct rig *rig = who;
	assert_string_equal(rig->bad, "");
	snprintf(rig->bad, sizeof(rig->bad), "%s", why);
	if (begun.len > sizeof(rig->begun))
		begun.len = sizeof(rig->begun);
	if (begun.len > 0)
		memcpy(rig->begun, begun.at, begun.len);
	conn_send(rig->conn, TEXT("sorry"));
	conn_finish(rig->conn, "bad frame");
}

static inline void
on_plain(void *who, struct text begun)
{
	struct rig *rig = who;
	if (begun.len > sizeof(rig->begun))
		begun.len = sizeof(rig->begun);
	memcpy(rig->begun, begun.at, begun.len);
	rig->plain++;
	conn_send(rig->conn, TEXT("speak TLS"));
	conn_finish(rig->conn, "plain");
}

static inline void
on_input_end(void *who)
{
	struct rig *rig = who;
	rig->ends++;
}

static inline void
on_drained(void *who)
{
	struct rig *rig = who;
	rig->drained++;
}

static inline void
on_gone(void *who, const char *why)
{
	struct rig *rig = who;
	assert_string_equal(rig->gone, "");
	snprintf(rig->gone, sizeof(rig->gone), "%s", why);
	rig->conn = NULL;
}

static const struct conn_events events = {
	.on_frame = on_frame,
	.on_bad_frame = on_bad_frame,
	.on_plain = on_plain,
	.on_input_end = on_input_end,
	.on_drained = on_drained,
	.on_gone = on_gone,
};

/* A rig whose connection is made of its socket by over. */
static inline int
set_up_over(void **state, struct transport (*over)(int fd))
{
	int pair[2];
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	rig->limits = (struct conn_limits){
		.scan = { FRAME_MAX, 131072, SCAN_MAX_DEPTH },
		.output_bytes = OUTPUT_MARK,
		.frame_ms = WAIT_MS,
		.stall_ms = WAIT_MS,
		.handshake_ms = WAIT_MS,
	};
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	rig->loop = loop_new();
	assert_non_null(rig->loop);
	rig->peer = pair[1];
	rig->conn =
	    conn_new(rig->loop, over(pair[0]), &rig->limits, &events, rig);
	assert_non_null(rig->conn);
	*state = rig;
	return 0;
}

static inline int
set_up(void **state)
{
	return set_up_over(state, transport_plain);
}

static inline int
tear_down(void **state)
{
	struct rig *rig = *state;
	conn_free(rig->conn);
	loop_free(rig->loop);
	if (rig->peer >= 0)
		close(rig->peer);
	buf_free(&rig->got);
	free(rig);
	return 0;
}

static inline void
look(void *who)
{
	struct rig *rig = who;
	if (rig->is_enough(rig) || loop_now_ms() >= rig->give_up_ms)
		loop_stop(rig->loop);
}

/* Turn the loop until enough; false after ms. */
static inline bool
turn(struct rig *rig, bool (*is_enough)(struct rig *rig), int64_t ms)
{
	rig->is_enough = is_enough;
	rig->give_up_ms = loop_now_ms() + ms;
	struct loop_timer *timer = loop_timer_new(rig->loop, 1, look, rig);
	loop_run(rig->loop);
	loop_timer_free(timer);
	return is_enough(rig);
}

static inline bool
never(struct rig *rig)
{
	(void)rig;
	return false;
}

static inline bool
is_gone(struct rig *rig)
{
	return rig->gone[0] != '\0';
}

static inline bool
is_bad(struct rig *rig)
{
	return rig->bad[0] != '\0';
}

static inline bool
has_end(struct rig *rig)
{
	return rig->ends > 0;
}

static inline bool
has_one(struct rig *rig)
{
	return rig->frames == 1;
}

static inline bool
has_hundred(struct rig *rig)
{
	return rig->frames == 100;
}

static inline bool
is_sent(struct rig *rig)
{
	return conn_queued(rig->conn) == 0;
}

/* A request of exactly len bytes in all. */
static inline void
make_frame(struct buf *out, uint32_t id, size_t len)
{
	struct buf payload = { 0 };
	size_t start = out->len;
	pack_request_open(out, id, "m", 1);
	size_t room = len - (out->len - start);
	size_t head = room < 256 + 2 ? 2 : room < 65536 + 3 ? 3 : 5;
	assert_true(buf_reserve(&payload, room - head));
	memset(payload.at, (int)(id & 0xff), room - head);
	pack_bin(out, (struct text){ (char *)payload.at, room - head });
	assert_int_equal(out->len - start, len);
	buf_free(&payload);
}

/* Send all, turning the loop whenever the socket is full. */
static inline void
send_all(struct rig *rig, const uint8_t *at, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(rig->peer, at, len, MSG_NOSIGNAL);
		if (sent > 0) {
			at += sent;
			len -= (size_t)sent;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		turn(rig, never, 2);
	}
}

/* Read until the end of the stream; the bytes that came. */
static inline void
read_to_end(struct rig *rig, struct buf *out)
{
	char chunk[65536];
	int64_t give_up = loop_now_ms() + WAIT_MS;
	for (;;) {
		ssize_t got = recv(rig->peer, chunk, sizeof(chunk), 0);
		if (got == 0)
			return;
		if (got > 0) {
			buf_add(out, chunk, (size_t)got);
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		assert_true(loop_now_ms() < give_up);
		turn(rig, never, 2);
	}
}

static inline void
assert_got(const struct rig *rig, const struct buf *sent)
{
	assert_int_equal(rig->got.len, sent->len);
	assert_memory_equal(rig->got.at, sent->at, sent->len);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
