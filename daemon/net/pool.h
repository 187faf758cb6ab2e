/*
 * pool.h - what the connections of one loop share: a chunk to read into, a
 * watch, and the list of those with something to do at the end of this turn.
 * Loop thread.
 */
#ifndef TOCSIN_NET_POOL_H
#define TOCSIN_NET_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/net/inbox.h"
#include "daemon/net/loop.h"
#include "daemon/net/watch.h"

struct pool;

/* A connection's place in the list.  Zeroed but for conn: not due. */
struct pooled {
	TAILQ_ENTRY(pooled) link;
	struct conn *conn;
	bool is_due;
};

TAILQ_HEAD(pooled_list, pooled);

struct pool_events {
	watch_fn *on_frame_late;
	watch_fn *on_output_late;
	/* Its turn: it may become due again, and be freed. */
	void (*on_turn)(struct conn *conn);
	/* All have had their turn. */
	void (*on_turned)(struct pool *pool);
};

struct pool {
	struct loop *loop;
	const struct pool_events *events;
	struct pooled_list due;
	struct watch watch;
	bool is_scheduled;
	uint8_t chunk[INBOX_CHUNK];
};

/*
 * The loop's pool, made at the first call and freed with the loop; events are
 * borrowed for as long.  NULL when out of memory.
 */
struct pool *pool_of(struct loop *loop, const struct pool_events *events);

/* Give it a turn once the present callbacks are done; any number of times. */
void pool_due(struct pool *pool, struct pooled *pooled);

/* It is gone: give it no turn. */
void pool_forget(struct pool *pool, struct pooled *pooled);

#endif
