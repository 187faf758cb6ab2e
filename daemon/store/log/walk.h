/*
 * walk.h - frames and events by sequence, over all segments.  Any thread; what
 * is asked for must be durable.
 */
#ifndef TOCSIN_STORE_LOG_WALK_H
#define TOCSIN_STORE_LOG_WALK_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/frame.h"
#include "daemon/store/log/shelf.h"

/* A place between two frames. */
struct log_position {
	uint64_t seq; /* of the last event before it */
	uint64_t segment;
	uint64_t offset; /* in the unsealed segment */
	uint32_t chain;  /* crc of the frame before it */
};

/*
 * Walk frames from the one that holds from to the one that holds to.  visit
 * gets the frame, its bytes (borrowed) and the place after it; non-zero stops
 * and is returned.
 */
typedef int walk_frame(void *who, const struct frame *frame,
    const uint8_t *bytes, const struct log_position *after);
int walk_frames(struct shelf *shelf, uint64_t from, uint64_t to,
    walk_frame *visit, void *who);

/* Walk events from..to.  A damaged body is STORE_CORRUPT. */
int walk_events(struct shelf *shelf, uint64_t from, uint64_t to,
    store_visit *visit, void *who);

/* One event; its texts borrow from scratch. */
int walk_read(struct shelf *shelf, uint64_t seq, struct buf *scratch,
    struct store_event *event);

/* Remember that the body of this event is damaged; STORE_CORRUPT. */
int walk_body_bad(struct shelf *shelf, uint64_t seq);

#endif
