/*
 * frame.h - the envelope of the log: one frame is an atomic group of events.
 * Little-endian: length u32 (whole frame), crc u32, prev u32 (crc of the frame
 * before), first sequence u48, received u48 (ms), lag u24 (first sequence less
 * the durable one known when it was written); then the events, up to the
 * frame's end: type u8, header length varint, body length varint, [with a
 * body: salt u32, body crc u32], header, body.
 * The frame's crc covers everything but salts, body crcs and bodies, so that a
 * body can be erased (salt, crc and body become zeroes).  It starts from the
 * store's secret seed: no report can carry bytes that look like a frame.
 */
#ifndef TOCSIN_STORE_LOG_FRAME_H
#define TOCSIN_STORE_LOG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

enum {
	FRAME_HEADER = 27,
	FRAME_LAG_MAX = 0xffffff, /* this far behind or unknown */
};

/* One event of the log; texts borrow. */
struct store_event {
	uint64_t seq;
	int64_t received_ms;
	uint8_t type;       /* enum record_type */
	struct text header; /* survives erasure; checked by the frame's CRC */
	struct text body;   /* may be erased; its own salted CRC */
	bool is_erased;     /* body is then empty */
};

/* A callback over events; non-zero stops the walk and is returned. */
typedef int store_visit(void *who, const struct store_event *event);

struct frame {
	uint32_t length;
	uint32_t crc; /* as it stands there */
	uint32_t sum; /* as it should be, if the events can be told apart */
	uint32_t prev;
	uint32_t lag;
	uint64_t first_seq;
	uint64_t last_seq;
	int64_t received_ms;
};

/* Frames being gathered for one write.  Zeroed but for the middle is fresh. */
struct frame_maker {
	uint32_t seed;
	uint32_t chain; /* crc of the last ended frame */
	uint64_t next_seq;
	uint64_t salt; /* state of the salts; any start value */

	struct buf bytes; /* ended frames, then the open one */
	size_t ended;     /* bytes of ended frames */
	bool is_open;
	uint64_t first_seq;  /* of the open frame */
	int64_t received_ms; /* of the open frame */
	uint32_t crc;        /* running */
};

/* Release the memory.  NULL is fine. */
void frame_maker_free(struct frame_maker *maker);

/* Begin a frame, add events, end it; a frame without events leaves nothing. */
void frame_begin(struct frame_maker *maker, int64_t received_ms);
/* Returns the event's sequence. */
uint64_t frame_add(struct frame_maker *maker, uint8_t type, struct text header,
    struct text body);
void frame_end(struct frame_maker *maker, uint64_t durable_seq);

/* Forget everything gathered; the next frame follows seq and chain. */
void frame_reset(struct frame_maker *maker, uint64_t last_seq, uint32_t chain);

enum frame_state {
	FRAME_OK,
	FRAME_NONE,  /* a zero length: nothing was written here */
	FRAME_SHORT, /* more bytes are needed to tell: frame->length, if set */
	FRAME_BAD,
};

/* Is there a whole, sound frame at these bytes?  Bodies are not looked at. */
enum frame_state frame_read(const uint8_t *at, size_t len, uint32_t seed,
    struct frame *frame);

/* Cuts the events out of a frame that frame_read found sound. */
struct frame_cursor {
	struct cut cut;
	uint64_t seq; /* of the next event */
	int64_t received_ms;
};
struct frame_cursor frame_cursor_of(const struct frame *frame,
    const uint8_t *at);

/* The next event.  false at the end. */
bool frame_next(struct frame_cursor *cursor, struct store_event *event,
    bool *is_body_bad);

/* Is each body of a sound frame whole, or erased? */
bool frame_has_bodies(const struct frame *frame, const uint8_t *at);

/*
 * The highest sequence this frame proves to have been durable when it was
 * written, 0 for none.
 */
uint64_t frame_proves(const struct frame *frame);

#endif
