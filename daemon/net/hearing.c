/*
 * hearing.c - a read brings handshakes forward or bytes, bytes make frames;
 * what is no frame, or comes too late, ends the hearing.
 */
#include "daemon/net/hearing.h"

#include <errno.h>

#include "daemon/metrics.h"

void
hearing_tend(struct conn *conn)
{
	bool wanted = conn_hears(conn) || conn->phase == LINGERING;
	conn_tend(conn, &conn->readable, &conn->is_reading, wanted);
	/* What TLS has read already the socket will not announce. */
	if (conn_hears(conn) && transport_has_rest(&conn->transport))
		conn_due(conn);
}

/* Input can go no further: tell the owner once. */
static void
refuse_input(struct conn *conn, struct text begun, const char *why)
{
	conn->is_deaf = true;
	conn->watched.frame_by_ms = 0;
	conn->events->on_bad_frame(conn->who, begun, why);
}

/*
 * A begun frame's clock runs as long as we would read on; a TLS record is the
 * beginning of one.  The handshake's, set when it came, is not touched.
 */
void
hearing_time(struct conn *conn)
{
	bool is_begun =
	    conn->inbox.left > 0 || transport_is_begun(&conn->transport);
	if (conn->is_shaking)
		return;
	if (!is_begun || !conn_hears(conn))
		conn->watched.frame_by_ms = 0;
	else if (conn->watched.frame_by_ms == 0) {
		conn->begun_ms = loop_now_ms();
		watch_frame(conn_watch(conn), &conn->watched,
		    conn->begun_ms + conn->limits->frame_ms);
	}
}

/*
 * A long frame over a slow line gets longer, by what has come of it: who sends
 * a byte a second gains nothing, and no frame takes longer than one of the
 * largest size would.
 */
static bool
is_granted_more(struct conn *conn)
{
	const struct conn_limits *limits = conn->limits;
	int64_t by_ms = conn->begun_ms + limits->frame_ms;

	if (!limits->frame_rate)
		return false;
	by_ms += (int64_t)(conn->inbox.left * 1000 / limits->frame_rate);
	if (by_ms <= loop_now_ms())
		return false;
	watch_frame(conn_watch(conn), &conn->watched, by_ms);
	return true;
}

/* Hand over what whole frames there are, while the owner wants them. */
static void
hand_over(struct conn *conn)
{
	struct text frame;
	const struct scan_limits *limits = &conn->limits->scan;
	while (conn_hears(conn)) {
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
	hearing_time(conn);
	conn_weigh(conn);
}

/* The peer will send no more: tell the owner, who may still answer. */
static void
end_input(struct conn *conn)
{
	if (conn->is_shaking) {
		conn_close(conn, "peer closed before TLS was set up");
		return;
	}
	conn->is_deaf = true;
	conn->is_ended = true;
	conn->watched.frame_by_ms = 0;
	inbox_free(&conn->inbox);
	conn_weigh(conn);
	conn->events->on_input_end(conn->who);
}

/* Does it begin like a frame of ours, an array of 3 or 4? */
static bool
is_frame_like(const struct text *begun)
{
	uint8_t first = begun->len > 0 ? (uint8_t)begun->at[0] : 0;
	return first == 0x93 || first == 0x94 || first == 0xdc || first == 0xdd;
}

/*
 * The first byte on a TLS address is none of TLS.  To a client of ours that
 * has forgotten to speak it we can say so, to others we have nothing to say.
 */
static void
hear_plain(struct conn *conn)
{
	struct text begun = { 0 };
	metrics_add(METRIC_tls_missed, 1);
	transport_give_in(&conn->transport);
	conn->is_shaking = false;
	conn->is_deaf = true;
	conn->watched.frame_by_ms = 0;
	if (inbox_receive(&conn->inbox, &conn->transport, &conn->limits->scan,
		conn->pool->chunk) == INBOX_GOT)
		begun = (struct text){ (const char *)conn->inbox.view,
			conn->inbox.left };
	if (is_frame_like(&begun))
		conn->events->on_plain(conn->who, begun);
	else
		conn_close(conn, "no TLS on a TLS address");
	inbox_free(&conn->inbox);
	conn_weigh(conn);
}

static void
fail_input(struct conn *conn, int error)
{
	const char *why = transport_why(&conn->transport, error);
	if (error == EPROTONOSUPPORT) {
		hear_plain(conn);
	} else if (error == EPROTO) {
		/* TLS has said why to the peer, who should come to read it. */
		conn->is_deaf = true;
		conn->watched.frame_by_ms = 0;
		outbox_free(&conn->outbox);
		conn_finish(conn, why);
	} else {
		conn_close(conn, why);
	}
}

/* Did the last bytes make the handshake whole? */
static void
end_shaking(struct conn *conn)
{
	if (!conn->is_shaking || !transport_is_open(&conn->transport))
		return;
	conn->is_shaking = false;
	conn->watched.frame_by_ms = 0;
}

void
hearing_read(struct conn *conn)
{
	enum inbox_got got = inbox_receive(&conn->inbox, &conn->transport,
	    &conn->limits->scan, conn->pool->chunk);
	int error = errno;
	end_shaking(conn);
	switch (got) {
	case INBOX_GOT:
		hand_over(conn);
		break;
	case INBOX_END:
		end_input(conn);
		break;
	case INBOX_FAILED:
		fail_input(conn, error);
		break;
	case INBOX_NONE:
		/* Of a TLS record there may be more than before. */
		hearing_time(conn);
		conn_weigh(conn);
		break;
	}
	/* TLS has words of its own. */
	if (conn->phase != GONE && transport_unsent(&conn->transport) > 0)
		conn_due(conn);
}

/*
 * Resumed: first what was read already, then the socket again; or TLS holds
 * what did not fit into the last read.
 */
void
hearing_go_on(struct conn *conn)
{
	if (!conn->is_reading && conn_hears(conn))
		hand_over(conn);
	if (conn_hears(conn) && transport_has_rest(&conn->transport))
		hearing_read(conn);
	if (conn_hears(conn))
		hearing_tend(conn);
}

void
hearing_late(struct conn *conn)
{
	struct text begun = { (const char *)conn->inbox.view,
		conn->inbox.left };
	if (conn->is_shaking) {
		conn_close(conn, "the TLS handshake was not done in time");
		return;
	}
	if (is_granted_more(conn))
		return;
	metrics_add(METRIC_frames_late, 1);
	refuse_input(conn, begun, "the frame was not whole in time");
	hearing_tend(conn);
}
