/*
 * fan.c - alerts rung by reports and delivered to many subscribers.  Prints
 * one JSON object.
 *
 *   fan PORT[,CERTIFICATE] SUBSCRIBERS ALERTS WINDOW
 *
 * Every two reports of a hazard, on a product of their own, raise one alert.
 * WINDOW alerts are rung by one batch; the next is sent when all subscribers
 * have heard those before.  Only what the first subscriber hears is taken
 * apart: the others hear the same, so that reading costs the driver little.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "bench/crowd.h"
#include "bench/measure.h"
#include "bench/socket.h"
#include "proto/codec.h"
#include "proto/scan.h"

enum {
	WINDOW_MAX = 256,
	EVENTS_A_PUSH = 16,
	STALL_MS = 10000,
	QUIET_MS = 500,
	DAY_TEXT = 11,
};

struct fan {
	struct crowd crowd;
	int sender;
	struct buf request;
	struct buf reply;
	uint64_t events;      /* heard by the first */
	uint64_t event_bytes; /* theirs alone */
	uint64_t push_bytes;  /* of whole notifications */
	uint64_t made;        /* products reported */
};

static const struct scan_limits limits = { 64 << 20, 1 << 24, SCAN_MAX_DEPTH };

/* Send the request and wait for the reply to it, on a blocking socket. */
static void
call(struct fan *fan, int fd)
{
	struct scan scan = { 0 };
	enum scan_result result;
	struct rpc_frame frame;
	struct refusal why;

	socket_send(fd, fan->request.at, fan->request.len);
	buf_clear(&fan->reply);
	while ((result = scan_more(&scan, &limits, fan->reply.at,
		    fan->reply.len)) == SCAN_MORE) {
		if (!buf_reserve(&fan->reply, 65536))
			die("out of memory");
		fan->reply.len +=
		    socket_read_some(fd, fan->reply.at + fan->reply.len, 65536);
	}
	if (result == SCAN_BAD ||
	    rpc_frame_read(buf_text(&fan->reply), &frame, &why))
		die("the reply is none");
	if (frame.error.kind != VALUE_NIL)
		die("refused: %.*s", TEXT_ARG(value_text(&frame.error)));
}

static void
subscribe_all(struct fan *fan)
{
	buf_clear(&fan->request);
	pack_request_open(&fan->request, 1, "alerts.subscribe", 1);
	pack_map(&fan->request, 1);
	pack_field_string(&fan->request, "from", "new");
	for (uint32_t i = 0; i < fan->crowd.count; i++)
		call(fan, fan->crowd.fds[i]);
}

static void
write_report(struct buf *out, uint64_t product, const char *group,
    const char *day)
{
	char id[UUID_MAX];
	char model[32];

	uuid7_make((int64_t)time(NULL) * 1000, id);
	snprintf(model, sizeof(model), "F-%07" PRIu64, product);
	pack_map(out, 8);
	pack_field_string(out, "id", id);
	pack_field_string(out, "kind", "incident");
	pack_string(out, "product");
	pack_map(out, 3);
	pack_field_string(out, "category", "kettle");
	pack_field_string(out, "brand", "Fanbrand");
	pack_field_string(out, "model", model);
	pack_string(out, "failure");
	pack_map(out, 1);
	pack_field_string(out, "mode", "electric-shock");
	pack_field_string(out, "severity", "minor");
	pack_field_string(out, "country", "FR");
	pack_field_string(out, "occurred", day);
	pack_string(out, "origin");
	pack_map(out, 1);
	pack_field_string(out, "group", group);
}

/* One batch whose reports ring so many alerts. */
static void
ring(struct fan *fan, uint64_t alerts)
{
	time_t now = time(NULL);
	char day[DAY_TEXT];
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(day, sizeof(day), "%Y-%m-%d", &utc);
	buf_clear(&fan->request);
	pack_request_open(&fan->request, 1, "report.submit_batch", 1);
	pack_map(&fan->request, 1);
	pack_string(&fan->request, "reports");
	pack_list(&fan->request, (uint32_t)alerts * 2);
	for (uint64_t i = 0; i < alerts; i++, fan->made++) {
		write_report(&fan->request, fan->made, "one", day);
		write_report(&fan->request, fan->made, "two", day);
	}
	call(fan, fan->sender);
}

