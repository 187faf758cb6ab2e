/*
 * conn.c - when to read, to send and to part; inbox and outbox hold the bytes.
 *
 *   OPEN --finish--> FINISHING --all sent--> LINGERING --peer's end--> GONE
 *
 * LINGERING throws input away for a moment: to close a socket with unread
 * input would reset it, and the peer would lose our last words.  Nothing frees
 * a conn inside its own callback: conn_close marks, conn_turn reaps.
 */
#include "daemon/net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "daemon/net/inbox.h"
#include "daemon/net/outbox.h"
#include "daemon/net/watch.h"

enum {
	LINGER_MS = 1000,
	MEMORY_BYTES = 256 << 20, /* of all buffers, when limits say nothing */
	SHED_A_TURN = 16,
};

enum phase { OPEN, FINISHING, LINGERING, GONE };

TAILQ_HEAD(conn_list, conn);

/* What the connections of one loop share. */
struct conn_pool {
	struct loop *loop;
	struct conn_list due; /* something to do at the end of this turn */
	struct watch watch;   /* deadlines and memory */
	bool is_scheduled;
	uint8_t chunk[INBOX_CHUNK];
};

struct conn {
	struct conn_pool *pool;
	const struct conn_limits *limits;
	const struct conn_events *events;
	void *who;
	const char *why; /* it ends */
	TAILQ_ENTRY(conn) due_link;
	struct watched watched;
	struct event readable;
	struct event writable;
	int fd;
	enum phase phase;
	bool is_due;
	bool is_reading; /* the readable event is pending */
	bool is_blocked; /* the writable event is pending */
	bool is_paused;  /* by the owner */
	bool is_full;    /* too much output */
	bool is_deaf;    /* bad frame or end of input: read no more */
	struct inbox inbox;
	struct outbox outbox;
};

static void pool_turn(void *who);
static void on_frame_late(struct conn *conn);
static void on_output_late(struct conn *conn);

static void
pool_free(void *who)
{
	struct conn_pool *pool = who;
	watch_fini(&pool->watch);
	free(pool);
}

static struct conn_pool *
pool_of(struct loop *loop)
{
	struct conn_pool *pool = loop_shared(loop);
	if (pool)
		return pool;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->loop = loop;
	TAILQ_INIT(&pool->due);
	watch_init(&pool->watch, loop, on_frame_late, on_output_late);
	loop_share(loop, pool, pool_free);
	return pool;
}

static void
become_due(struct conn *conn)
{
	struct conn_pool *pool = conn->pool;
	if (!conn->is_due) {
		conn->is_due = true;
		TAILQ_INSERT_TAIL(&pool->due, conn, due_link);
	}
	if (!pool->is_scheduled)
		pool->is_scheduled = loop_soon(pool->loop, pool_turn, pool);
}

static bool
hears(const struct conn *conn)
{
	return conn->phase == OPEN && !conn->is_paused && !conn->is_full &&
	    !conn->is_deaf;
}

/* Have an event pending when, and only when, it is wanted. */
static void
tend(struct conn *conn, struct event *event, bool *is_pending, bool wanted)
{
	if (wanted == *is_pending)
		return;
	*is_pending = wanted;
	if (!wanted)
		event_del(event);
	else if (event_add(event, NULL) != 0)
		conn_close(conn, "out of memory");
}

static void
tend_reading(struct conn *conn)
{
	bool wanted = hears(conn) || conn->phase == LINGERING;
	tend(conn, &conn->readable, &conn->is_reading, wanted);
}

static struct watch *
watch_of(struct conn *conn)
{
	return &conn->pool->watch;
}

static size_t
memory_limit(const struct conn *conn)
{
	size_t limit = conn->limits->memory_bytes;
	return limit ? limit : MEMORY_BYTES;
}

/* Buffers have changed: is there still memory for all? */
static void
weigh(struct conn *conn)
{
	size_t bytes = 0;
	if (conn->phase == GONE)
		return;
	if (conn->inbox.left > 0)
		bytes += conn->inbox.rest.cap;
	if (conn_queued(conn) > 0)
		bytes += conn->outbox.bytes.cap;
	if (bytes == conn->watched.bytes)
		return;
	watch_bytes(watch_of(conn), &conn->watched, bytes);
	if (watch_of(conn)->bytes > memory_limit(conn))
		become_due(conn);
}

