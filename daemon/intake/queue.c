#include "daemon/intake/queue.h"

#include <time.h>

void
queue_init(struct queue *queue)
{
	pthread_condattr_t monotonic;

	*queue = (struct queue){ 0 };
	queue->last = &queue->first;
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->filled, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void
queue_fini(struct queue *queue)
{
	pthread_cond_destroy(&queue->filled);
	pthread_mutex_destroy(&queue->mutex);
}

void
queue_put(struct queue *queue, struct work *list)
{
	struct work *last = list;

	while (last->next)
		last = last->next;
	pthread_mutex_lock(&queue->mutex);
	*queue->last = list;
	queue->last = &last->next;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
}

static struct timespec
deadline(int64_t wait_ms)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += wait_ms / 1000;
	when.tv_nsec += wait_ms % 1000 * 1000000;
	if (when.tv_nsec >= 1000000000) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000;
	}
	return when;
}

struct work *
queue_take(struct queue *queue, int64_t wait_ms)
{
	struct timespec until = deadline(wait_ms > 0 ? wait_ms : 0);
	struct work *taken;
	int late = 0;

	pthread_mutex_lock(&queue->mutex);
	while (!queue->first && !queue->is_woken && !late && wait_ms != 0)
		late = wait_ms < 0
		    ? pthread_cond_wait(&queue->filled, &queue->mutex)
		    : pthread_cond_timedwait(&queue->filled, &queue->mutex,
			  &until);
	taken = queue->first;
	queue->first = NULL;
	queue->last = &queue->first;
	queue->is_woken = false;
	pthread_mutex_unlock(&queue->mutex);
	return taken;
}

void
queue_wake(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->is_woken = true;
	pthread_cond_signal(&queue->filled);
	pthread_mutex_unlock(&queue->mutex);
}
