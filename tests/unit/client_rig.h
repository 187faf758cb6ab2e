/*
 * client_rig.h - a daemon played by a forked process, for tests of libtocsin.
 * In the child a failed check ends the process; the parent sees its status.
 */
#ifndef TOCSIN_TESTS_UNIT_CLIENT_RIG_H
#define TOCSIN_TESTS_UNIT_CLIENT_RIG_H

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

static inline int
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

static inline void
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
static inline void
fake_end(struct fake *fake)
{
	int status;
	assert_int_equal(waitpid(fake->pid, &status, 0), fake->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static inline struct peer
peer_accept(int listener)
{
	struct peer peer = { .fd = accept(listener, NULL, NULL) };
	PEER_CHECK(peer.fd >= 0);
	return peer;
}

static inline void
peer_close(struct peer *peer)
{
	close(peer->fd);
	buf_free(&peer->in);
}

/* The next request; false at the end of the connection. */
static inline bool
peer_next(struct peer *peer, struct rpc_frame *frame)
{
	const struct scan_limits limits = { 1 << 20, 131072, 16 };
	for (;;) {
		struct scan scan = { 0 };
		size_t len = peer->in.len - peer->taken;
		const uint8_t *at = len ? peer->in.at + peer->taken : NULL;
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

static inline void
peer_send(struct peer *peer, struct buf *out)
{
	PEER_CHECK(!out->failed);
	PEER_CHECK(send(peer->fd, out->at, out->len, MSG_NOSIGNAL) ==
	    (ssize_t)out->len);
	buf_free(out);
}

static inline void
peer_answer(struct peer *peer, uint32_t id, const char *key, uint64_t value)
{
	struct buf out = { 0 };
	pack_reply_open(&out, id);
	pack_map(&out, 1);
	pack_field_uint(&out, key, value);
	peer_send(peer, &out);
}

static inline void
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
static inline struct value
peer_argument(const struct rpc_frame *frame, const char *key)
{
	struct value_walk walk = value_walk(&frame->params);
	struct value map, found;
	PEER_CHECK(value_next(&walk, &map));
	(void)value_find(&map, key, &found);
	return found;
}

/* Take hello and announce batches of at most 3. */
static inline struct peer
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

static inline void
peer_expect(struct peer *peer, struct rpc_frame *frame, const char *method)
{
	PEER_CHECK(peer_next(peer, frame));
	PEER_CHECK(text_is(frame->method, method));
}

static inline struct tocsin *
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

static inline int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
