/*
 * yardstick.c - what one acknowledgement cannot be faster than: an append made
 * durable, and a round trip over loopback.  Prints one JSON object.
 *
 *   yardstick DIRECTORY SAMPLES
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/socket.h"

enum {
	APPEND_BYTES = 4096, /* a page: what a disk writes for one report */
	REQUEST_BYTES = 420,
	REPLY_BYTES = 200,
	WARM_SHARE = 10, /* one in so many samples is thrown away */
	PATH_BYTES = 4096,
};

static void
time_appends(const char *directory, uint64_t count, struct samples *samples)
{
	char bytes[APPEND_BYTES];
	char path[PATH_BYTES];
	int fd;

	memset(bytes, 'r', sizeof(bytes));
	snprintf(path, sizeof(path), "%s/yardstick", directory);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	for (uint64_t i = 0; i < count; i++) {
		uint64_t start = now_ns();

		if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    fdatasync(fd))
			die("%s: %s", path, strerror(errno));
		if (i >= count / WARM_SHARE)
			samples_add(samples, now_ns() - start);
	}
	close(fd);
	unlink(path);
}

static void
echo(int listener, uint64_t count)
{
	char bytes[REQUEST_BYTES];
	int fd = socket_accept(listener);

	for (uint64_t i = 0; i < count; i++) {
		socket_receive(fd, bytes, REQUEST_BYTES);
		socket_send(fd, bytes, REPLY_BYTES);
	}
	_exit(0);
}

static void
time_round_trips(uint64_t count, struct samples *samples)
{
	char bytes[REQUEST_BYTES] = { 0 };
	uint16_t port;
	int listener = socket_listen(&port);
	pid_t child = fork();
	int fd;

	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo(listener, count);
	}
	close(listener);
	fd = socket_connect(port);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t start = now_ns();

		socket_send(fd, bytes, REQUEST_BYTES);
		socket_receive(fd, bytes, REPLY_BYTES);
		if (i >= count / WARM_SHARE)
			samples_add(samples, now_ns() - start);
	}
	close(fd);
	waitpid(child, NULL, 0);
}

int
main(int argc, char **argv)
{
	struct samples appends = { 0 };
	struct samples trips = { 0 };
	uint64_t count;

	if (argc != 3)
		die("use: yardstick DIRECTORY SAMPLES");
	count = number_of("samples", argv[2], 20, 1000000);
	time_appends(argv[1], count, &appends);
	time_round_trips(count, &trips);
	samples_sort(&appends);
	samples_sort(&trips);
	printf("{\"fdatasync_p50_us\": %.1f, \"fdatasync_p99_us\": %.1f, "
	       "\"round_trip_p50_us\": %.1f, \"round_trip_p99_us\": %.1f}\n",
	    (double)samples_at(&appends, 0.5) * 1e-3,
	    (double)samples_at(&appends, 0.99) * 1e-3,
	    (double)samples_at(&trips, 0.5) * 1e-3,
	    (double)samples_at(&trips, 0.99) * 1e-3);
	samples_free(&appends);
	samples_free(&trips);
	return 0;
}
