/*
 * conn.c - when to read, to send and to part; inbox and outbox hold the bytes,
 * transport takes them over the socket.
 *
 *   OPEN --finish--> FINISHING --all sent--> LINGERING --peer's end--> GONE
 *
 * A TLS peer is OPEN from the start, and shaking hands as long as
 * transport_is_open says no: its first reads bring no bytes but the handshake.
 * LINGERING throws input away for a moment: to close a socket with unread
 * input would reset it, and the peer would lose our last words.  Nothing frees
 * a conn inside its own callback: conn_close marks, take_turn reaps.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "daemon/metrics.h"
#include "daemon/net/hearing.h"

enum {
	LINGER_MS = 1000,
	MEMORY_BYTES = 256 << 20, /* of all buffers, when limits say nothing */
	SHED_A_TURN = 16,
};

void
conn_tend(struct conn *conn, struct event *event, bool *is_pending, bool wanted)
{
	if (wanted == *is_pending)
		return;
	*is_pending = wanted;
	if (!wanted)
		event_del(event);
	else if (event_add(event, NULL) != 0)
		conn_close(conn, "out of memory");
}

void
conn_tend_writing(struct conn *conn)
{
	conn_tend(conn, &conn->writable, &conn->is_blocked,
	    conn_queued(conn) > 0);
}

void
conn_weigh(struct conn *conn)
{
	size_t bytes = transport_bytes(&conn->transport);
	if (conn->phase == GONE)
		return;
	if (conn->inbox.left > 0)
		bytes += conn->inbox.rest.cap;
	if (conn_queued(conn) > 0)
		bytes += conn->outbox.bytes.cap;
	if (bytes == conn->watched.bytes)
		return;
	watch_bytes(conn_watch(conn), &conn->watched, bytes);
	if (conn_watch(conn)->bytes > conn_watch(conn)->most_bytes)
		conn_due(conn);
}

/* Throw away what still comes; the peer's end is ours. */
static void
linger(struct conn *conn)
{
	ssize_t got =
	    transport_drain(&conn->transport, conn->pool->chunk, INBOX_CHUNK);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		conn_close(conn, conn->why);
}

static void
on_readable(evutil_socket_t fd, short what, void *who)
{
	struct conn *conn = who;
	(void)fd;
	(void)what;
	if (conn->phase == LINGERING)
		linger(conn);
	else if (conn_hears(conn))
		hearing_read(conn);
	hearing_tend(conn);
}

/* Everything is said: send our end and wait a moment for the peer's. */
static void
part(struct conn *conn)
{
	/* Its end has come already, and nothing behind it can: no need to wait
	 * for either.  TLS has an end of its own to send. */
	if (conn->is_ended && !transport_is_secure(&conn->transport)) {
		conn_close(conn, conn->why);
		return;
	}
	if (transport_end(&conn->transport)) {
		watch_output(conn_watch(conn), &conn->watched,
		    loop_now_ms() + conn->limits->stall_ms);
		conn_tend_writing(conn);
		return;
	}
	conn->phase = LINGERING;
	inbox_free(&conn->inbox);
	conn_weigh(conn);
	watch_output(conn_watch(conn), &conn->watched,
	    loop_now_ms() + LINGER_MS);
	hearing_tend(conn);
}

static void
flush(struct conn *conn)
{
	size_t before = conn_queued(conn);
	if (before == 0) {
		conn_tend_writing(conn);
		return;
	}
	ssize_t sent = outbox_send(&conn->outbox, &conn->transport);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		conn_close(conn, transport_why(&conn->transport, errno));
		return;
	}
	size_t queued = conn_queued(conn);
	bool has_moved = sent > 0 || queued < before;
	if (queued == 0)
		conn->watched.output_by_ms = 0;
	else if (has_moved || !conn->is_blocked)
		watch_output(conn_watch(conn), &conn->watched,
		    loop_now_ms() + conn->limits->stall_ms);
	conn_weigh(conn);
	conn_tend_writing(conn);
	if (!has_moved || queued > conn->limits->output_bytes / 2 ||
	    conn->phase == GONE)
		return;
	conn->is_full = false;
	hearing_time(conn);
	hearing_go_on(conn);
	conn->events->on_drained(conn->who);
}

static void
on_writable(evutil_socket_t fd, short what, void *who)
{
	struct conn *conn = who;
	(void)fd;
	(void)what;
	flush(conn);
	if (conn->phase == FINISHING)
		conn_due(conn);
}

static void
detach(struct conn *conn)
{
	event_del(&conn->readable);
	event_del(&conn->writable);
	conn->is_reading = false;
	conn->is_blocked = false;
	watch_forget(conn_watch(conn), &conn->watched);
}

