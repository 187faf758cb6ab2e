/*
 * cursor.h - where a subscriber stands: opaque text of instance, epoch and
 * position.  A position may stand inside a snapshot.
 */
#ifndef TOCSIN_FEED_CURSOR_H
#define TOCSIN_FEED_CURSOR_H

#include <stdint.h>

#include "base/text.h"
#include "proto/error.h"

struct cursor {
	uint64_t snapshot; /* head of the snapshot it stands in; 0: live */
	uint64_t position; /* last sequence seen (within the snapshot: of the
			      alert's newest event) */
};

enum { CURSOR_MAX = 80 };

/* instance is the store's 16 bytes.  NUL-terminated. */
size_t cursor_format(const struct cursor *cursor, const uint8_t instance[16],
    uint32_t epoch, char out[CURSOR_MAX]);

/*
 * 0; ERROR_INVALID (not a cursor); ERROR_CURSOR_GONE (another store or epoch,
 * or a position after head).
 */
MUST_CHECK int cursor_parse(struct text text, const uint8_t instance[16],
    uint32_t epoch, uint64_t head, struct cursor *cursor, struct refusal *why);

#endif
