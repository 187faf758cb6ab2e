/* test_conn.c - a connection's bytes: frames in, answers out, the end. */
#include "tests/unit/conn_rig.h"

static void
takes_a_frame_byte_by_byte(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	make_frame(&sent, 7, 90);
	for (size_t i = 0; i < sent.len; i++) {
		assert_int_equal(rig->frames, 0);
		send_all(rig, sent.at + i, 1);
		turn(rig, never, 2);
	}
	assert_true(turn(rig, has_one, WAIT_MS));
	assert_got(rig, &sent);
	buf_free(&sent);
}

static void
takes_many_frames_at_once(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	for (uint32_t i = 0; i < 100; i++)
		make_frame(&sent, i, 30 + i);
	send_all(rig, sent.at, sent.len);
	assert_true(turn(rig, has_hundred, WAIT_MS));
	assert_got(rig, &sent);
	buf_free(&sent);
}

/* Frames of all sizes, cut at all kinds of places, the seed fixed. */
static void
takes_any_cut(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	unsigned short seed[3] = { 1, 2, 3 };
	for (uint32_t i = 0; i < 100; i++) {
		size_t most = i % 10 ? 3000 : 60000;
		make_frame(&sent, i, 30 + (size_t)nrand48(seed) % most);
	}
	for (size_t at = 0; at < sent.len;) {
		size_t len = 1 + (size_t)nrand48(seed) % 9000;
		if (len > sent.len - at)
			len = sent.len - at;
		send_all(rig, sent.at + at, len);
		if (nrand48(seed) % 2)
			turn(rig, never, 1);
		at += len;
	}
	assert_true(turn(rig, has_hundred, WAIT_MS));
	assert_got(rig, &sent);
	buf_free(&sent);
}

static void
takes_the_largest_frame(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	make_frame(&sent, 1, FRAME_MAX);
	send_all(rig, sent.at, sent.len);
	assert_true(turn(rig, has_one, WAIT_MS));
	assert_got(rig, &sent);
	buf_free(&sent);
}

static void
refuses_a_larger_frame(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	make_frame(&sent, 1, FRAME_MAX + 1);
	send_all(rig, sent.at, 100);
	assert_true(turn(rig, is_bad, WAIT_MS));
	assert_memory_equal(rig->begun, sent.at, sizeof(rig->begun));
	assert_int_equal(rig->frames, 0);
	buf_free(&sent);
}

/* The good frame before is taken, the answer arrives, the flood does not. */
static void
refuses_garbage_with_an_answer(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	struct buf back = { 0 };
	make_frame(&sent, 1, 50);
	size_t good = sent.len;
	buf_add_string(&sent, "GET / HTTP/1.1\r\n\r\n");
	while (sent.len < 2 * FRAME_MAX)
		buf_add_string(&sent, "garbage ");
	send_all(rig, sent.at, sent.len);
	read_to_end(rig, &back);
	assert_true(text_is(buf_text(&back), "sorry"));
	assert_int_equal(rig->frames, 1);
	assert_int_equal(rig->got.len, good);
	assert_memory_equal(rig->begun, "GET / HT", 8);
	assert_false(is_gone(rig));
	close(rig->peer);
	rig->peer = -1;
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "bad frame");
	buf_free(&sent);
	buf_free(&back);
}

static void
bounds_what_is_not_read(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	struct buf back = { 0 };
	make_frame(&sent, 1, 400);
	size_t total = 0;
	rig->echoes = true;
	for (int quiet = 0; quiet < 20;) {
		ssize_t got = send(rig->peer, sent.at, sent.len, MSG_NOSIGNAL);
		quiet = got < 0 ? quiet + 1 : 0;
		total += got > 0 ? (size_t)got : 0;
		if (got >= 0 && (size_t)got < sent.len) {
			send_all(rig, sent.at + got, sent.len - (size_t)got);
			total += sent.len - (size_t)got;
		}
		turn(rig, never, got < 0 ? 2 : 0);
	}
	assert_true(rig->most_queued > OUTPUT_MARK);
	assert_in_range(rig->most_queued, 1, OUTPUT_MARK + 400);
	assert_true(total > OUTPUT_MARK);
	/* Nothing was lost: once read, all of it comes back. */
	shutdown(rig->peer, SHUT_WR);
	while (back.len < total) {
		char chunk[4096];
		ssize_t got = recv(rig->peer, chunk, sizeof(chunk), 0);
		if (got > 0)
			buf_add(&back, chunk, (size_t)got);
		else
			turn(rig, never, 1);
	}
	assert_int_equal(back.len, total);
	assert_true(turn(rig, has_end, WAIT_MS));
	assert_true(rig->drained > 0);
	buf_free(&sent);
	buf_free(&back);
}

