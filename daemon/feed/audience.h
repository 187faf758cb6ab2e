/*
 * audience.h - subscribers who want the same: one filter, one method, the
 * same leading arguments.  What one of them is sent is encoded once and kept
 * for the others who stand at the same place.  Loop thread.
 */
#ifndef TOCSIN_FEED_AUDIENCE_H
#define TOCSIN_FEED_AUDIENCE_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/feed/follow.h"
#include "daemon/feed/hub.h"

struct audience {
	struct audience *next; /* owned by the hub's list */
	struct buf key;        /* all that makes it what it is */
	struct filter *filter; /* owned; NULL wants all */
	struct filter *except; /* owned; NULL none */
	enum event_reader reader;
	struct text method; /* within key */
	struct text args;   /* within key: the items, without the list */
	uint32_t nargs;
	unsigned nmembers;
	unsigned turn; /* the burst slot used next */
	struct audience_burst {
		bool is_used;
		uint32_t from; /* index of the first event judged */
		uint64_t snapshot;
		struct cursor to;
		uint64_t last_seq; /* newest event in it, 0 none */
		unsigned nframes;
		struct buf bytes; /* whole frames; empty: nothing matched */
	} burst[8];
};

/*
 * Make one; takes filter and except of options in any case.  NULL when out of
 * memory.
 */
struct audience *audience_new(struct subscribe_options *options);
void audience_free(struct audience *audience); /* NULL is fine */

/* Do both want the same? */
bool audience_equal(const struct audience *a, const struct audience *b);

struct audience_context {
	struct events *events;
	const uint8_t *instance;
	uint32_t epoch;
	uint64_t reads_max; /* reads of the log left in this turn */
	size_t burst_bytes; /* with so many no frame is added to a burst */
	size_t bytes;       /* of all bursts kept, of all audiences */
};

/*
 * The frames for who stands at cursor, one behind the other, so that they are
 * sent together; borrowed until the next call.  They lead nowhere when the
 * turn's reads are spent.  NULL when the log cannot be read or memory runs
 * out.
 */
const struct audience_burst *audience_burst(struct audience *audience,
    struct audience_context *context, const struct cursor *cursor);

/* Forget the bursts kept. */
void audience_forget(struct audience *audience,
    struct audience_context *context);

#endif
