/* records.c - a socket read and written in large strides for OpenSSL. */
#include "daemon/net/records.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
	HEADER = 5,
	/* A longer one is no record; OpenSSL says so as soon as it sees it. */
	LONGEST = HEADER + 16384 + 2048,
};

void
records_free(struct records *records)
{
	buf_free(&records->rest);
	buf_free(&records->unsent);
	records->view = NULL;
	records->left = 0;
}

ssize_t
records_fill(struct records *records)
{
	uint8_t *in = records->room->in;
	size_t held = records->left;
	size_t room = RECORDS_IN - held;
	ssize_t got = 0;

	if (held > 0)
		memcpy(in, records->rest.at, held);
	records->view = in;
	if (room == 0) {
		errno = EAGAIN;
		return -1;
	}
	got = recv(records->fd, in + held, room, MSG_DONTWAIT);
	if (got > 0)
		records->left += (size_t)got;
	records->is_over = got == 0;
	return got;
}

bool
records_settle(struct records *records)
{
	struct buf *rest = &records->rest;

	if (records->left == 0) {
		buf_free(rest);
	} else {
		buf_clear(rest);
		buf_add(rest, records->view, records->left);
	}
	records->view = NULL;
	return !rest->failed;
}

/* The length of the record at hand, as far as it can be told. */
static size_t
record_length(const struct records *records)
{
	const uint8_t *at = records->view ? records->view : records->rest.at;
	size_t length;

	if (records->left < HEADER)
		return HEADER;
	length = HEADER + ((size_t)at[3] << 8 | at[4]);
	return length < LONGEST ? length : HEADER;
}

bool
records_are_there(const struct records *records)
{
	return records->left > 0 && records->left >= record_length(records);
}

size_t
records_take(struct records *records, uint8_t *at, size_t len)
{
	if (records->owed == 0 && records_are_there(records))
		records->owed = record_length(records);
	if (len > records->owed)
		len = records->owed;
	if (len == 0 || !records->view)
		return 0;
	memcpy(at, records->view, len);
	records->owed -= len;
	records->view += len;
	records->left -= len;
	return len;
}

/* Send what the socket takes; how much, or -1. */
static ssize_t
send_some(const struct records *records, const uint8_t *at, size_t len)
{
	ssize_t sent = send(records->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return sent;
}

static bool
send_or_keep(struct records *records, const uint8_t *at, size_t len)
{
	struct buf *unsent = &records->unsent;
	ssize_t sent = 0;

	if (unsent->len == 0)
		sent = send_some(records, at, len);
	if (sent < 0)
		return false;
	len -= (size_t)sent;
	if (len == 0)
		return true;
	if (unsent->len + len > RECORDS_KEPT) {
		errno = ENOBUFS;
		return false;
	}
	buf_add(unsent, at + sent, len);
	errno = ENOMEM;
	return !unsent->failed;
}

bool
records_put(struct records *records, const uint8_t *at, size_t len)
{
	uint8_t *out = records->room->out;

	if (!records->gathers || len > RECORDS_OUT - records->gathered)
		return records_flush(records) >= 0 &&
		    send_or_keep(records, at, len);
	memcpy(out + records->gathered, at, len);
	records->gathered += len;
	return true;
}

void
records_gather(struct records *records)
{
	records->gathers = true;
	records->gathered = 0;
}

/* What was kept before goes first; true when nothing of it is left. */
static bool
send_kept(struct records *records, bool *has_failed)
{
	struct buf *unsent = &records->unsent;
	ssize_t sent;

	if (unsent->len == 0)
		return true;
	sent = send_some(records, unsent->at, unsent->len);
	*has_failed = sent < 0;
	if (sent <= 0)
		return false;
	unsent->len -= (size_t)sent;
	memmove(unsent->at, unsent->at + sent, unsent->len);
	if (unsent->len > 0)
		return false;
	buf_free(unsent);
	return true;
}

int
records_flush(struct records *records)
{
	size_t gathered = records->gathered;
	bool has_failed = false;

	records->gathers = false;
	records->gathered = 0;
	send_kept(records, &has_failed);
	if (has_failed ||
	    (gathered > 0 &&
		!send_or_keep(records, records->room->out, gathered)))
		return -1;
	return records->unsent.len > 0;
}