static void
pauses_and_goes_on(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	for (uint32_t i = 0; i < 100; i++)
		make_frame(&sent, i, 3000);
	rig->pause_after = 10;
	send_all(rig, sent.at, 150000);
	turn(rig, never, 30);
	assert_int_equal(rig->frames, 10);
	rig->pause_after = 11;
	conn_resume(rig->conn);
	turn(rig, never, 30);
	assert_int_equal(rig->frames, 11);
	conn_resume(rig->conn);
	send_all(rig, sent.at + 150000, sent.len - 150000);
	assert_true(turn(rig, has_hundred, WAIT_MS));
	assert_got(rig, &sent);
	buf_free(&sent);
}

static void
closes_inside_a_frame(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	for (uint32_t i = 0; i < 100; i++)
		make_frame(&sent, i, 50);
	rig->closes = true;
	send_all(rig, sent.at, sent.len);
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_int_equal(rig->frames, 1);
	assert_string_equal(rig->gone, "test");
	buf_free(&sent);
}

/* Calls, then the end of input: the answers still arrive. */
static void
answers_after_the_end_of_input(void **state)
{
	struct rig *rig = *state;
	struct buf sent = { 0 };
	struct buf back = { 0 };
	make_frame(&sent, 1, 400);
	send_all(rig, sent.at, sent.len);
	send_all(rig, sent.at, 10);
	shutdown(rig->peer, SHUT_WR);
	assert_true(turn(rig, has_end, WAIT_MS));
	assert_int_equal(rig->frames, 1);
	assert_string_equal(rig->bad, "");
	conn_send(rig->conn, buf_text(&sent));
	conn_finish(rig->conn, "peer closed");
	read_to_end(rig, &back);
	assert_got(rig, &back);
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_int_equal(rig->ends, 1);
	buf_free(&sent);
	buf_free(&back);
}

/* Writing to a peer that left must end the conn, not the process. */
static void
survives_a_vanished_peer(void **state)
{
	struct rig *rig = *state;
	close(rig->peer);
	rig->peer = -1;
	conn_pause(rig->conn);
	conn_send(rig->conn, TEXT("hello"));
	assert_true(turn(rig, is_gone, WAIT_MS));
	assert_string_equal(rig->gone, "Broken pipe");
}

static void
sends_once_a_turn_in_order(void **state)
{
	struct rig *rig = *state;
	char back[16];
	conn_send(rig->conn, TEXT("one "));
	conn_send(rig->conn, TEXT("two "));
	conn_send(rig->conn, TEXT("three"));
	assert_int_equal(conn_queued(rig->conn), 13);
	assert_int_equal(recv(rig->peer, back, sizeof(back), 0), -1);
	assert_true(turn(rig, is_sent, WAIT_MS));
	assert_int_equal(recv(rig->peer, back, sizeof(back), 0), 13);
	assert_memory_equal(back, "one two three", 13);
	assert_int_equal(rig->drained, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(takes_a_frame_byte_by_byte),
		RIGGED(takes_many_frames_at_once),
		RIGGED(takes_any_cut),
		RIGGED(takes_the_largest_frame),
		RIGGED(refuses_a_larger_frame),
		RIGGED(refuses_garbage_with_an_answer),
		RIGGED(bounds_what_is_not_read),
		RIGGED(pauses_and_goes_on),
		RIGGED(closes_inside_a_frame),
		RIGGED(answers_after_the_end_of_input),
		RIGGED(survives_a_vanished_peer),
		RIGGED(sends_once_a_turn_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
