/*
 * test_client.c - libtocsin against a daemon played by a forked process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "clients/libtocsin/stream.h"
#include "clients/libtocsin/tocsin.h"
#include "clients/libtocsin/value.h"
#include "proto/codec.h"
#include "proto/scan.h"

/* --- the other side ------------------------------------------------------ */

/* In the child a failed check ends the process; the parent sees its status. */
#define PEER_CHECK(condition)                                            \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "peer: line %d: %s\n", __LINE__, \
			    #condition);                                 \
			_exit(99);                                       \
		}                                                        \
	} while (0)

struct peer {
	int fd;
	struct buf in;
	size_t taken;
};

struct fake {
	int listener;
	pid_t pid;
	char server[32];
};

typedef void fake_script(int listener);

static int
open_listener(struct fake *fake)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	struct sockaddr *plain = (struct sockaddr *)(void *)&address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, plain, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, plain, &len), 0);
	snprintf(fake->server, sizeof(fake->server), "127.0.0.1:%u",
	    (unsigned)ntohs(address.sin_port));
	return fd;
}

static void
fake_start(struct fake *fake, fake_script *script)
{
	fake->listener = open_listener(fake);
	fake->pid = fork();
	assert_true(fake->pid >= 0);
	if (fake->pid == 0) {
		alarm(20);
		script(fake->listener);
		_exit(0);
	}
	close(fake->listener);
}

