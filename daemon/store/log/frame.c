#include "daemon/store/log/frame.h"

#include <assert.h>
#include <string.h>

#include "base/crc32c.h"

/* Offsets in a frame's header. */
enum { AT_CRC = 4, AT_PREV = 8, AT_SEQ = 12, AT_RECEIVED = 18, AT_LAG = 24 };

enum { EVENT_PREFIX_MAX = 1 + 5 + 5 + 8, SEAL_BYTES = 8 };

static void
put_bytes(uint8_t *at, uint64_t value, unsigned nbytes)
{
	for (unsigned i = 0; i < nbytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t
get_bytes(const uint8_t *at, unsigned nbytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < nbytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static size_t
put_varint(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	while (value >= 0x80) {
		at[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	at[n++] = (uint8_t)value;
	return n;
}

void
frame_maker_free(struct frame_maker *maker)
{
	if (maker)
		buf_free(&maker->bytes);
}

void
frame_begin(struct frame_maker *maker, int64_t received_ms)
{
	static const uint8_t blank[FRAME_HEADER] = { 0 };

	assert(!maker->is_open);
	assert(received_ms >= 0 && received_ms >> 48 == 0);
	maker->is_open = true;
	maker->first_seq = maker->next_seq;
	maker->received_ms = received_ms;
	maker->crc = maker->seed;
	buf_add(&maker->bytes, blank, sizeof(blank));
}

/* splitmix64; never zero, for zero means erased. */
static uint32_t
next_salt(struct frame_maker *maker)
{
	uint64_t x = maker->salt += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32) | 1;
}

uint64_t
frame_add(struct frame_maker *maker, uint8_t type, struct text header,
    struct text body)
{
	uint8_t prefix[EVENT_PREFIX_MAX];
	size_t len = 0;

	assert(maker->is_open);
	assert(header.len <= UINT32_MAX && body.len <= UINT32_MAX);
	prefix[len++] = type;
	len += put_varint(prefix + len, header.len);
	len += put_varint(prefix + len, body.len);
	maker->crc = crc32c(maker->crc, prefix, len);
	maker->crc = crc32c(maker->crc, header.at, header.len);
	if (body.len) {
		uint32_t salt = next_salt(maker);

		put_bytes(prefix + len, salt, 4);
		put_bytes(prefix + len + 4, crc32c(salt, body.at, body.len), 4);
		len += SEAL_BYTES;
	}
	if (buf_reserve(&maker->bytes, len + header.len + body.len)) {
		buf_add(&maker->bytes, prefix, len);
		buf_add_text(&maker->bytes, header);
		buf_add_text(&maker->bytes, body);
	}
	return maker->next_seq++;
}

void
frame_end(struct frame_maker *maker, uint64_t durable_seq)
{
	uint64_t lag = maker->first_seq - durable_seq;
	size_t length = maker->bytes.len - maker->ended;
	uint8_t *at;

	assert(maker->is_open && durable_seq < maker->first_seq);
	maker->is_open = false;
	if (maker->next_seq == maker->first_seq)
		maker->bytes.len = maker->ended;
	if (maker->bytes.failed || maker->next_seq == maker->first_seq)
		return;
	assert(length <= UINT32_MAX && maker->next_seq >> 48 == 0);
	at = maker->bytes.at + maker->ended;
	put_bytes(at, length, 4);
	put_bytes(at + AT_PREV, maker->chain, 4);
	put_bytes(at + AT_SEQ, maker->first_seq, 6);
	put_bytes(at + AT_RECEIVED, (uint64_t)maker->received_ms, 6);
	put_bytes(at + AT_LAG, lag < FRAME_LAG_MAX ? lag : FRAME_LAG_MAX, 3);
	maker->crc = crc32c(maker->crc, at, 4);
	maker->crc = crc32c(maker->crc, at + AT_PREV, FRAME_HEADER - AT_PREV);
	put_bytes(at + AT_CRC, maker->crc, 4);
	maker->chain = maker->crc;
	maker->ended = maker->bytes.len;
}

void
frame_reset(struct frame_maker *maker, uint64_t last_seq, uint32_t chain)
{
	buf_clear(&maker->bytes);
	maker->ended = 0;
	maker->is_open = false;
	maker->next_seq = last_seq + 1;
	maker->chain = chain;
}

/* Cut one event; crc (may be NULL) runs over what the frame's crc covers. */
static bool
cut_event(struct cut *cut, struct store_event *event, const uint8_t **seal,
    uint32_t *crc)
{
	const uint8_t *start = cut->at;
	const uint8_t *header, *body;
	uint64_t nheader, nbody;

	event->type = cut_u8(cut);
	nheader = cut_varint(cut);
	nbody = cut_varint(cut);
	if (cut->bad)
		return false;
	if (crc)
		*crc = crc32c(*crc, start, (size_t)(cut->at - start));
	*seal = nbody ? cut_bytes(cut, SEAL_BYTES) : NULL;
	header = cut_bytes(cut, nheader);
	body = cut_bytes(cut, nbody);
	if (cut->bad)
		return false;
	if (crc)
		*crc = crc32c(*crc, header, nheader);
	event->header = (struct text){ (const char *)header, nheader };
	event->body = (struct text){ (const char *)body, nbody };
	return true;
}

enum frame_state
frame_read(const uint8_t *at, size_t len, uint32_t seed, struct frame *frame)
{
	struct store_event event;
	const uint8_t *seal;
	uint32_t crc = seed;
	struct cut cut;
	uint64_t nevents = 0;

	frame->length = 0;
	if (len < 4)
		return FRAME_SHORT;
	frame->length = (uint32_t)get_bytes(at, 4);
	if (frame->length == 0)
		return FRAME_NONE;
	if (frame->length <= FRAME_HEADER)
		return FRAME_BAD;
	if (len < frame->length)
		return FRAME_SHORT;
	frame->crc = (uint32_t)get_bytes(at + AT_CRC, 4);
	frame->prev = (uint32_t)get_bytes(at + AT_PREV, 4);
	frame->first_seq = get_bytes(at + AT_SEQ, 6);
	frame->received_ms = (int64_t)get_bytes(at + AT_RECEIVED, 6);
	frame->lag = (uint32_t)get_bytes(at + AT_LAG, 3);
	cut = cut_of(at + FRAME_HEADER, frame->length - FRAME_HEADER);
	while (cut.at < cut.end) {
		if (!cut_event(&cut, &event, &seal, &crc))
			return FRAME_BAD;
		nevents++;
	}
	crc = crc32c(crc, at, 4);
	crc = crc32c(crc, at + AT_PREV, FRAME_HEADER - AT_PREV);
	frame->sum = crc;
	frame->last_seq = frame->first_seq + nevents - 1;
	return crc == frame->crc ? FRAME_OK : FRAME_BAD;
}

struct frame_cursor
frame_cursor_of(const struct frame *frame, const uint8_t *at)
{
	return (struct frame_cursor){ cut_of(at + FRAME_HEADER,
					  frame->length - FRAME_HEADER),
		frame->first_seq, frame->received_ms };
}

static bool
is_zero(const char *at, size_t len)
{
	return len == 0 ||
	    (at[0] == 0 && (len == 1 || !memcmp(at, at + 1, len - 1)));
}

bool
frame_next(struct frame_cursor *cursor, struct store_event *event,
    bool *is_body_bad)
{
	const uint8_t *seal;
	uint32_t salt, crc;

	if (cursor->cut.at >= cursor->cut.end)
		return false;
	if (!cut_event(&cursor->cut, event, &seal, NULL))
		return false;
	event->seq = cursor->seq++;
	event->received_ms = cursor->received_ms;
	event->is_erased = false;
	*is_body_bad = false;
	if (!seal)
		return true;
	salt = (uint32_t)get_bytes(seal, 4);
	crc = (uint32_t)get_bytes(seal + 4, 4);
	if (salt == 0 && crc == 0 && is_zero(event->body.at, event->body.len)) {
		event->is_erased = true;
		event->body.len = 0;
	} else {
		*is_body_bad =
		    crc32c(salt, event->body.at, event->body.len) != crc;
	}
	return true;
}

bool
frame_has_bodies(const struct frame *frame, const uint8_t *at)
{
	struct frame_cursor cursor = frame_cursor_of(frame, at);
	struct store_event event;
	bool is_bad;

	while (frame_next(&cursor, &event, &is_bad))
		if (is_bad)
			return false;
	return true;
}

uint64_t
frame_proves(const struct frame *frame)
{
	if (frame->lag >= FRAME_LAG_MAX || frame->lag > frame->first_seq)
		return 0;
	return frame->first_seq - frame->lag;
}
