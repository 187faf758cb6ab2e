/*
 * conn.h - a peer's bytes: input up to whole frames, output with a mark,
 * deadlines.  Knows the transport, not the conversation.  Plain events and
 * our own reading and sending with a chunk shared by all: idle connections
 * hold no buffers.  Loop thread.
 */
#ifndef TOCSIN_NET_CONN_H
#define TOCSIN_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/net/loop.h"
#include "daemon/net/transport.h"
#include "proto/scan.h"

struct conn;

/*
 * What a connection tells its owner.  All of these may call any conn_ function
 * but conn_free.
 */
struct conn_events {
	/* A whole scanned frame; borrowed until return. */
	void (*on_frame)(void *who, struct text frame);
	/*
	 * The bytes cannot be a frame, or did not become one in time.  begun is
	 * what there is of it, borrowed until return; why is static.  Nothing
	 * more is read: answer and conn_finish.
	 */
	void (*on_bad_frame)(void *who, struct text begun, const char *why);
	/*
	 * A frame has begun in plain on a TLS address.  Nothing more is read:
	 * answer, in plain as well, and conn_finish.  May be NULL where all is
	 * plain.
	 */
	void (*on_plain)(void *who, struct text begun);
	/*
	 * The peer will send no more, but may still read: answer what is owed
	 * and conn_finish.
	 */
	void (*on_input_end)(void *who);
	/*
	 * Output has moved and less than half of output_bytes is left; never
	 * from inside conn_send.
	 */
	void (*on_drained)(void *who);
	/*
	 * Gone, for a reason ("peer closed", "output stalled" ...).  The conn
	 * is freed by the loop after this returns.
	 */
	void (*on_gone)(void *who, const char *why);
};

struct conn_limits {
	struct scan_limits scan;
	size_t output_bytes;  /* with more than this queued no frame is read
				until it has fallen to half */
	int64_t frame_ms;     /* a begun frame must be whole within this */
	size_t frame_rate;    /* ... and a second for each so many bytes of it
				that came; 0: no longer */
	int64_t handshake_ms; /* and the TLS handshake, from accepting on */
	int64_t stall_ms;     /* queued output must move within this */
	size_t memory_bytes;  /* of the buffers of all connections of a loop:
				above it the largest are closed; 0: 256 MiB */
};

/*
 * Own the transport.  limits and events are borrowed as long as the conn
 * lives.  NULL (and the transport closed) when out of memory.
 */
struct conn *conn_new(struct loop *loop, struct transport transport,
    const struct conn_limits *limits, const struct conn_events *events,
    void *who);

/*
 * Queue bytes; they are sent at the end of this turn or when writable.  Out
 * of memory closes the conn.  Ignored when it is closed already.
 */
void conn_send(struct conn *conn, struct text bytes);

/* Bytes queued and not yet taken by the kernel. */
size_t conn_queued(const struct conn *conn);

/* The certificate that the peer has shown; false when there is none. */
bool conn_peer(const struct conn *conn, struct tls_peer *peer);

/* Are bytes heard, or is TLS still being set up? */
bool conn_is_open(const struct conn *conn);

/* Have other limits from the next frame on; borrowed as the first. */
void conn_set_limits(struct conn *conn, const struct conn_limits *limits);

/* Stop or go on reading frames (calls in flight are full). */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);

/*
 * Read no more frames; close once what is queued is sent (or has not moved
 * for stall_ms) and the peer has seen the end.  why is static.
 */
void conn_finish(struct conn *conn, const char *why);

/*
 * Close now; on_gone follows from the loop, never from inside this call.  The
 * first why, static, is kept.
 */
void conn_close(struct conn *conn, const char *why);

/*
 * Close and free now, without on_gone and never from inside one of the conn's
 * events (stopping).  NULL is fine.
 */
void conn_free(struct conn *conn);

#endif
