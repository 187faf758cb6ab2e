/*
 * conn_inside.h - the inside of a struct conn, shared by conn.c, which sends
 * and parts, and hearing.c, which reads.  Loop thread.
 */
#ifndef TOCSIN_NET_CONN_INSIDE_H
#define TOCSIN_NET_CONN_INSIDE_H

#include <event2/event_struct.h>

#include "daemon/net/conn.h"
#include "daemon/net/inbox.h"
#include "daemon/net/outbox.h"
#include "daemon/net/pool.h"

enum phase { OPEN, FINISHING, LINGERING, GONE };

struct conn {
	struct pool *pool;
	const struct conn_limits *limits;
	const struct conn_events *events;
	void *who;
	const char *why; /* it ends */
	struct pooled pooled;
	struct watched watched;
	struct transport transport;
	struct event readable;
	struct event writable;
	enum phase phase;
	int64_t begun_ms; /* the frame that watched waits for; 0: none */
	bool is_shaking;  /* hands, in TLS */
	bool is_reading;  /* the readable event is pending */
	bool is_blocked;  /* the writable event is pending */
	bool is_paused;   /* by the owner */
	bool is_full;     /* too much output */
	bool is_deaf;     /* bad frame or end of input: read no more */
	bool is_ended;    /* by the peer: nothing is left unread */
	struct inbox inbox;
	struct outbox outbox;
};

/* Have it take its turn at the end of this one. */
static inline void
conn_due(struct conn *conn)
{
	pool_due(conn->pool, &conn->pooled);
}

static inline struct watch *
conn_watch(struct conn *conn)
{
	return &conn->pool->watch;
}

/* Would a frame be read now? */
static inline bool
conn_hears(const struct conn *conn)
{
	return conn->phase == OPEN && !conn->is_paused && !conn->is_full &&
	    !conn->is_deaf;
}

/* Have an event pending when, and only when, it is wanted. */
void conn_tend(struct conn *conn, struct event *event, bool *is_pending,
    bool wanted);

/* The writable event: while there is output. */
void conn_tend_writing(struct conn *conn);

/* Buffers have changed: is there still memory for all? */
void conn_weigh(struct conn *conn);

#endif
