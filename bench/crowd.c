/* crowd.c - many sockets that only listen. */
#include "bench/crowd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/socket.h"

enum { READ_BYTES = 262144, EVENTS = 256 };

void
crowd_connect(struct crowd *crowd, uint16_t port, uint32_t count)
{
	*crowd = (struct crowd){ .count = count };
	crowd->fds = must_alloc(count, sizeof(*crowd->fds));
	crowd->heard = must_alloc(count, sizeof(*crowd->heard));
	for (uint32_t i = 0; i < count; i++)
		crowd->fds[i] = socket_connect(port);
}

void
crowd_listen(struct crowd *crowd)
{
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < crowd->count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		socket_unblock(crowd->fds[i]);
		if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, crowd->fds[i],
			&event))
			die("epoll: %s", strerror(errno));
	}
}

bool
crowd_turn(struct crowd *crowd, int timeout_ms)
{
	static uint8_t bytes[READ_BYTES];
	struct epoll_event events[EVENTS];
	int ready = epoll_wait(crowd->epoll, events, EVENTS, timeout_ms);

	for (int i = 0; i < ready; i++) {
		uint32_t who = events[i].data.u32;
		size_t got =
		    socket_read_some(crowd->fds[who], bytes, sizeof(bytes));

		crowd->heard[who] += got;
		if (who == 0)
			buf_add(&crowd->first, bytes, got);
	}
	if (ready > 0)
		crowd->last_ns = now_ns();
	return ready > 0;
}

bool
crowd_heard(const struct crowd *crowd, uint64_t bytes)
{
	for (uint32_t i = 0; i < crowd->count; i++)
		if (crowd->heard[i] < bytes)
			return false;
	return true;
}

void
crowd_close(struct crowd *crowd)
{
	for (uint32_t i = 0; i < crowd->count; i++)
		socket_close(crowd->fds[i]);
	close(crowd->epoll);
	free(crowd->fds);
	free(crowd->heard);
	buf_free(&crowd->first);
}
