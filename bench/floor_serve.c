/* floor_serve.c - the server of the floor. */
#include "bench/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/reports.h"
#include "bench/socket.h"

enum { INPUT_BYTES = 65536, EVENTS = 256, FULLNESS = 4 };

struct peer {
	int fd;
	size_t len;
	struct buf answers;
	uint8_t input[INPUT_BYTES];
};

struct group {
	uint64_t key; /* 0 is free */
	uint32_t count;
};

struct server {
	int epoll;
	int log;
	int listener;
	uint32_t open;
	uint64_t mask;
	uint8_t (*ids)[16]; /* all zero is free */
	struct group *groups;
	uint32_t *products;
	struct buf turn; /* what this turn of the loop appends */
	struct peer *answered[EVENTS];
	size_t nanswered;
};

static uint64_t
hash(uint64_t number)
{
	return dice(&number);
}

/* Remember an id; false when it was known. */
static bool
remember(struct server *server, const uint8_t id[16])
{
	static const uint8_t none[16];
	uint64_t random;
	uint64_t at;

	memcpy(&random, id + 8, sizeof(random));
	for (at = hash(random) & server->mask;
	     memcmp(server->ids[at], none, 16); at = (at + 1) & server->mask)
		if (!memcmp(server->ids[at], id, 16))
			return false;
	memcpy(server->ids[at], id, 16);
	return true;
}

static void
count_group(struct server *server, uint32_t product, uint8_t mode)
{
	uint64_t key = ((uint64_t)product << 8 | mode) + 1;
	uint64_t at = hash(key) & server->mask;

	while (server->groups[at].key && server->groups[at].key != key)
		at = (at + 1) & server->mask;
	server->groups[at].key = key;
	server->groups[at].count++;
	server->products[product % REPORTS_PRODUCTS]++;
}

static void
take_reports(struct server *server, struct peer *peer)
{
	size_t start = 0;

	for (;;) {
		struct floor_header header;
		size_t whole;
		bool is_new;

		if (peer->len - start < sizeof(header))
			break;
		memcpy(&header, peer->input + start, sizeof(header));
		if (header.len > FLOOR_REPORT_MAX)
			die("floor: a report of %u bytes", header.len);
		whole = sizeof(header) + header.len;
		if (peer->len - start < whole)
			break;
		is_new = remember(server, header.id);
		if (is_new) {
			buf_add(&server->turn, peer->input + start, whole);
			count_group(server, header.product, header.mode);
		}
		buf_u8(&peer->answers, is_new ? 'n' : 'k');
		start += whole;
	}
	memmove(peer->input, peer->input + start, peer->len - start);
	peer->len -= start;
	if (peer->answers.len)
		server->answered[server->nanswered++] = peer;
}

static void
accept_peer(struct server *server)
{
	struct peer *peer = must_alloc(1, sizeof(*peer));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

	peer->fd = socket_accept(server->listener);
	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, peer->fd, &event))
		die("epoll: %s", strerror(errno));
	server->open++;
}

static void
close_peer(struct server *server, struct peer *peer)
{
	close(peer->fd);
	buf_free(&peer->answers);
	free(peer);
	server->open--;
}

static void
read_peer(struct server *server, struct peer *peer)
{
	ssize_t got =
	    read(peer->fd, peer->input + peer->len, INPUT_BYTES - peer->len);

	if (got <= 0) {
		close_peer(server, peer);
		return;
	}
	peer->len += (size_t)got;
	take_reports(server, peer);
}

/* Make the turn durable, then answer whom it concerns. */
static void
end_turn(struct server *server)
{
	struct buf *turn = &server->turn;

	if (turn->failed)
		die("floor: out of memory");
	if (turn->len &&
	    (write(server->log, turn->at, turn->len) != (ssize_t)turn->len ||
		fdatasync(server->log)))
		die("floor: log: %s", strerror(errno));
	buf_clear(turn);
	for (size_t i = 0; i < server->nanswered; i++) {
		struct peer *peer = server->answered[i];

		socket_send(peer->fd, peer->answers.at, peer->answers.len);
		buf_clear(&peer->answers);
	}
	server->nanswered = 0;
}

static void
make_tables(struct server *server, uint64_t reports)
{
	uint64_t slots = 1 << 16;

	while (slots < reports * FULLNESS)
		slots *= 2;
	server->mask = slots - 1;
	server->ids = must_alloc(slots, sizeof(*server->ids));
	server->groups = must_alloc(slots, sizeof(*server->groups));
	server->products =
	    must_alloc(REPORTS_PRODUCTS, sizeof(*server->products));
}

void
floor_serve(int listener, const char *log_path, uint64_t reports)
{
	struct server server = { .listener = listener };
	struct epoll_event event = { .events = EPOLLIN };
	struct epoll_event events[EVENTS];

	make_tables(&server, reports);
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	server.log = open(log_path,
	    O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	if (server.log < 0)
		die("%s: %s", log_path, strerror(errno));
	if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, listener, &event))
		die("epoll: %s", strerror(errno));
	do {
		int ready = epoll_wait(server.epoll, events, EVENTS, -1);

		for (int i = 0; i < ready; i++) {
			if (events[i].data.ptr)
				read_peer(&server, events[i].data.ptr);
			else
				accept_peer(&server);
		}
		end_turn(&server);
	} while (server.open > 0);
}
