/* inbox.c - each byte is moved at most twice, however it drips in. */
#include "daemon/net/inbox.h"

#include <errno.h>
#include <string.h>

#include "daemon/metrics.h"

enum {
	SMALL_REST = 4 * 1024, /* a rest so small is read on in the chunk */
	READ_STEP = 64 * 1024, /* least room for the rest of a large frame */
};

/*
 * Room behind a large rest, growing with it: a quarter of a mebibyte is not
 * reserved for a peer that has sent five kibibytes.  0 with errno set.
 */
static size_t
make_room(struct inbox *inbox, size_t limit)
{
	struct buf *rest = &inbox->rest;
	size_t room = inbox->left > READ_STEP ? inbox->left : READ_STEP;
	if (inbox->left >= limit) {
		errno = EMSGSIZE;
		return 0;
	}
	if (room > INBOX_CHUNK)
		room = INBOX_CHUNK;
	if (room > limit - inbox->left)
		room = limit - inbox->left;
	if (inbox->view != rest->at)
		memmove(rest->at, inbox->view, inbox->left);
	rest->len = inbox->left;
	if (!buf_reserve(rest, room)) {
		errno = ENOMEM;
		return 0;
	}
	inbox->view = rest->at;
	return room;
}

enum inbox_got
inbox_receive(struct inbox *inbox, struct transport *transport,
    const struct scan_limits *limits, uint8_t *chunk)
{
	size_t held = inbox->left;
	bool is_shared = held <= SMALL_REST;
	size_t room = INBOX_CHUNK - held;
	if (!is_shared)
		room = make_room(inbox, limits->frame_bytes);
	else if (held > 0)
		memcpy(chunk, inbox->view, held);
	if (room == 0)
		return INBOX_FAILED;
	uint8_t *at = is_shared ? chunk : inbox->rest.at;
	ssize_t got = transport_receive(transport, at + held, room);
	if (got == 0)
		return INBOX_END;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? INBOX_NONE
							 : INBOX_FAILED;
	metrics_add(METRIC_bytes_in, (uint64_t)got);
	if (!is_shared)
		inbox->rest.len += (size_t)got;
	inbox->view = at;
	inbox->left = held + (size_t)got;
	inbox->is_shared = is_shared;
	return INBOX_GOT;
}

enum scan_result
inbox_next(struct inbox *inbox, const struct scan_limits *limits,
    struct text *frame)
{
	if (inbox->left == 0)
		return SCAN_MORE;
	enum scan_result result =
	    scan_more(&inbox->scan, limits, inbox->view, inbox->left);
	*frame = (struct text){ (const char *)inbox->view, inbox->left };
	if (result != SCAN_WHOLE)
		return result;
	frame->len = inbox->scan.offset;
	inbox->view += frame->len;
	inbox->left -= frame->len;
	inbox->scan = (struct scan){ 0 };
	return SCAN_WHOLE;
}

bool
inbox_settle(struct inbox *inbox)
{
	struct buf *rest = &inbox->rest;
	if (inbox->left == 0) {
		buf_free(rest);
		inbox->view = NULL;
	} else if (inbox->is_shared) {
		buf_clear(rest);
		buf_add(rest, inbox->view, inbox->left);
		inbox->view = rest->at;
	}
	inbox->is_shared = false;
	return !rest->failed;
}

void
inbox_free(struct inbox *inbox)
{
	buf_free(&inbox->rest);
	*inbox = (struct inbox){ 0 };
}
