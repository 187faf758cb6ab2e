/*
 * load.c - reports sent to tocsind as fast as it acknowledges them.  Prints
 * one JSON object.  One thread; frames are made before the clock starts.
 *
 *   load PORT[,CERTIFICATE] CONNECTIONS BATCH WINDOW REPORTS SEED [ROUND]
 *
 * WINDOW calls are in flight on each connection.  With ROUND the reports are
 * made and sent in rounds of so many: for filling a store, not for timing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/reports.h"
#include "bench/socket.h"
#include "bench/supply.h"
#include "proto/codec.h"
#include "proto/scan.h"

enum {
	READ_BYTES = 262144,
	EVENTS = 256,
	CONNECTIONS_MAX = 4096,
	WINDOW_MAX = 256,
	STALL_MS = 60000,
};

struct sender {
	int fd;
	uint32_t in_flight;
	bool wants_write;
	struct text unsent; /* rest of the frame being written */
	struct buf input;   /* replies, from the first unread byte */
	struct scan scan;
};

struct load {
	struct supply supply;
	struct sender *senders;
	uint64_t *sent_at; /* by frame */
	size_t answered;
	uint32_t nsenders;
	uint32_t window;
	int epoll;
	struct samples acks;
	uint64_t fresh;
	uint64_t known;
	double seconds;
	double cpu;
};

static void
watch(struct load *load, struct sender *sender, bool wants_write)
{
	struct epoll_event event = {
		.events = wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = sender,
	};

	if (sender->wants_write == wants_write)
		return;
	sender->wants_write = wants_write;
	epoll_ctl(load->epoll, EPOLL_CTL_MOD, sender->fd, &event);
}

/* Send until the window is full, the frames end or the socket is full. */
static void
push(struct load *load, struct sender *sender)
{
	struct supply *supply = &load->supply;

	for (;;) {
		size_t sent;

		if (!sender->unsent.len) {
			if (sender->in_flight == load->window ||
			    supply->taken == supply->count)
				break;
			sender->unsent = supply_frame(supply, supply->taken);
			load->sent_at[supply->taken++] = now_ns();
			sender->in_flight++;
		}
		sent = socket_write_some(sender->fd, sender->unsent.at,
		    sender->unsent.len);
		sender->unsent.at += sent;
		sender->unsent.len -= sent;
		if (sender->unsent.len)
			break;
	}
	watch(load, sender, sender->unsent.len > 0);
}

static void
count_batch(struct load *load, const struct value *result, uint32_t reports)
{
	struct value counts;
	int64_t fresh;
	int64_t known;

	value_find(result, "counts", &counts);
	fresh = value_find_int(&counts, "new", 0);
	known = value_find_int(&counts, "known", 0);
	if (fresh + known != (int64_t)reports)
		die("of %u reports %" PRId64 " were new, %" PRId64 " known",
		    reports, fresh, known);
	load->fresh += (uint64_t)fresh;
	load->known += (uint64_t)known;
}

static void
take_reply(struct load *load, struct sender *sender, struct text bytes)
{
	struct rpc_frame frame;
	struct refusal why;
	struct value counts;

	if (rpc_frame_read(bytes, &frame, &why) || frame.type != 1 ||
	    frame.id >= load->supply.taken)
		die("the reply is none: %s", why.text);
	if (frame.error.kind != VALUE_NIL)
		die("refused: %.*s", TEXT_ARG(value_text(&frame.error)));
	samples_add(&load->acks, now_ns() - load->sent_at[frame.id]);
	if (value_find(&frame.result, "counts", &counts) &&
	    !value_find(&frame.result, "status", &counts))
		count_batch(load, &frame.result,
		    load->supply.reports[frame.id]);
	else if (text_is(value_find_text(&frame.result, "status"), "new"))
		load->fresh++;
	else if (text_is(value_find_text(&frame.result, "status"), "known"))
		load->known++;
	else
		die("neither new nor known");
	sender->in_flight--;
	load->answered++;
}

