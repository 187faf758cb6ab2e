/*
 * follow.h - the alert events that one filter wants, from a cursor on: first
 * what is left of its snapshot, then what came after.  The one place that
 * decides which event is sent and as what, for pushes and fetches alike.
 */
#ifndef TOCSIN_FEED_FOLLOW_H
#define TOCSIN_FEED_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/feed/cursor.h"
#include "daemon/feed/events.h"
#include "daemon/feed/filter.h"

struct follow {
	struct events *events;       /* borrowed */
	const struct filter *filter; /* borrowed; NULL wants all */
	/* Snapshot only: alerts that match it are known already; or NULL. */
	const struct filter *except;
	enum event_reader reader;
	bool latest;        /* only events that are the newest of their alert */
	uint64_t reads_max; /* reads of the log before it pauses */
	struct cursor cursor; /* moves over all that was judged */
};

enum follow_result {
	FOLLOW_FOUND,
	FOLLOW_END,   /* nothing behind the cursor */
	FOLLOW_PAUSE, /* reads_max is spent; there may be more */
	FOLLOW_FAULT, /* the log cannot be read at the cursor */
};

struct follow_found {
	uint32_t index;
	bool is_snapshot;
	bool has_left;        /* matched before, does not now */
	struct cursor cursor; /* behind this event */
};

/* The next event wanted. */
enum follow_result follow_next(struct follow *follow,
    struct follow_found *found);

/* Does anything, wanted or not, stand behind this cursor? */
bool follow_has_more(const struct events *events, const struct cursor *cursor);

/*
 * Append the EVENT map of what was found; false when the log cannot be read.
 * instance is the store's 16 bytes.
 */
bool follow_write(struct events *events, const struct follow_found *found,
    const uint8_t instance[16], uint32_t epoch, struct buf *out);

#endif