static void
count_push(struct fan *fan, struct text bytes)
{
	struct rpc_frame frame;
	struct refusal why;
	struct value_walk walk;
	struct value list;
	struct value event;

	if (rpc_frame_read(bytes, &frame, &why) || frame.type != 2)
		die("a notification was expected");
	walk = value_walk(&frame.params);
	if (!value_next(&walk, &list))
		die("the notification is empty");
	walk = value_walk(&list);
	while (value_next(&walk, &event)) {
		fan->events++;
		fan->event_bytes += event.span.len;
	}
	fan->push_bytes += bytes.len;
}

/* Take apart what the first subscriber has heard. */
static void
listen_closely(struct fan *fan)
{
	struct buf *heard = &fan->crowd.first;
	size_t start = 0;

	while (start < heard->len) {
		struct scan scan = { 0 };
		enum scan_result result;

		result = scan_more(&scan, &limits, heard->at + start,
		    heard->len - start);
		if (result == SCAN_BAD)
			die("bad push: %s", scan.why);
		if (result == SCAN_MORE)
			break;
		count_push(fan,
		    (struct text){ (const char *)heard->at + start,
			scan.offset });
		start += scan.offset;
	}
	if (start == 0)
		return;
	memmove(heard->at, heard->at + start, heard->len - start);
	heard->len -= start;
}

/*
 * What everybody must have read once they heard all events so far: how many
 * events share a notification differs between subscribers, so this is the
 * least, and the end is told by silence.
 */
static uint64_t
least_bytes(const struct fan *fan)
{
	return fan->event_bytes + fan->events / EVENTS_A_PUSH;
}

static void
wait_for(struct fan *fan, uint64_t events)
{
	while (fan->events < events ||
	    !crowd_heard(&fan->crowd, least_bytes(fan))) {
		if (!crowd_turn(&fan->crowd, STALL_MS))
			die("of %" PRIu64 " alerts only %" PRIu64
			    " were delivered",
			    events, fan->events);
		listen_closely(fan);
	}
}

static void
run(struct fan *fan, uint64_t alerts, uint64_t window)
{
	uint64_t start = now_ns();
	uint64_t rung = 0;
	double seconds;

	while (rung < alerts) {
		uint64_t now = alerts - rung < window ? alerts - rung : window;

		ring(fan, now);
		rung += now;
		wait_for(fan, rung);
	}
	while (crowd_turn(&fan->crowd, QUIET_MS))
		listen_closely(fan);
	seconds = (double)(fan->crowd.last_ns - start) * 1e-9;
	if (fan->events != alerts)
		die("%" PRIu64 " alerts were rung, %" PRIu64 " delivered",
		    alerts, fan->events);
	printf("{\"deliveries\": %" PRIu64 ", \"seconds\": %.6f, "
	       "\"per_s\": %.1f, \"event_bytes\": %" PRIu64 "}\n",
	    alerts * fan->crowd.count, seconds,
	    (double)(alerts * fan->crowd.count) / seconds,
	    fan->push_bytes / alerts);
}

/*
 * Where the numbers of products begin: fewer than one alert rings in a
 * microsecond, so no later run names the products of this one.
 */
static uint64_t
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int
main(int argc, char **argv)
{
	struct fan fan = { 0 };
	uint64_t alerts, window;
	uint16_t port;

	if (argc != 5)
		die("use: fan PORT SUBSCRIBERS ALERTS WINDOW");
	if (digest_init())
		die("no random numbers");
	port = socket_port(argv[1]);
	alerts = number_of("alerts", argv[3], 1, 1000000);
	window = number_of("window", argv[4], 1, WINDOW_MAX);
	fan.made = microseconds();
	fan.sender = socket_connect(port);
	crowd_connect(&fan.crowd, port,
	    (uint32_t)number_of("subscribers", argv[2], 1, 20000));
	subscribe_all(&fan);
	crowd_listen(&fan.crowd);
	run(&fan, alerts, window);
	crowd_close(&fan.crowd);
	socket_close(fan.sender);
	buf_free(&fan.request);
	buf_free(&fan.reply);
	return 0;
}
