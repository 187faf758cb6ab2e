/*
 * drip_sink.c - a listener that does nothing: it takes connections, throws
 * away what comes, and closes each after ten seconds as tocsind does with a
 * frame that is not whole.  Beside tocsind it shows what the crowd of drip.c
 * costs everybody on this machine, whoever it is aimed at.  Prints its port;
 * ends when its standard input does, with a JSON object.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/socket.h"

enum { EVENTS = 512, SOCKETS = 65536, QUEUE = 1 << 17 };

static const uint64_t life_ns = 10000000000u;

struct guest {
	int fd;
	uint32_t visit; /* of that descriptor: it may be another's by then */
	uint64_t since_ns;
};

struct sink {
	int listener, epoll;
	struct guest queue[QUEUE]; /* a ring, by age */
	uint64_t first, last;
	uint32_t visit[SOCKETS];
	bool is_open[SOCKETS];
};

static void
part(struct sink *sink, int fd)
{
	sink->is_open[fd] = false;
	sink->visit[fd]++;
	close(fd);
}

static void
welcome(struct sink *sink)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd;

	for (unsigned i = 0; i < 64; i++) {
		fd = accept4(sink->listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		event.data.fd = fd;
		if (fd >= SOCKETS ||
		    epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event))
			die("epoll: %s", strerror(errno));
		sink->is_open[fd] = true;
		sink->queue[sink->last++ % QUEUE] =
		    (struct guest){ fd, sink->visit[fd], now_ns() };
	}
}

static void
see_off(struct sink *sink)
{
	uint64_t now = now_ns();

	for (; sink->first < sink->last; sink->first++) {
		struct guest *guest = &sink->queue[sink->first % QUEUE];

		if (guest->since_ns + life_ns > now)
			return;
		if (sink->is_open[guest->fd] &&
		    sink->visit[guest->fd] == guest->visit)
			part(sink, guest->fd);
	}
}

static void
turn(struct sink *sink)
{
	struct epoll_event events[EVENTS];
	char bytes[4096];
	int ready = epoll_wait(sink->epoll, events, EVENTS, 100);

	for (int i = 0; i < ready; i++) {
		int fd = events[i].data.fd;

		ssize_t got;

		if (fd == sink->listener) {
			welcome(sink);
			continue;
		}
		got = read(fd, bytes, sizeof(bytes));
		if (got == 0 || (got < 0 && errno != EAGAIN))
			part(sink, fd);
	}
	see_off(sink);
}

int
main(void)
{
	static struct sink sink;
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t begin = now_ns();
	uint16_t port;

	sink.listener = socket_listen(&port);
	socket_unblock(sink.listener);
	sink.epoll = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = sink.listener;
	if (epoll_ctl(sink.epoll, EPOLL_CTL_ADD, sink.listener, &event))
		die("epoll: %s", strerror(errno));
	printf("%u\n", port);
	fflush(stdout);
	while (poll(&input, 1, 0) == 0)
		turn(&sink);
	printf("{\"cpu_share\": %.4f, \"accepted\": %llu}\n",
	    cpu_seconds() / ((double)(now_ns() - begin) * 1e-9),
	    (unsigned long long)sink.last);
	return 0;
}