/* Input can go no further: tell the owner once. */
static void
refuse_input(struct conn *conn, struct text begun, const char *why)
{
	conn->is_deaf = true;
	conn->watched.frame_by_ms = 0;
	conn->events->on_bad_frame(conn->who, begun, why);
}

/* A begun frame's clock runs as long as we would read on. */
static void
time_frame(struct conn *conn)
{
	if (conn->inbox.left == 0 || !hears(conn))
		conn->watched.frame_by_ms = 0;
	else if (conn->watched.frame_by_ms == 0)
		watch_frame(watch_of(conn), &conn->watched,
		    loop_now_ms() + conn->limits->frame_ms);
}

/* Hand over what whole frames there are, while the owner wants them. */
static void
hand_over(struct conn *conn)
{
	struct text frame;
	const struct scan_limits *limits = &conn->limits->scan;
	while (hears(conn)) {
		enum scan_result result =
		    inbox_next(&conn->inbox, limits, &frame);
		if (result == SCAN_BAD)
			refuse_input(conn, frame, conn->inbox.scan.why);
		if (result != SCAN_WHOLE)
			break;
		conn->watched.frame_by_ms = 0;
		conn->events->on_frame(conn->who, frame);
	}
	if (conn->phase != OPEN || conn->is_deaf)
		inbox_free(&conn->inbox);
	else if (!inbox_settle(&conn->inbox))
		conn_close(conn, "out of memory");
	time_frame(conn);
	weigh(conn);
}

/* The peer will send no more: tell the owner, who may still answer. */
static void
end_input(struct conn *conn)
{
	conn->is_deaf = true;
	conn->watched.frame_by_ms = 0;
	inbox_free(&conn->inbox);
	weigh(conn);
	conn->events->on_input_end(conn->who);
}

static void
read_frames(struct conn *conn)
{
	switch (inbox_receive(&conn->inbox, conn->fd, &conn->limits->scan,
	    conn->pool->chunk)) {
	case INBOX_GOT:
		hand_over(conn);
		break;
	case INBOX_END:
		end_input(conn);
		break;
	case INBOX_FAILED:
		conn_close(conn, strerrordesc_np(errno));
		break;
	case INBOX_NONE:
		break;
	}
}

/* Throw away what still comes; the peer's end is ours. */
static void
linger(struct conn *conn)
{
	ssize_t got = recv(conn->fd, conn->pool->chunk, INBOX_CHUNK, 0);
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
	else if (hears(conn))
		read_frames(conn);
	tend_reading(conn);
}

/* Resumed: first what was read already, then the socket again. */
static void
go_on_reading(struct conn *conn)
{
	if (conn->is_reading || !hears(conn))
		return;
	hand_over(conn);
	tend_reading(conn);
}

/* Everything is said: send our end and wait a moment for the peer's. */
static void
part(struct conn *conn)
{
	shutdown(conn->fd, SHUT_WR);
	conn->phase = LINGERING;
	inbox_free(&conn->inbox);
	weigh(conn);
	watch_output(watch_of(conn), &conn->watched, loop_now_ms() + LINGER_MS);
	tend_reading(conn);
}

static void
flush(struct conn *conn)
{
	size_t queued = conn_queued(conn);
	if (queued == 0)
		return;
	ssize_t sent = outbox_send(&conn->outbox, conn->fd);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		conn_close(conn, strerrordesc_np(errno));
		return;
	}
	queued = conn_queued(conn);
	if (queued == 0)
		conn->watched.output_by_ms = 0;
	else if (sent > 0 || !conn->is_blocked)
		watch_output(watch_of(conn), &conn->watched,
		    loop_now_ms() + conn->limits->stall_ms);
	weigh(conn);
	tend(conn, &conn->writable, &conn->is_blocked, queued > 0);
	if (sent <= 0 || queued > conn->limits->output_bytes / 2 ||
	    conn->phase == GONE)
		return;
	conn->is_full = false;
	time_frame(conn);
	go_on_reading(conn);
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
		become_due(conn);
}

