/* pool.c - one deferred call a turn for all who have something to do. */
#include "daemon/net/pool.h"

#include <stdlib.h>

static void
free_pool(void *who)
{
	struct pool *pool = who;
	watch_fini(&pool->watch);
	free(pool);
}

struct pool *
pool_of(struct loop *loop, const struct pool_events *events)
{
	struct pool *pool = loop_shared(loop);
	if (pool)
		return pool;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->loop = loop;
	pool->events = events;
	TAILQ_INIT(&pool->due);
	watch_init(&pool->watch, loop, events->on_frame_late,
	    events->on_output_late);
	loop_share(loop, pool, free_pool);
	return pool;
}

static void
turn(void *who)
{
	struct pool *pool = who;
	struct pooled_list due = TAILQ_HEAD_INITIALIZER(due);
	struct pooled *pooled;
	pool->is_scheduled = false;
	TAILQ_CONCAT(&due, &pool->due, link);
	while ((pooled = TAILQ_FIRST(&due))) {
		TAILQ_REMOVE(&due, pooled, link);
		pooled->is_due = false;
		pool->events->on_turn(pooled->conn);
	}
	pool->events->on_turned(pool);
}

void
pool_due(struct pool *pool, struct pooled *pooled)
{
	if (!pooled->is_due) {
		pooled->is_due = true;
		TAILQ_INSERT_TAIL(&pool->due, pooled, link);
	}
	if (!pool->is_scheduled)
		pool->is_scheduled = loop_soon(pool->loop, turn, pool);
}

void
pool_forget(struct pool *pool, struct pooled *pooled)
{
	if (!pooled->is_due)
		return;
	pooled->is_due = false;
	TAILQ_REMOVE(&pool->due, pooled, link);
}
