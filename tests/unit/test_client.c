/*
 * test_client.c - calls of libtocsin: answered, refused, lost, sent again.
 */
#include "tests/unit/client_rig.h"

/* --- calls --------------------------------------------------------------- */

static void
script_answer(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "server.stats");
	peer_answer(&peer, frame.id, "reports", 7);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_call_is_answered(void **state)
{
	struct fake fake;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	struct tocsin *tocsin;
	struct tocsin_value greeting;
	(void)state;
	fake_start(&fake, script_answer);
	tocsin = connect_to(&fake, 5000);
	assert_false(tocsin_is_connected(tocsin));
	greeting = tocsin_greeting(tocsin);
	assert_int_equal(greeting.kind, TOCSIN_NIL);
	assert_int_equal(tocsin_call_wait(tocsin, "server.stats", no_params,
			     &reply, &error),
	    0);
	assert_int_equal(tocsin_get_int(tocsin_reply_result(reply), "reports",
			     0),
	    7);
	tocsin_reply_free(reply);
	greeting = tocsin_greeting(tocsin);
	assert_true(
	    tocsin_text_is(tocsin_get_text(&greeting, "server"), "played"));
	assert_int_equal(tocsin_pending(tocsin), 0);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
test_call_refuses_broken_params(void **state)
{
	const struct tocsin_text broken = { "\x92\x01", 2 };
	struct fake fake = { .server = "127.0.0.1:1" };
	struct tocsin *tocsin = connect_to(&fake, 100);
	struct tocsin_reply *reply;
	struct tocsin_error error;
	(void)state;
	assert_int_equal(tocsin_call(tocsin, "server.stats", broken, NULL,
			     NULL),
	    TOCSIN_MISUSE);
	assert_int_equal(tocsin_call_wait(tocsin, "server.stats", broken,
			     &reply, &error),
	    TOCSIN_MISUSE);
	assert_null(reply);
	tocsin_free(tocsin);
}

/* Busy once with a hint, then fine; then refused for good. */
static void
script_busy(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "a");
	peer_refuse(&peer, frame.id, "busy: come back; retry_after_ms=80");
	peer_expect(&peer, &frame, "a");
	peer_answer(&peer, frame.id, "n", 1);
	peer_expect(&peer, &frame, "b");
	peer_refuse(&peer, frame.id, "invalid: product.gtin: use 14 digits");
	peer_expect(&peer, &frame, "c");
	peer_refuse(&peer, frame.id, "busy: tomorrow; retry_after_ms=9000000");
	peer_close(&peer);
}

static void
note_wait(void *who, const struct tocsin_error *error)
{
	int64_t *told = who;
	assert_int_equal(error->code, TOCSIN_BUSY);
	*told += error->retry_after_ms;
}

static void
test_retry_hints_are_kept_and_refusals_told(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	int64_t began, told = 0;
	(void)state;
	fake_start(&fake, script_busy);
	tocsin = connect_to(&fake, 5000);
	tocsin_set_on_wait(tocsin, note_wait, &told);
	began = now_ms();
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    0);
	assert_true(now_ms() - began >= 80);
	assert_int_equal(told, 80);
	tocsin_reply_free(reply);
	assert_int_equal(tocsin_call_wait(tocsin, "b", no_params, &reply,
			     &error),
	    TOCSIN_INVALID);
	assert_null(reply);
	assert_string_equal(error.field, "product.gtin");
	assert_string_equal(error.text, "use 14 digits");
	assert_string_equal(tocsin_code_name(error.code), "invalid");
	/* A hint beyond the timeout is the caller's to judge. */
	assert_int_equal(tocsin_call_wait(tocsin, "c", no_params, &reply,
			     &error),
	    TOCSIN_BUSY);
	assert_int_equal(error.retry_after_ms, 9000000);
	assert_int_equal(told, 80);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* Drops the line on the first call, twice; the third time it is answered. */
static void
script_drop(int listener)
{
	uint32_t id = 0;
	struct rpc_frame frame;
	for (int i = 0; i < 3; i++) {
		struct peer peer = peer_greet(listener);
		peer_expect(&peer, &frame, "report.submit");
		PEER_CHECK(!i || frame.id == id);
		PEER_CHECK(text_is(peer_argument(&frame, "id").as.text, "r1"));
		id = frame.id;
		if (i == 2)
			peer_answer(&peer, id, "seq", 12);
		peer_close(&peer);
	}
}

static void
test_unanswered_calls_are_sent_again(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_reply *reply;
	struct tocsin_error error;
	(void)state;
	fake_start(&fake, script_drop);
	tocsin = connect_to(&fake, 10000);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", "r1");
	tocsin_put_end(writer);
	assert_int_equal(tocsin_call_wait(tocsin, "report.submit",
			     tocsin_writer_bytes(writer), &reply, &error),
	    0);
	assert_int_equal(tocsin_get_int(tocsin_reply_result(reply), "seq", 0),
	    12);
	assert_int_equal(tocsin_trouble(tocsin)->code, TOCSIN_UNREACHABLE);
	tocsin_reply_free(reply);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_drop_once(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "a");
	peer_close(&peer);
}