static void
detach(struct conn *conn)
{
	event_del(&conn->readable);
	event_del(&conn->writable);
	conn->is_reading = false;
	conn->is_blocked = false;
	watch_forget(watch_of(conn), &conn->watched);
}

/* The end of a turn for one conn; it may be freed here. */
static void
conn_turn(struct conn *conn)
{
	go_on_reading(conn);
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
shed(struct conn_pool *pool)
{
	for (unsigned i = 0; i < SHED_A_TURN; i++) {
		struct conn *conn = watch_heaviest(&pool->watch);
		if (!conn || pool->watch.bytes <= memory_limit(conn))
			return;
		conn_close(conn, "memory is short");
		inbox_free(&conn->inbox);
		outbox_free(&conn->outbox);
	}
}

static void
pool_turn(void *who)
{
	struct conn_pool *pool = who;
	struct conn_list due = TAILQ_HEAD_INITIALIZER(due);
	struct conn *conn;
	pool->is_scheduled = false;
	TAILQ_CONCAT(&due, &pool->due, due_link);
	while ((conn = TAILQ_FIRST(&due))) {
		TAILQ_REMOVE(&due, conn, due_link);
		conn->is_due = false;
		conn_turn(conn);
	}
	shed(pool);
}

static void
on_frame_late(struct conn *conn)
{
	struct text begun = { (const char *)conn->inbox.view,
		conn->inbox.left };
	refuse_input(conn, begun, "the frame was not whole in time");
	tend_reading(conn);
}

static void
on_output_late(struct conn *conn)
{
	conn_close(conn, "output stalled");
}

struct conn *
conn_new(struct loop *loop, int fd, const struct conn_limits *limits,
    const struct conn_events *events, void *who)
{
	struct event_base *base = loop_base(loop);
	struct conn_pool *pool = pool_of(loop);
	struct conn *conn = pool ? calloc(1, sizeof(*conn)) : NULL;
	if (!conn) {
		close(fd);
		return NULL;
	}
	conn->pool = pool;
	conn->limits = limits;
	conn->events = events;
	conn->who = who;
	conn->fd = fd;
	conn->watched.conn = conn;
	event_assign(&conn->readable, base, fd, EV_READ | EV_PERSIST,
	    on_readable, conn);
	event_assign(&conn->writable, base, fd, EV_WRITE | EV_PERSIST,
	    on_writable, conn);
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
	if (conn->phase == GONE || conn->phase == LINGERING ||
	    (!conn->is_blocked && outbox_pass(&conn->outbox, conn->fd, &bytes)))
		return;
	outbox_add(&conn->outbox, bytes);
	if (conn->outbox.bytes.failed) {
		conn_close(conn, "out of memory");
		return;
	}
	if (conn_queued(conn) > conn->limits->output_bytes) {
		conn->is_full = true;
		time_frame(conn);
	}
	weigh(conn);
	if (!conn->is_blocked)
		become_due(conn);
}

size_t
conn_queued(const struct conn *conn)
{
	return outbox_queued(&conn->outbox);
}

void
conn_pause(struct conn *conn)
{
	conn->is_paused = true;
	time_frame(conn);
}

void
conn_resume(struct conn *conn)
{
	if (!conn->is_paused)
		return;
	conn->is_paused = false;
	time_frame(conn);
	become_due(conn);
}

void
conn_finish(struct conn *conn, const char *why)
{
	if (conn->phase != OPEN)
		return;
	conn->phase = FINISHING;
	conn->why = why;
	become_due(conn);
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
	become_due(conn);
}

void
conn_free(struct conn *conn)
{
	if (!conn)
		return;
	detach(conn);
	if (conn->is_due)
		TAILQ_REMOVE(&conn->pool->due, conn, due_link);
	close(conn->fd);
	inbox_free(&conn->inbox);
	outbox_free(&conn->outbox);
	free(conn);
}
