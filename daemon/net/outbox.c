/* outbox.c - one growing buffer and how much of it is gone. */
#include "daemon/net/outbox.h"

#include <string.h>

#include "daemon/metrics.h"

enum {
	PASS_BYTES = 4 * 1024,  /* from here on copying costs more */
	KEEP_BYTES = 2 * 1024,  /* larger buffers are freed when empty */
	SHED_BYTES = 64 * 1024, /* fewer sent bytes are not worth a move */
};

/* Sent bytes go when they are most of the buffer: linear in all. */
static void
shed_sent(struct outbox *outbox)
{
	struct buf *bytes = &outbox->bytes;
	if (outbox->sent < SHED_BYTES || outbox->sent < bytes->len / 2)
		return;
	bytes->len -= outbox->sent;
	memmove(bytes->at, bytes->at + outbox->sent, bytes->len);
	outbox->sent = 0;
}

void
outbox_add(struct outbox *outbox, struct text bytes)
{
	shed_sent(outbox);
	buf_add_text(&outbox->bytes, bytes);
}

size_t
outbox_queued(const struct outbox *outbox)
{
	return outbox->bytes.len - outbox->sent;
}

bool
outbox_pass(const struct outbox *outbox, struct transport *transport,
    struct text *bytes)
{
	ssize_t sent;

	if (outbox_queued(outbox) > 0 || bytes->len < PASS_BYTES)
		return false;
	sent =
	    transport_send(transport, (const uint8_t *)bytes->at, bytes->len);
	if (sent <= 0)
		return false;
	metrics_add(METRIC_bytes_out, (uint64_t)sent);
	bytes->at += sent;
	bytes->len -= (size_t)sent;
	return bytes->len == 0;
}

ssize_t
outbox_send(struct outbox *outbox, struct transport *transport)
{
	ssize_t sent = transport_send(transport,
	    outbox->bytes.at + outbox->sent, outbox_queued(outbox));
	if (sent <= 0)
		return sent;
	metrics_add(METRIC_bytes_out, (uint64_t)sent);
	outbox->sent += (size_t)sent;
	if (outbox_queued(outbox) > 0)
		return sent;
	outbox->sent = 0;
	buf_clear(&outbox->bytes);
	if (outbox->bytes.cap > KEEP_BYTES)
		buf_free(&outbox->bytes);
	return sent;
}

void
outbox_free(struct outbox *outbox)
{
	buf_free(&outbox->bytes);
	outbox->sent = 0;
}