/* The script has run to its end, and every check of its own held. */
static void
fake_end(struct fake *fake)
{
	int status;
	assert_int_equal(waitpid(fake->pid, &status, 0), fake->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static struct peer
peer_accept(int listener)
{
	struct peer peer = { .fd = accept(listener, NULL, NULL) };
	PEER_CHECK(peer.fd >= 0);
	return peer;
}

static void
peer_close(struct peer *peer)
{
	close(peer->fd);
	buf_free(&peer->in);
}

/* The next request; false at the end of the connection. */
static bool
peer_next(struct peer *peer, struct rpc_frame *frame)
{
	const struct scan_limits limits = { 1 << 20, 131072, 16 };
	for (;;) {
		struct scan scan = { 0 };
		size_t len = peer->in.len - peer->taken;
		const uint8_t *at = peer->in.at + peer->taken;
		struct refusal why;
		ssize_t n;
		if (len && scan_more(&scan, &limits, at, len) == SCAN_WHOLE) {
			peer->taken += scan.offset;
			PEER_CHECK(
			    !rpc_frame_read((struct text){ (const char *)at,
						scan.offset },
				frame, &why));
			PEER_CHECK(frame->type == 0);
			return true;
		}
		PEER_CHECK(buf_reserve(&peer->in, 65536));
		n = recv(peer->fd, peer->in.at + peer->in.len, 65536, 0);
		if (n <= 0)
			return false;
		peer->in.len += (size_t)n;
	}
}

static void
peer_send(struct peer *peer, struct buf *out)
{
	PEER_CHECK(!out->failed);
	PEER_CHECK(send(peer->fd, out->at, out->len, MSG_NOSIGNAL) ==
	    (ssize_t)out->len);
	buf_free(out);
}

static void
peer_answer(struct peer *peer, uint32_t id, const char *key, uint64_t value)
{
	struct buf out = { 0 };
	pack_reply_open(&out, id);
	pack_map(&out, 1);
	pack_field_uint(&out, key, value);
	peer_send(peer, &out);
}

static void
peer_refuse(struct peer *peer, uint32_t id, const char *error)
{
	struct buf out = { 0 };
	pack_list(&out, 4);
	pack_uint(&out, 1);
	pack_uint(&out, id);
	pack_string(&out, error);
	pack_nil(&out);
	peer_send(peer, &out);
}

/* Argument under key of a request's first map. */
static struct value
peer_argument(const struct rpc_frame *frame, const char *key)
{
	struct value_walk walk = value_walk(&frame->params);
	struct value map, found;
	PEER_CHECK(value_next(&walk, &map));
	(void)value_find(&map, key, &found);
	return found;
}

/* Take hello and announce batches of at most 3. */
static struct peer
peer_greet(int listener)
{
	struct peer peer = peer_accept(listener);
	struct rpc_frame frame;
	struct value protocol;
	struct buf out = { 0 };
	PEER_CHECK(peer_next(&peer, &frame));
	PEER_CHECK(text_is(frame.method, "hello"));
	protocol = peer_argument(&frame, "protocol");
	PEER_CHECK(protocol.kind == VALUE_UINT && protocol.as.uint == 1);
	pack_reply_open(&out, frame.id);
	pack_map(&out, 2);
	pack_field_string(&out, "server", "played");
	pack_string(&out, "limits");
	pack_map(&out, 1);
	pack_field_uint(&out, "batch", 3);
	peer_send(&peer, &out);
	return peer;
}

static void
peer_expect(struct peer *peer, struct rpc_frame *frame, const char *method)
{
	PEER_CHECK(peer_next(peer, frame));
	PEER_CHECK(text_is(frame->method, method));
}

/* --- this side ----------------------------------------------------------- */

static struct tocsin *
connect_to(const struct fake *fake, int timeout_ms)
{
	const struct tocsin_options options = { .server = fake->server,
		.client = "test/1",
		.organisation = "cafe",
		.timeout_ms = timeout_ms };
	struct tocsin_error error;
	struct tocsin *tocsin = tocsin_new(&options, &error);
	assert_non_null(tocsin);
	return tocsin;
}

static const struct tocsin_text no_params = { NULL, 0 };

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- values and writers -------------------------------------------------- */

static void
test_writer_round_trip(void **state)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value map, list, item;
	struct tocsin_walk walk;
	(void)state;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", "é");
	tocsin_put_map(writer, "product");
	tocsin_put_int(writer, "n", -5);
	tocsin_put_key(writer, tocsin_text_of("a.b"));
	tocsin_put_bool(writer, NULL, true);
	tocsin_put_end(writer);
	tocsin_put_list(writer, "list");
	tocsin_put_real(writer, NULL, 0.5);
	tocsin_put_nil(writer, NULL);
	tocsin_put_bin(writer, NULL, (struct tocsin_text){ "\xff\xfe", 2 });
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	assert_true(tocsin_writer_is_whole(writer));
	assert_true(tocsin_decode(tocsin_writer_bytes(writer), &map));
	assert_int_equal(map.kind, TOCSIN_MAP);
	assert_int_equal(map.count, 3);
	assert_true(tocsin_text_is(tocsin_get_text(&map, "name"), "é"));
	assert_int_equal(tocsin_get_int(&map, "product.n", 0), -5);
	assert_true(tocsin_get_bool(&map, "product.a.b"));
	assert_int_equal(tocsin_get_int(&map, "product.none", 7), 7);
	assert_int_equal(tocsin_get_int(&map, "name.deeper", 7), 7);
	list = tocsin_get(&map, "list");
	assert_int_equal(list.count, 3);
	walk = tocsin_walk_of(&list);
	assert_true(tocsin_walk_item(&walk, &item));
	assert_true(tocsin_as_real(&item, 0) > 0.4);
	assert_true(tocsin_walk_item(&walk, &item));
	assert_true(tocsin_is_absent(&item));
	assert_true(tocsin_walk_item(&walk, &item));
	assert_int_equal(item.kind, TOCSIN_BIN);
	assert_int_equal(tocsin_as_text(&item).len, 2);
	assert_false(tocsin_walk_item(&walk, &item));
	tocsin_writer_free(writer);
}

static void
misuse_key_missing(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, NULL, 1);
	tocsin_put_end(writer);
}

static void
misuse_key_in_list(struct tocsin_writer *writer)
{
	tocsin_put_list(writer, NULL);
	tocsin_put_int(writer, "key", 1);
	tocsin_put_end(writer);
}

static void
misuse_not_closed(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
}

static void
misuse_closed_twice(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
}

static void
misuse_key_without_value(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_key(writer, tocsin_text_of("key"));
	tocsin_put_end(writer);
}