/* Read what is there and take every whole reply out of it. */
static void
pull(struct load *load, struct sender *sender)
{
	static const struct scan_limits limits = { 64 << 20, 1 << 24,
		SCAN_MAX_DEPTH };
	struct buf *input = &sender->input;
	size_t start = 0;

	if (!buf_reserve(input, READ_BYTES))
		die("out of memory");
	input->len +=
	    socket_read_some(sender->fd, input->at + input->len, READ_BYTES);
	while (start < input->len) {
		enum scan_result result = scan_more(&sender->scan, &limits,
		    input->at + start, input->len - start);
		struct text frame = { (const char *)input->at + start,
			sender->scan.offset };

		if (result == SCAN_BAD)
			die("bad reply: %s", sender->scan.why);
		if (result == SCAN_MORE)
			break;
		take_reply(load, sender, frame);
		start += frame.len;
		sender->scan = (struct scan){ 0 };
	}
	if (start == 0)
		return;
	memmove(input->at, input->at + start, input->len - start);
	input->len -= start;
}

static void
run(struct load *load)
{
	struct epoll_event events[EVENTS];
	uint64_t start = now_ns();
	double cpu = cpu_seconds();

	for (uint32_t i = 0; i < load->nsenders; i++)
		push(load, &load->senders[i]);
	while (load->answered < load->supply.count) {
		int ready = epoll_wait(load->epoll, events, EVENTS, STALL_MS);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			die("no answer for %d s", STALL_MS / 1000);
		for (int i = 0; i < ready; i++) {
			struct sender *sender = events[i].data.ptr;

			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				pull(load, sender);
			push(load, sender);
		}
	}
	load->seconds += (double)(now_ns() - start) * 1e-9;
	load->cpu += cpu_seconds() - cpu;
}

static void
connect_all(struct load *load, uint16_t port)
{
	load->senders = must_alloc(load->nsenders, sizeof(*load->senders));
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < load->nsenders; i++) {
		struct sender *sender = &load->senders[i];
		struct epoll_event event = { .events = EPOLLIN,
			.data.ptr = sender };

		sender->fd = socket_connect(port);
		socket_unblock(sender->fd);
		if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, sender->fd, &event))
			die("epoll: %s", strerror(errno));
	}
}

static void
print(struct load *load, uint64_t reports, uint64_t report_bytes)
{
	samples_sort(&load->acks);
	printf("{\"reports\": %" PRIu64 ", \"seconds\": %.6f, "
	       "\"per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"new\": %" PRIu64 ", \"known\": %" PRIu64 ", "
	       "\"bytes_a_report\": %.1f, \"client_cpu_s\": %.3f}\n",
	    reports, load->seconds, (double)reports / load->seconds,
	    (double)samples_at(&load->acks, 0.5) * 1e-3,
	    (double)samples_at(&load->acks, 0.99) * 1e-3, load->fresh,
	    load->known, (double)report_bytes / (double)reports, load->cpu);
}

static void
close_all(struct load *load)
{
	for (uint32_t i = 0; i < load->nsenders; i++) {
		socket_close(load->senders[i].fd);
		buf_free(&load->senders[i].input);
	}
	close(load->epoll);
	free(load->senders);
	free(load->sent_at);
	supply_free(&load->supply);
	samples_free(&load->acks);
}

int
main(int argc, char **argv)
{
	struct load load = { 0 };
	struct reports *reports;
	uint64_t total, round, bytes = 0;
	uint32_t batch;

	if (argc < 7 || argc > 8)
		die("use: load PORT CONNECTIONS BATCH WINDOW REPORTS SEED "
		    "[ROUND]");
	load.nsenders =
	    (uint32_t)number_of("connections", argv[2], 1, CONNECTIONS_MAX);
	batch = (uint32_t)number_of("batch", argv[3], 1, 1000);
	load.window = (uint32_t)number_of("window", argv[4], 1, WINDOW_MAX);
	total = number_of("reports", argv[5], 1, UINT32_MAX);
	reports = reports_new(number_of("seed", argv[6], 0, UINT64_MAX),
	    (int64_t)time(NULL) * 1000);
	round = argc == 8 ? number_of("round", argv[7], batch, total) : total;
	connect_all(&load, socket_port(argv[1]));
	for (uint64_t left = total; left > 0;) {
		uint64_t now = left < round ? left : round;

		supply_fill(&load.supply, reports, now, batch);
		bytes += load.supply.report_bytes;
		load.answered = 0;
		free(load.sent_at);
		load.sent_at =
		    must_alloc(load.supply.count, sizeof(*load.sent_at));
		run(&load);
		left -= now;
	}
	print(&load, total, bytes);
	close_all(&load);
	reports_free(reports);
	return 0;
}
