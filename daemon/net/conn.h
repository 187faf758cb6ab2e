/*
 * conn.h - a peer's bytes: input up to whole frames, output with a mark,
 * deadlines.  Knows the socket, not the conversation.  Plain events and our
 * own recv and send with a read chunk shared by all (idle connections hold no
 * buffers), behind an interface that TLS can take over.  Loop thread.
 */
#ifndef TOCSIN_NET_CONN_H
#define TOCSIN_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/net/loop.h"
#include "proto/scan.h"

struct conn;

/* What a connection tells its owner. */
struct conn_events {
	/* A whole scanned frame; borrowed until return. */
	void (*on_frame)(void *who, struct text frame);
	/* The bytes cannot be a frame; conn closes after what is queued. */
	void (*on_bad_frame)(void *who, const char *why);
	/* Output has fallen below half of its mark. */
	void (*on_drained)(void *who);
	/* Gone, for a reason ("peer closed", "frame deadline" ...).  The conn is
	 * freed by the loop after this returns. */
	void (*on_gone)(void *who, const char *why);
};

struct conn_limits {
	struct scan_limits scan;
	size_t output_bytes; /* a peer that lets more pile up is closed, unless
				conn_queued is minded by the caller */
	int64_t frame_ms; /* a begun frame must be whole within this */
	int64_t stall_ms; /* queued output must move within this */
};

/* Own fd (non-blocking).  NULL (and fd closed) when out of memory. */
struct conn *conn_new(struct loop *loop, int fd,
    const struct conn_limits *limits, const struct conn_events *events,
    void *who);

/* Queue bytes; they are sent at the end of this turn or when writable. */
void conn_send(struct conn *conn, struct text bytes);

/* Bytes queued and not yet taken by the kernel. */
size_t conn_queued(const struct conn *conn);

/* Stop or go on reading frames (calls in flight are full). */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);

/* Close once what is queued is sent (or stall_ms is over). */
void conn_finish(struct conn *conn, const char *why);

/* Close now; on_gone follows from the loop, never from inside this call. */
void conn_close(struct conn *conn, const char *why);

#endif
