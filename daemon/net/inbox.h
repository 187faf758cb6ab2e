/*
 * inbox.h - what a peer sends, gathered into whole frames.  Reads into a
 * chunk lent by the caller and hands frames over in place; only an unfinished
 * rest is copied aside, so an idle inbox holds no memory.  Loop thread.
 */
#ifndef TOCSIN_NET_INBOX_H
#define TOCSIN_NET_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "daemon/net/transport.h"
#include "proto/scan.h"

enum { INBOX_CHUNK = 256 * 1024 }; /* bytes of the lent chunk */

/* Zeroed is empty and valid. */
struct inbox {
	struct scan scan;    /* of the frame at view */
	struct buf rest;     /* owned: bytes kept between reads */
	const uint8_t *view; /* not handed over yet: in rest, or in the chunk */
	size_t left;         /* bytes at view */
	bool is_shared; /* view lies in the chunk: settle before returning */
};

enum inbox_got {
	INBOX_GOT,    /* bytes: walk them with inbox_next */
	INBOX_NONE,   /* no bytes for now */
	INBOX_END,    /* the peer will send no more */
	INBOX_FAILED, /* errno says why, as transport_receive does */
};

/* Read once; chunk has INBOX_CHUNK bytes. */
enum inbox_got inbox_receive(struct inbox *inbox, struct transport *transport,
    const struct scan_limits *limits, uint8_t *chunk);

/*
 * The next frame: SCAN_WHOLE with frame, borrowed until the next call on
 * inbox; SCAN_MORE; or SCAN_BAD with what there is of it in frame and the
 * reason in inbox->scan.why.
 */
enum scan_result inbox_next(struct inbox *inbox,
    const struct scan_limits *limits, struct text *frame);

/* Give the chunk back: keep what is left.  false when out of memory. */
bool inbox_settle(struct inbox *inbox);

/* Forget everything, release the memory. */
void inbox_free(struct inbox *inbox);

#endif