static void
misuse_not_encoded(struct tocsin_writer *writer)
{
	tocsin_put_encoded(writer, NULL, (struct tocsin_text){ "\x92\x01", 2 });
}

static void
misuse_too_deep(struct tocsin_writer *writer)
{
	for (int i = 0; i < SCAN_MAX_DEPTH + 1; i++)
		tocsin_put_list(writer, NULL);
	for (int i = 0; i < SCAN_MAX_DEPTH + 1; i++)
		tocsin_put_end(writer);
}

static void
test_writer_misuse_sticks(void **state)
{
	void (*const cases[])(struct tocsin_writer *) = { misuse_key_missing,
		misuse_key_in_list, misuse_not_closed, misuse_closed_twice,
		misuse_key_without_value, misuse_not_encoded, misuse_too_deep };
	struct tocsin_writer *writer = tocsin_writer_new();
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i](writer);
		assert_false(tocsin_writer_is_whole(writer));
		tocsin_writer_clear(writer);
		tocsin_put_nil(writer, NULL);
		assert_true(tocsin_writer_is_whole(writer));
		tocsin_writer_clear(writer);
	}
	tocsin_writer_free(writer);
}

static void
test_decode_refuses_what_is_not_one_value(void **state)
{
	static const struct tocsin_text bad[] = { { "", 0 }, { NULL, 0 },
		{ "\x01\x02", 2 }, { "\x92\x01", 2 }, { "\xa5hi", 3 },
		{ "\xc1", 1 } };
	struct tocsin_value value;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(tocsin_decode(bad[i], &value));
		assert_int_equal(value.kind, TOCSIN_NIL);
	}
}

static void
test_uuid7_is_new_and_in_order(void **state)
{
	char first[37], second[37];
	(void)state;
	tocsin_uuid7(first);
	usleep(2000);
	tocsin_uuid7(second);
	assert_int_equal(strlen(first), 36);
	assert_int_equal(first[14], '7');
	assert_true(strcmp(first, second) < 0);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *server;
		bool is_good;
	} cases[] = { { "127.0.0.1:7171", true }, { "[::1]:1", true },
		{ "localhost:65535", true }, { "unix:/tmp/x", true },
		{ "", false }, { "host", false }, { "host:", false },
		{ ":7171", false }, { "host:0", false },
		{ "host:65536", false }, { "host:7x", false },
		{ "::1:7171", false }, { "[::1]", false }, { "[]:1", false },
		{ "[:1", false }, { "unix:", false }, { "host:-1", false } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tocsin_options options = { .server =
							    cases[i].server };
		struct tocsin_error error = { .code = TOCSIN_OK };
		struct tocsin *tocsin = tocsin_new(&options, &error);
		assert_int_equal(tocsin != NULL, cases[i].is_good);
		if (!tocsin)
			assert_int_equal(error.code, TOCSIN_MISUSE);
		tocsin_free(tocsin);
	}
}

