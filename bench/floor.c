/*
 * floor.c - reports acknowledged one by one by the least server that could
 * do the job.  Prints one JSON object.
 *
 *   floor DIRECTORY CONNECTIONS REPORTS SEED
 *
 * Each connection has one report in flight.  The server is a process of its
 * own, so that client and server share the machine as with tocsind.
 */
#include "bench/floor.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/reports.h"
#include "bench/socket.h"

enum { EVENTS = 256, CONNECTIONS_MAX = 200, PATH_BYTES = 4096 };

struct asker {
	int fd;
	uint64_t sent_at;
};

struct client {
	struct buf frames;
	size_t *start; /* of each frame, and one behind the last */
	uint64_t total;
	uint64_t sent;
	uint64_t answered;
	uint64_t known;
	struct samples acks;
};

static void
make_frames(struct client *client, uint64_t seed)
{
	struct reports *reports = reports_new(seed, (int64_t)time(NULL) * 1000);

	client->start = must_alloc(client->total + 1, sizeof(*client->start));
	for (uint64_t i = 0; i < client->total; i++) {
		size_t at = client->frames.len;
		struct floor_header header = { 0 };
		struct report_mark mark;

		client->start[i] = at;
		buf_add(&client->frames, &header, sizeof(header));
		reports_next(reports, &client->frames, &mark);
		header.len =
		    (uint32_t)(client->frames.len - at - sizeof(header));
		header.product = mark.product;
		header.mode = mark.mode;
		memcpy(header.id, mark.id, sizeof(header.id));
		memcpy(client->frames.at + at, &header, sizeof(header));
	}
	client->start[client->total] = client->frames.len;
	reports_free(reports);
}

static void
ask(struct client *client, struct asker *asker)
{
	size_t start;
	size_t end;

	if (client->sent == client->total)
		return;
	start = client->start[client->sent++];
	end = client->start[client->sent];
	asker->sent_at = now_ns();
	socket_send(asker->fd, client->frames.at + start, end - start);
}

static void
hear(struct client *client, struct asker *asker)
{
	char answer;

	socket_receive(asker->fd, &answer, 1);
	samples_add(&client->acks, now_ns() - asker->sent_at);
	client->answered++;
	client->known += answer == 'k';
	ask(client, asker);
}

static double
run(struct client *client, uint16_t port, uint32_t connections)
{
	struct asker *askers = must_alloc(connections, sizeof(*askers));
	struct epoll_event events[EVENTS];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint64_t start;

	for (uint32_t i = 0; i < connections; i++) {
		struct epoll_event event = { .events = EPOLLIN,
			.data.ptr = &askers[i] };

		askers[i].fd = socket_connect(port);
		epoll_ctl(epoll, EPOLL_CTL_ADD, askers[i].fd, &event);
	}
	start = now_ns();
	for (uint32_t i = 0; i < connections && i < client->total; i++)
		ask(client, &askers[i]);
	while (client->answered < client->total) {
		int ready = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < ready; i++)
			hear(client, events[i].data.ptr);
	}
	start = now_ns() - start;
	for (uint32_t i = 0; i < connections; i++)
		close(askers[i].fd);
	free(askers);
	return (double)start * 1e-9;
}

static pid_t
start_server(const char *directory, uint64_t reports, uint16_t *port)
{
	char path[PATH_BYTES];
	int listener = socket_listen(port);
	pid_t child = fork();

	if (child < 0)
		die("fork: %s", strerror(errno));
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "%s/floor.log", directory);
		floor_serve(listener, path, reports);
		unlink(path);
		_exit(0);
	}
	close(listener);
	return child;
}

int
main(int argc, char **argv)
{
	struct client client = { 0 };
	uint32_t connections;
	uint16_t port;
	pid_t server;
	double seconds;

	if (argc != 5)
		die("use: floor DIRECTORY CONNECTIONS REPORTS SEED");
	connections =
	    (uint32_t)number_of("connections", argv[2], 1, CONNECTIONS_MAX);
	client.total = number_of("reports", argv[3], 1, 100000000);
	server = start_server(argv[1], client.total, &port);
	make_frames(&client, number_of("seed", argv[4], 0, UINT64_MAX));
	seconds = run(&client, port, connections);
	waitpid(server, NULL, 0);
	samples_sort(&client.acks);
	printf("{\"reports\": %" PRIu64 ", \"seconds\": %.6f, "
	       "\"per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"known\": %" PRIu64 "}\n",
	    client.total, seconds, (double)client.total / seconds,
	    (double)samples_at(&client.acks, 0.5) * 1e-3,
	    (double)samples_at(&client.acks, 0.99) * 1e-3, client.known);
	samples_free(&client.acks);
	buf_free(&client.frames);
	free(client.start);
	return 0;
}
