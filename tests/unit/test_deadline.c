/* test_deadline.c - a connection's deadlines: late frames, stuck output. */
#include "tests/unit/conn_rig.h"

/* A peer that keeps its end open does not keep ours. */
static void
lingers_not_for_ever(void **state)
{
	struct rig *rig = *state;
	send_all(rig, (const uint8_t *)"?", 1);
	int64_t start = loop_now_ms();
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_true(loop_now_ms() - start < 2000);
}

/* Each byte that drips in is in time; the frame is not. */
static void
ends_a_dripping_frame(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	rig->limits.frame_ms = 200;
	make_frame(&sent, 1, 4000);
	int64_t start = loop_now_ms();
	for (size_t i = 0; !is_bad(rig) && i < sent.len; i++) {
		send_all(rig, sent.at + i, 1);
		turn(rig, is_bad, 10);
	}
	assert_true(is_bad(rig));
	assert_in_range(loop_now_ms() - start, 200, 1500);
	assert_memory_equal(rig->begun, sent.at, sizeof(rig->begun));
	buf_free(&sent);
}

/* Whole frames one after the other never are late, nor is a paused one. */
static void
spares_a_busy_and_a_paused_peer(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	rig->limits.frame_ms = 200;
	make_frame(&sent, 1, 60);
	for (unsigned i = 0; i < 30; i++) {
		send_all(rig, sent.at + 30, i > 0 ? 30 : 0);
		send_all(rig, sent.at, 30);
		turn(rig, never, 12);
	}
	assert_int_equal(rig->frames, 29);
	conn_pause(rig->conn);
	turn(rig, never, 400);
	conn_resume(rig->conn);
	send_all(rig, sent.at + 30, 30);
	turn(rig, never, 20);
	assert_int_equal(rig->frames, 30);
	assert_string_equal(rig->bad, "");
	buf_free(&sent);
}

static void
ends_stalled_output(void **state)
{
	struct rig *rig = *state;
	struct buf much = { 0 };
	rig->limits.stall_ms = 200;
	make_frame(&much, 1, FRAME_MAX);
	conn_send(rig->conn, buf_text(&much));
	int64_t start = loop_now_ms();
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "output stalled");
	assert_in_range(loop_now_ms() - start, 200, 1500);
	buf_free(&much);
}

/* A slow reader is not a stalled one. */
static void
spares_a_slow_reader(void **state)
{
	struct rig *rig = *state;
	struct buf much = { 0 };
	char chunk[32768];
	size_t left = FRAME_MAX;
	rig->limits.stall_ms = 300;
	make_frame(&much, 1, FRAME_MAX);
	conn_send(rig->conn, buf_text(&much));
	conn_finish(rig->conn, "done");
	while (left > 0) {
		ssize_t got = recv(rig->peer, chunk, sizeof(chunk), 0);
		left -= got > 0 ? (size_t)got : 0;
		turn(rig, never, 20);
		assert_false(is_gone(rig));
	}
	close(rig->peer);
	rig->peer = -1;
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "done");
	buf_free(&much);
}

/* When all buffers together are too large, those who hold most go. */
static void
sheds_the_heaviest(void **state)
{
	struct rig *rig = *state;
	struct rig other = { .loop = rig->loop, .limits = rig->limits };
	struct buf much = { 0 };
	int pair[2];
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	rig->limits.memory_bytes = other.limits.memory_bytes = 3 << 20;
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	other.conn = conn_new(rig->loop, transport_plain(pair[0]),
	    &other.limits, &events, &other);
	make_frame(&much, 1, FRAME_MAX);
	conn_send(rig->conn, buf_text(&much));
	turn(rig, never, 20);
	assert_false(is_gone(rig));
	for (unsigned i = 0; i < 4; i++)
		conn_send(other.conn, buf_text(&much));
	turn(rig, never, 20);
	assert_string_equal(other.gone, "memory is short");
	assert_false(is_gone(rig));
	conn_send(rig->conn, buf_text(&much));
	conn_send(rig->conn, buf_text(&much));
	conn_send(rig->conn, buf_text(&much));
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "memory is short");
	close(pair[1]);
	buf_free(&much);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(lingers_not_for_ever),
		RIGGED(ends_a_dripping_frame),
		RIGGED(spares_a_busy_and_a_paused_peer),
		RIGGED(ends_stalled_output),
		RIGGED(spares_a_slow_reader),
		RIGGED(sheds_the_heaviest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
