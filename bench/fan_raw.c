/*
 * fan_raw.c - the same bytes as fan.c delivers, sent to as many sockets by a
 * process that does nothing else: one send a subscriber and window.  Prints
 * one JSON object.
 *
 *   fan_raw SUBSCRIBERS MESSAGES WINDOW BYTES
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/crowd.h"
#include "bench/measure.h"
#include "bench/socket.h"

enum { STALL_MS = 10000, MESSAGE_MAX = 65536, WINDOW_MAX = 256 };

/* Wait for a word how many bytes to send to everybody; 0 is the end. */
static void
send_rounds(int listener, int orders, uint32_t subscribers, size_t most)
{
	int *fds = must_alloc(subscribers, sizeof(*fds));
	uint8_t *bytes = must_alloc(most, 1);
	uint64_t wanted;

	for (uint32_t i = 0; i < subscribers; i++)
		fds[i] = socket_accept(listener);
	while (read(orders, &wanted, sizeof(wanted)) == sizeof(wanted))
		for (uint32_t i = 0; i < subscribers; i++)
			socket_send(fds[i], bytes, (size_t)wanted);
	_exit(0);
}

static void
run(struct crowd *crowd, int orders, uint64_t messages, uint64_t window,
    uint64_t bytes)
{
	uint64_t start = now_ns();
	double seconds;

	for (uint64_t sent = 0; sent < messages;) {
		uint64_t now =
		    messages - sent < window ? messages - sent : window;
		uint64_t wanted = now * bytes;

		if (write(orders, &wanted, sizeof(wanted)) != sizeof(wanted))
			die("pipe: %s", strerror(errno));
		sent += now;
		while (!crowd_heard(crowd, sent * bytes)) {
			if (!crowd_turn(crowd, STALL_MS))
				die("nothing came any more");
			buf_clear(&crowd->first);
		}
	}
	seconds = (double)(now_ns() - start) * 1e-9;
	printf("{\"deliveries\": %" PRIu64 ", \"seconds\": %.6f, "
	       "\"per_s\": %.1f}\n",
	    messages * crowd->count, seconds,
	    (double)(messages * crowd->count) / seconds);
}

int
main(int argc, char **argv)
{
	struct crowd crowd;
	uint64_t messages, window, bytes;
	uint32_t subscribers;
	uint16_t port;
	int orders[2];
	int listener;
	pid_t child;

	if (argc != 5)
		die("use: fan_raw SUBSCRIBERS MESSAGES WINDOW BYTES");
	subscribers = (uint32_t)number_of("subscribers", argv[1], 1, 20000);
	messages = number_of("messages", argv[2], 1, 1000000);
	window = number_of("window", argv[3], 1, WINDOW_MAX);
	bytes = number_of("bytes", argv[4], 1, MESSAGE_MAX);
	listener = socket_listen(&port);
	if (pipe(orders))
		die("pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(orders[1]);
		send_rounds(listener, orders[0], subscribers,
		    (size_t)(window * bytes));
	}
	close(orders[0]);
	crowd_connect(&crowd, port, subscribers);
	crowd_listen(&crowd);
	run(&crowd, orders[1], messages, window, bytes);
	close(orders[1]);
	crowd_close(&crowd);
	waitpid(child, NULL, 0);
	return 0;
}