static void
test_no_reconnect_fails_every_call(void **state)
{
	struct fake fake;
	struct tocsin_options options = { .no_reconnect = true };
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	(void)state;
	fake_start(&fake, script_drop_once);
	options.server = fake.server;
	tocsin = tocsin_new(&options, &error);
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    TOCSIN_UNREACHABLE);
	assert_int_equal(tocsin_call_wait(tocsin, "b", no_params, &reply,
			     &error),
	    TOCSIN_UNREACHABLE);
	assert_int_equal(tocsin_step(tocsin, 0), TOCSIN_UNREACHABLE);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
test_refused_connection(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	int64_t began = now_ms();
	(void)state;
	close(open_listener(&fake));
	tocsin = connect_to(&fake, 300);
	assert_int_equal(tocsin_connect(tocsin, false, &error),
	    TOCSIN_UNREACHABLE);
	assert_true(now_ms() - began < 250);
	assert_non_null(strstr(error.text, fake.server));
	assert_non_null(strstr(error.text, "refused"));
	assert_int_equal(tocsin_connect(tocsin, true, &error),
	    TOCSIN_UNREACHABLE);
	assert_true(now_ms() - began >= 300);
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    TOCSIN_UNREACHABLE);
	assert_non_null(strstr(error.text, "refused"));
	tocsin_free(tocsin);
}

static void
script_silent(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "a");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_silence_is_a_timeout(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	int64_t began = now_ms();
	(void)state;
	fake_start(&fake, script_silent);
	tocsin = connect_to(&fake, 200);
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    TOCSIN_TIMEOUT);
	assert_true(now_ms() - began >= 200);
	assert_true(now_ms() - began < 2000);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_http(int listener)
{
	struct peer peer = peer_accept(listener);
	struct buf out = { 0 };
	buf_add_string(&out, "HTTP/1.1 400 Bad Request\r\n\r\n");
	peer_send(&peer, &out);
	sleep(1);
	peer_close(&peer);
}

static void
test_a_stranger_is_no_daemon(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_error error;
	(void)state;
	fake_start(&fake, script_http);
	tocsin = connect_to(&fake, 2000);
	assert_int_equal(tocsin_connect(tocsin, false, &error),
	    TOCSIN_BAD_FRAME);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_no_entry(int listener)
{
	struct peer peer = peer_accept(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "hello");
	peer_refuse(&peer, frame.id, "unauthorized: a token is needed");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_a_refused_greeting_is_final(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_error error;
	struct tocsin_reply *reply;
	(void)state;
	fake_start(&fake, script_no_entry);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_connect(tocsin, true, &error),
	    TOCSIN_UNAUTHORIZED);
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    TOCSIN_UNAUTHORIZED);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_bad_frame(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "a");
	peer_refuse(&peer, 0, "bad-frame: too deep");
	peer_close(&peer);
}

static void
test_bad_frame_is_not_sent_again(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	(void)state;
	fake_start(&fake, script_bad_frame);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    TOCSIN_BAD_FRAME);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* Answers eight calls in the reverse order, once all are there. */
static void
script_reverse(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	uint32_t ids[8];
	for (int i = 0; i < 8; i++) {
		peer_expect(&peer, &frame, "a");
		ids[i] = frame.id;
	}
	for (int i = 7; i >= 0; i--)
		peer_answer(&peer, ids[i], "n", (uint64_t)i);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

struct tally {
	unsigned count;
	int64_t sum;
};

static void
on_tally(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct tally *tally = who;
	assert_null(error);
	tally->count++;
	tally->sum += tocsin_get_int(result, "n", 1000);
}

static void
test_fd_wakes_an_event_loop(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tally tally = { 0, 0 };
	struct pollfd poll_fd = { .events = POLLIN };
	int64_t until = now_ms() + 5000;
	(void)state;
	fake_start(&fake, script_reverse);
	tocsin = connect_to(&fake, 5000);
	for (int i = 0; i < 8; i++)
		assert_int_equal(tocsin_call(tocsin, "a", no_params, on_tally,
				     &tally),
		    0);
	assert_int_equal(tocsin_pending(tocsin), 8);
	poll_fd.fd = tocsin_fd(tocsin);
	assert_int_equal(tocsin_step(tocsin, 0), 0);
	while (tally.count < 8 && now_ms() < until) {
		assert_true(poll(&poll_fd, 1, 5000) == 1);
		assert_int_equal(tocsin_step(tocsin, 0), 0);
		assert_int_equal(tocsin_fd(tocsin), poll_fd.fd);
	}
	assert_int_equal(tally.count, 8);
	assert_int_equal(tally.sum, 28);
	assert_int_equal(tocsin_pending(tocsin), 0);
	/* With nothing to do the descriptor is quiet. */
	assert_int_equal(poll(&poll_fd, 1, 50), 0);
	tocsin_free(tocsin);
	fake_end(&fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_is_answered),
		cmocka_unit_test(test_call_refuses_broken_params),
		cmocka_unit_test(test_retry_hints_are_kept_and_refusals_told),
		cmocka_unit_test(test_unanswered_calls_are_sent_again),
		cmocka_unit_test(test_no_reconnect_fails_every_call),
		cmocka_unit_test(test_refused_connection),
		cmocka_unit_test(test_silence_is_a_timeout),
		cmocka_unit_test(test_a_stranger_is_no_daemon),
		cmocka_unit_test(test_a_refused_greeting_is_final),
		cmocka_unit_test(test_bad_frame_is_not_sent_again),
		cmocka_unit_test(test_fd_wakes_an_event_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
