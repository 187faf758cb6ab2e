/*
 * drip.c - a crowd with bad manners: connections that send one byte a second
 * of a frame that never ends, and others that connect and leave.  They come
 * from many networks of 127.0.0.0/8.  A dripping one that is closed comes back
 * a second later.  Says "ready" when the crowd stands, or stopped growing, and
 * prints one JSON object when its standard input ends.
 *
 *   drip PORT CONNECTIONS A_SECOND NETWORKS
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"

enum {
	TICK_MS = 2, /* longer ones are bursts that nobody's crowd would make */
	TICKS = 1000 / TICK_MS, /* a second */
	EVENTS = 512,
	OPEN_A_TICK = 20,  /* so that the crowd itself is no flood */
	LOOK_A_TICK = 500, /* for those that are due back */
	READY_S = 20,
	FIRST_NET = 1 << 8, /* 127.1.0.0/24: others than the good ones' */
};

/* [0, 1, a bin32 of 512 KiB that never comes whole ... */
static const uint8_t drops[] = { 0x94, 0x00, 0x01, 0xc6, 0x00, 0x08, 0x00 };

struct dripper {
	int fd;        /* -1: closed */
	uint32_t sent; /* bytes */
	uint64_t back_ns;
};

struct drip {
	uint16_t port;
	uint32_t count, churn, networks, next_net, next_look;
	int epoll;
	struct dripper *dripper; /* count of them; owned */
	int *leaving;            /* connected in the last tick; owned */
	uint32_t nleaving, held;
	uint64_t dripped, lost, opened, churned, failed;
	double held_sum;
	uint64_t ticks;
};

/* Connected, or about to be, from the next network; -1 when refused. */
static int
open_one(struct drip *drip)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(drip->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint32_t net = drip->next_net++ % drip->networks;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	from.sin_addr.s_addr =
	    htonl((127u << 24) + ((FIRST_NET + net) << 8) + 1);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("bind: %s", strerror(errno));
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    errno == EINPROGRESS)
		return fd;
	drip->failed++;
	close(fd);
	return -1;
}

static void
lose(struct drip *drip, struct dripper *dripper)
{
	close(dripper->fd);
	dripper->fd = -1;
	dripper->back_ns = now_ns() + 1000000000u;
	drip->held--;
	drip->lost++;
}

static void
come(struct drip *drip, struct dripper *dripper)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP,
		.data.ptr = dripper };

	dripper->fd = open_one(drip);
	dripper->sent = 0;
	if (dripper->fd < 0) {
		dripper->back_ns = now_ns() + 1000000000u;
		return;
	}
	if (epoll_ctl(drip->epoll, EPOLL_CTL_ADD, dripper->fd, &event))
		die("epoll: %s", strerror(errno));
	drip->held++;
	drip->opened++;
}

static void
let_fall(struct drip *drip, struct dripper *dripper)
{
	uint8_t byte =
	    dripper->sent < sizeof(drops) ? drops[dripper->sent] : 'x';

	if (send(dripper->fd, &byte, 1, MSG_NOSIGNAL) == 1) {
		dripper->sent++;
		drip->dripped++;
	} else if (errno != EAGAIN && errno != ENOTCONN) {
		lose(drip, dripper);
	}
}

/* A hundredth of the crowd's second. */
static void
tick(struct drip *drip)
{
	uint32_t part = (uint32_t)(drip->ticks % TICKS);
	uint32_t from = (uint32_t)((uint64_t)drip->count * part / TICKS);
	uint32_t to = (uint32_t)((uint64_t)drip->count * (part + 1) / TICKS);
	uint32_t leave =
	    drip->churn * (part + 1) / TICKS - drip->churn * part / TICKS;
	uint64_t now = now_ns();

	while (drip->nleaving)
		close(drip->leaving[--drip->nleaving]);
	for (uint32_t i = from; i < to; i++)
		if (drip->dripper[i].fd >= 0)
			let_fall(drip, &drip->dripper[i]);
	for (uint32_t i = 0; i < leave; i++) {
		int fd = open_one(drip);

		if (fd >= 0)
			drip->leaving[drip->nleaving++] = fd;
		drip->churned++;
	}
	for (uint32_t i = 0, coming = 0;
	     i < LOOK_A_TICK && coming < OPEN_A_TICK; i++) {
		struct dripper *dripper = &drip->dripper[drip->next_look];

		drip->next_look = (drip->next_look + 1) % drip->count;
		if (dripper->fd >= 0 || dripper->back_ns > now)
			continue;
		come(drip, dripper);
		coming++;
	}
	drip->ticks++;
	drip->held_sum += drip->held;
}

static void
hear(struct drip *drip, uint64_t timeout_ns)
{
	struct timespec timeout = { .tv_nsec = (long)timeout_ns };
	struct epoll_event events[EVENTS];
	uint8_t bytes[4096];
	int ready = epoll_pwait2(drip->epoll, events, EVENTS, &timeout, NULL);

	for (int i = 0; i < ready; i++) {
		struct dripper *dripper = events[i].data.ptr;

		ssize_t got = read(dripper->fd, bytes, sizeof(bytes));

		if (got == 0 || (got < 0 && errno != EAGAIN))
			lose(drip, dripper);
	}
}

static bool
is_over(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) != 0;
}

/* Until the input ends; the average counts from "ready" on. */
static void
run(struct drip *drip)
{
	uint64_t begin = now_ns(), next = begin;
	bool is_ready = false;

	while (!is_over()) {
		uint64_t now = now_ns();

		if (now < next) {
			hear(drip, next - now);
			continue;
		}
		/* Ticks that were missed are not made good. */
		next = now - next > 1000000000u ? now : next;
		next += TICK_MS * 1000000u;
		tick(drip);
		if (is_ready ||
		    (drip->held < drip->count &&
			now - begin < READY_S * 1000000000ull))
			continue;
		is_ready = true;
		drip->held_sum = 0;
		drip->ticks = 0;
		puts("ready");
		fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	struct drip drip = { 0 };
	uint64_t begin = now_ns();
	double seconds;

	if (argc != 5)
		die("use: drip PORT CONNECTIONS A_SECOND NETWORKS");
	drip.port = (uint16_t)number_of("port", argv[1], 1, 65535);
	drip.count = (uint32_t)number_of("connections", argv[2], 1, 19000);
	drip.churn = (uint32_t)number_of("a second", argv[3], 0, 10000);
	drip.networks = (uint32_t)number_of("networks", argv[4], 1, 60000);
	drip.dripper = must_alloc(drip.count, sizeof(*drip.dripper));
	drip.leaving = must_alloc(drip.churn, sizeof(*drip.leaving));
	drip.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < drip.count; i++)
		drip.dripper[i].fd = -1;
	run(&drip);
	seconds = (double)(now_ns() - begin) * 1e-9;
	printf("{\"seconds\": %.3f, \"held\": %.1f, \"dripped\": %" PRIu64
	       ", \"opened\": %" PRIu64 ", \"lost\": %" PRIu64
	       ", \"churned\": %" PRIu64 ", \"failed\": %" PRIu64
	       ", \"cpu_share\": %.4f}\n",
	    seconds, drip.held_sum / (double)(drip.ticks ? drip.ticks : 1),
	    drip.dripped, drip.opened, drip.lost, drip.churned, drip.failed,
	    cpu_seconds() / seconds);
	return 0;
}