static void
test_unix_path_has_a_limit(void **state)
{
	char server[256] = "unix:";
	const struct tocsin_options options = { .server = server };
	struct tocsin_error error;
	struct tocsin *tocsin;
	(void)state;
	memset(server + 5, 'x', 107);
	server[5 + 107] = '\0';
	tocsin = tocsin_new(&options, &error);
	assert_non_null(tocsin);
	tocsin_free(tocsin);
	server[5 + 107] = 'x';
	assert_null(tocsin_new(&options, &error));
	assert_int_equal(error.code, TOCSIN_MISUSE);
}

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
test_retry_hints_are_kept_and_refusals_told(void **state)
{
	struct fake fake;
	struct tocsin *tocsin;
	struct tocsin_reply *reply;
	struct tocsin_error error;
	int64_t began;
	(void)state;
	fake_start(&fake, script_busy);
	tocsin = connect_to(&fake, 5000);
	began = now_ms();
	assert_int_equal(tocsin_call_wait(tocsin, "a", no_params, &reply,
			     &error),
	    0);
	assert_true(now_ms() - began >= 80);
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

/* --- submitting ---------------------------------------------------------- */

static void
pack_items(struct buf *out, uint32_t id, uint32_t count, uint64_t seq)
{
	pack_reply_open(out, id);
	pack_map(out, 1);
	pack_string(out, "items");
	pack_list(out, count);
	for (uint32_t i = 0; i < count; i++) {
		bool is_bad = seq + i == 104;
		pack_map(out, 3);
		pack_field_uint(out, "i", i);
		pack_field_string(out, "status", is_bad ? "rejected" : "new");
		if (is_bad)
			pack_field_string(out, "error",
			    "invalid: country: two letters");
		else
			pack_field_uint(out, "seq", seq + i);
	}
}

/* Ten reports in batches of three; the second batch is answered first. */
static void
script_batches(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	struct value reports, label;
	struct buf out[4] = { { 0 } };
	static const uint32_t sizes[] = { 3, 3, 3, 1 };
	for (unsigned i = 0; i < 4; i++) {
		peer_expect(&peer, &frame, "report.submit_batch");
		reports = peer_argument(&frame, "reports");
		label = peer_argument(&frame, "import");
		PEER_CHECK(text_is(label.as.text, "box"));
		PEER_CHECK(reports.kind == VALUE_LIST);
		PEER_CHECK(reports.count == sizes[i]);
		pack_items(&out[i], frame.id, sizes[i], 100 + 3 * i);
		if (i == 1) {
			peer_send(&peer, &out[1]);
			peer_send(&peer, &out[0]);
		} else if (i > 1) {
			peer_send(&peer, &out[i]);
		}
	}
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

struct told {
	uint64_t next; /* index that must come next */
	unsigned rejected;
	unsigned failed;
	uint64_t rejected_at;
};

static void
on_item(void *who, uint64_t index, const struct tocsin_value *item,
    const struct tocsin_error *error)
{
	struct told *told = who;
	assert_int_equal(index, told->next);
	told->next++;
	if (!item) {
		assert_non_null(error);
		told->failed++;
	} else if (error) {
		assert_int_equal(error->code, TOCSIN_INVALID);
		assert_string_equal(error->field, "country");
		told->rejected++;
		told->rejected_at = index;
	} else {
		assert_int_equal(tocsin_get_int(item, "seq", 0),
		    100 + (int64_t)index);
	}
}

static void
put_report(struct tocsin_writer *writer, unsigned number)
{
	char id[16];
	snprintf(id, sizeof(id), "r%u", number);
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", id);
	tocsin_put_end(writer);
}

static void
test_submitter_tells_in_order(void **state)
{
	const struct tocsin_submit_options options = { .batch = 500,
		.window = 2,
		.import = "box" };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	(void)state;
	fake_start(&fake, script_batches);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_connect(tocsin, false, &error), 0);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	for (unsigned i = 0; i < 10; i++) {
		put_report(writer, i);
		assert_int_equal(tocsin_submitter_add(submitter,
				     tocsin_writer_bytes(writer), &error),
		    0);
	}
	assert_int_equal(tocsin_submitter_finish(submitter, &error), 0);
	assert_int_equal(told.next, 10);
	assert_int_equal(told.rejected, 1);
	assert_int_equal(told.rejected_at, 4);
	assert_int_equal(tocsin_submitter_add(submitter, tocsin_text_of("\x01"),
			     &error),
	    TOCSIN_MISUSE);
	tocsin_submitter_free(submitter);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_batch_refused(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "report.submit_batch");
	peer_refuse(&peer, frame.id, "forbidden: not your box");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_submitter_ends_with_a_failed_batch(void **state)
{
	const struct tocsin_submit_options options = { .window = 1 };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	int code = 0;
	(void)state;
	fake_start(&fake, script_batch_refused);
	tocsin = connect_to(&fake, 5000);
	assert_int_equal(tocsin_connect(tocsin, false, &error), 0);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	for (unsigned i = 0; i < 4 && !code; i++) {
		put_report(writer, i);
		code = tocsin_submitter_add(submitter,
		    tocsin_writer_bytes(writer), &error);
	}
	assert_int_equal(code, TOCSIN_FORBIDDEN);
	assert_string_equal(error.text, "not your box");
	assert_int_equal(told.failed, 3);
	tocsin_submitter_free(submitter);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

static void
script_one_batch_unanswered(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	struct buf out = { 0 };
	peer_expect(&peer, &frame, "report.submit_batch");
	pack_items(&out, frame.id, 1, 100);
	usleep(50000);
	peer_send(&peer, &out);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

/* Freed with a batch in flight: its answer has nowhere to go, and is taken. */
static void
test_submitter_freed_early(void **state)
{
	const struct tocsin_submit_options options = { .window = 1 };
	struct tocsin_writer *writer = tocsin_writer_new();
	struct told told = { 0 };
	struct tocsin_error error;
	struct tocsin_submitter *submitter;
	struct fake fake;
	struct tocsin *tocsin;
	(void)state;
	fake_start(&fake, script_one_batch_unanswered);
	tocsin = connect_to(&fake, 5000);
	submitter = tocsin_submitter_new(tocsin, &options, on_item, &told);
	put_report(writer, 0);
	assert_int_equal(tocsin_submitter_add(submitter,
			     tocsin_writer_bytes(writer), &error),
	    0);
	assert_int_equal(tocsin_submitter_flush(submitter, &error), 0);
	tocsin_submitter_free(submitter);
	assert_int_equal(tocsin_wait(tocsin, 0), 0);
	assert_int_equal(told.next, 0);
	tocsin_writer_free(writer);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* --- subscribing --------------------------------------------------------- */

static void
peer_push(struct peer *peer, uint32_t number, unsigned first, unsigned count)
{
	struct buf out = { 0 };
	pack_push_open(&out, TEXT("alerts"), 2);
	pack_uint(&out, number);
	pack_list(&out, count);
	for (unsigned i = 0; i < count; i++) {
		char cursor[16];
		snprintf(cursor, sizeof(cursor), "c%u", first + i);
		pack_map(&out, 2);
		pack_field_string(&out, "cursor", cursor);
		pack_field_uint(&out, "seq", first + i);
	}
	peer_send(peer, &out);
}

static void
peer_subscribed(struct peer *peer, const struct rpc_frame *frame)
{
	struct buf out = { 0 };
	pack_reply_open(&out, frame->id);
	pack_map(&out, 2);
	pack_field_uint(&out, "subscription", 5);
	pack_field_string(&out, "cursor", "c0");
	peer_send(peer, &out);
}

/* The number that leads the arguments of pushes. */
static uint32_t
peer_number(const struct rpc_frame *frame)
{
	struct value notify = peer_argument(frame, "notify");
	struct value args, number;
	struct value_walk walk;
	PEER_CHECK(value_find(&notify, "args", &args));
	walk = value_walk(&args);
	PEER_CHECK(value_next(&walk, &number));
	return (uint32_t)number.as.uint;
}

static void
script_subscription(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	uint32_t number;
	peer_expect(&peer, &frame, "alerts.subscribe");
	PEER_CHECK(text_is(peer_argument(&frame, "from").as.text, "all"));
	PEER_CHECK(text_is(peer_argument(&frame, "durable").as.text, "desk"));
	PEER_CHECK(peer_argument(&frame, "take_over").as.yes);
	PEER_CHECK(peer_argument(&frame, "filter").kind == VALUE_MAP);
	number = peer_number(&frame);
	peer_subscribed(&peer, &frame);
	peer_push(&peer, number, 1, 2);
	peer_push(&peer, number + 1, 50, 1);
	peer_push(&peer, number, 3, 1);
	peer_close(&peer);

	peer = peer_greet(listener);
	peer_expect(&peer, &frame, "alerts.subscribe");
	PEER_CHECK(text_is(peer_argument(&frame, "from").as.text, "c3"));
	PEER_CHECK(peer_argument(&frame, "take_over").kind == VALUE_NIL);
	peer_subscribed(&peer, &frame);
	peer_push(&peer, peer_number(&frame), 4, 1);
	peer_expect(&peer, &frame, "alerts.unsubscribe");
	PEER_CHECK(peer_argument(&frame, "subscription").as.uint == 5);
	peer_answer(&peer, frame.id, "subscription", 5);
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

struct heard {
	int64_t next; /* seq that must come next */
	unsigned begun;
	enum tocsin_code ended;
};

static void
on_event(void *who, const struct tocsin_value *event)
{
	struct heard *heard = who;
	assert_int_equal(tocsin_get_int(event, "seq", 0), heard->next);
	heard->next++;
}

static void
on_subscription(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct heard *heard = who;
	if (error)
		heard->ended = error->code;
	else
		heard->begun++;
	assert_true((result != NULL) != (error != NULL));
}

static void
test_subscription_resumes_after_the_last_event(void **state)
{
	const struct tocsin_value empty = { TOCSIN_MAP, 0, { "\x80", 1 } };
	const struct tocsin_subscribe_options options = { .filter = &empty,
		.durable = "desk",
		.from = "all",
		.take_over = true };
	struct heard heard = { .next = 1 };
	struct tocsin_subscription *subscription;
	struct fake fake;
	struct tocsin *tocsin;
	int64_t until = now_ms() + 5000;
	(void)state;
	fake_start(&fake, script_subscription);
	tocsin = connect_to(&fake, 5000);
	subscription = tocsin_subscribe(tocsin, &options, on_event,
	    on_subscription, &heard);
	assert_non_null(subscription);
	assert_string_equal(tocsin_subscription_cursor(subscription), "");
	while (heard.next < 5 && now_ms() < until)
		assert_int_equal(tocsin_step(tocsin, 100), 0);
	assert_int_equal(heard.next, 5);
	assert_int_equal(heard.begun, 2);
	assert_int_equal(heard.ended, TOCSIN_OK);
	assert_string_equal(tocsin_subscription_cursor(subscription), "c4");
	tocsin_unsubscribe(subscription);
	assert_int_equal(tocsin_wait(tocsin, 0), 0);
	tocsin_free(tocsin);
	fake_end(&fake);
}

/* Taken over by another: the subscription ends and does not come back. */
static void
script_taken_over(int listener)
{
	struct peer peer = peer_greet(listener);
	struct rpc_frame frame;
	peer_expect(&peer, &frame, "alerts.subscribe");
	peer_subscribed(&peer, &frame);
	peer_close(&peer);
	peer = peer_greet(listener);
	peer_expect(&peer, &frame, "alerts.subscribe");
	peer_refuse(&peer, frame.id, "conflict: desk is read by another");
	PEER_CHECK(!peer_next(&peer, &frame));
	peer_close(&peer);
}

static void
test_subscription_taken_over_ends(void **state)
{
	const struct tocsin_subscribe_options options = { .durable = "desk" };
	struct heard heard = { .next = 1 };
	struct fake fake;
	struct tocsin *tocsin;
	int64_t until = now_ms() + 5000;
	(void)state;
	fake_start(&fake, script_taken_over);
	tocsin = connect_to(&fake, 5000);
	assert_non_null(tocsin_subscribe(tocsin, &options, on_event,
	    on_subscription, &heard));
	while (!heard.ended && now_ms() < until)
		assert_int_equal(tocsin_step(tocsin, 100), 0);
	assert_int_equal(heard.ended, TOCSIN_CONFLICT);
	assert_int_equal(heard.begun, 1);
	tocsin_free(tocsin);
	fake_end(&fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer_round_trip),
		cmocka_unit_test(test_writer_misuse_sticks),
		cmocka_unit_test(test_decode_refuses_what_is_not_one_value),
		cmocka_unit_test(test_uuid7_is_new_and_in_order),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_unix_path_has_a_limit),
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
		cmocka_unit_test(test_submitter_tells_in_order),
		cmocka_unit_test(test_submitter_ends_with_a_failed_batch),
		cmocka_unit_test(test_submitter_freed_early),
		cmocka_unit_test(
		    test_subscription_resumes_after_the_last_event),
		cmocka_unit_test(test_subscription_taken_over_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