/* The end of a turn for one conn; it may be freed here. */
static void
take_turn(struct conn *conn)
{
	hearing_go_on(conn);
	if (conn->phase != GONE && !conn->is_blocked)
		flush(conn);
	if (conn->phase == FINISHING && conn_queued(conn) == 0)
		part(conn);
	if (conn->phase != GONE)
		return;
	conn->events->on_gone(conn->who, conn->why);
	conn_free(conn);
}

/*
 * All buffers together are too large: those who hold most go, which the many
 * who hold little do not feel.
 */
static void
shed(struct pool *pool)
{
	for (unsigned i = 0; i < SHED_A_TURN; i++) {
		struct conn *conn;
		/* To look for the heaviest takes a walk through all. */
		if (pool->watch.bytes <= pool->watch.most_bytes)
			return;
		conn = watch_heaviest(&pool->watch);
		if (!conn)
			return;
		metrics_add(METRIC_connections_shed, 1);
		conn_close(conn, "memory is short");
		inbox_free(&conn->inbox);
		outbox_free(&conn->outbox);
	}
}

static void
on_output_late(struct conn *conn)
{
	metrics_add(METRIC_outputs_stalled, 1);
	conn_close(conn, "output stalled");
}

static const struct pool_events pool_events = {
	.on_frame_late = hearing_late,
	.on_output_late = on_output_late,
	.on_turn = take_turn,
	.on_turned = shed,
};

struct conn *
conn_new(struct loop *loop, struct transport transport,
    const struct conn_limits *limits, const struct conn_events *events,
    void *who)
{
	struct event_base *base = loop_base(loop);
	struct pool *pool = pool_of(loop, &pool_events);
	struct conn *conn = pool ? calloc(1, sizeof(*conn)) : NULL;
	if (!conn) {
		transport_close(&transport);
		return NULL;
	}
	conn->pool = pool;
	pool->watch.most_bytes =
	    limits->memory_bytes ? limits->memory_bytes : MEMORY_BYTES;
	conn->limits = limits;
	conn->events = events;
	conn->who = who;
	conn->transport = transport;
	conn->pooled.conn = conn;
	conn->watched.conn = conn;
	event_assign(&conn->readable, base, transport.fd, EV_READ | EV_PERSIST,
	    on_readable, conn);
	event_assign(&conn->writable, base, transport.fd, EV_WRITE | EV_PERSIST,
	    on_writable, conn);
	conn->is_shaking = !transport_is_open(&transport);
	if (conn->is_shaking)
		watch_frame(conn_watch(conn), &conn->watched,
		    loop_now_ms() + limits->handshake_ms);
	conn->is_reading = true;
	if (event_add(&conn->readable, NULL) != 0) {
		conn_free(conn);
		return NULL;
	}
	return conn;
}

void
conn_send(struct conn *conn, struct text bytes)
{
	if (conn->phase == GONE || conn->phase == LINGERING)
		return;
	if (!conn->is_blocked &&
	    outbox_pass(&conn->outbox, &conn->transport, &bytes)) {
		if (transport_unsent(&conn->transport) > 0)
			conn_due(conn);
		return;
	}
	outbox_add(&conn->outbox, bytes);
	if (conn->outbox.bytes.failed) {
		conn_close(conn, "out of memory");
		return;
	}
	if (conn_queued(conn) > conn->limits->output_bytes) {
		metrics_add(METRIC_rests_output, !conn->is_full);
		conn->is_full = true;
		hearing_time(conn);
	}
	conn_weigh(conn);
	if (!conn->is_blocked)
		conn_due(conn);
}

size_t
conn_queued(const struct conn *conn)
{
	return outbox_queued(&conn->outbox) +
	    transport_unsent(&conn->transport);
}

void
conn_pause(struct conn *conn)
{
	conn->is_paused = true;
	hearing_time(conn);
}

void
conn_resume(struct conn *conn)
{
	if (!conn->is_paused)
		return;
	conn->is_paused = false;
	hearing_time(conn);
	conn_due(conn);
}

void
conn_finish(struct conn *conn, const char *why)
{
	if (conn->phase != OPEN)
		return;
	conn->phase = FINISHING;
	conn->why = why;
	conn_due(conn);
}

void
conn_close(struct conn *conn, const char *why)
{
	if (conn->phase == GONE)
		return;
	conn->phase = GONE;
	if (!conn->why)
		conn->why = why;
	detach(conn);
	conn_due(conn);
}

void
conn_free(struct conn *conn)
{
	if (!conn)
		return;
	detach(conn);
	pool_forget(conn->pool, &conn->pooled);
	transport_close(&conn->transport);
	inbox_free(&conn->inbox);
	outbox_free(&conn->outbox);
	free(conn);
}

bool
conn_is_open(const struct conn *conn)
{
	return !conn->is_shaking && conn->phase == OPEN;
}

void
conn_set_limits(struct conn *conn, const struct conn_limits *limits)
{
	conn->limits = limits;
}

bool
conn_peer(const struct conn *conn, struct tls_peer *peer)
{
	return transport_peer(&conn->transport, peer);
}
