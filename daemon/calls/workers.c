#include "daemon/calls/workers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { WORKERS_MAX = 8 };

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct job *first, **last;     /* to run */
	struct job *done, **done_last; /* to hand back */
	bool is_stopping;
	struct loop_wake *wake;
	unsigned count;
	pthread_t thread[WORKERS_MAX];
};

static void *
worker_main(void *who)
{
	struct workers *workers = who;

	pthread_mutex_lock(&workers->mutex);
	for (;;) {
		struct job *job = workers->first;

		if (!job) {
			if (workers->is_stopping)
				break;
			pthread_cond_wait(&workers->filled, &workers->mutex);
			continue;
		}
		workers->first = job->next;
		if (!workers->first)
			workers->last = &workers->first;
		pthread_mutex_unlock(&workers->mutex);
		job->run(job);
		pthread_mutex_lock(&workers->mutex);
		job->next = NULL;
		*workers->done_last = job;
		workers->done_last = &job->next;
		loop_wake_now(workers->wake);
	}
	pthread_mutex_unlock(&workers->mutex);
	return NULL;
}

static void
hand_back(void *who)
{
	struct workers *workers = who;
	struct job *job;

	pthread_mutex_lock(&workers->mutex);
	job = workers->done;
	workers->done = NULL;
	workers->done_last = &workers->done;
	pthread_mutex_unlock(&workers->mutex);
	while (job) {
		struct job *next = job->next;

		job->done(job);
		job = next;
	}
}

struct workers *
workers_start(struct loop *loop, unsigned count)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (!workers)
		return NULL;
	pthread_mutex_init(&workers->mutex, NULL);
	pthread_cond_init(&workers->filled, NULL);
	workers->last = &workers->first;
	workers->done_last = &workers->done;
	workers->wake = loop_wake_new(loop, hand_back, workers);
	if (!workers->wake)
		goto fail;
	while (workers->count < count && workers->count < WORKERS_MAX) {
		if (pthread_create(&workers->thread[workers->count], NULL,
			worker_main, workers))
			goto fail;
		workers->count++;
	}
	return workers;
fail:
	workers_stop(workers);
	return NULL;
}

void
workers_stop(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->mutex);
	workers->is_stopping = true;
	pthread_cond_broadcast(&workers->filled);
	pthread_mutex_unlock(&workers->mutex);
	for (unsigned i = 0; i < workers->count; i++)
		pthread_join(workers->thread[i], NULL);
	hand_back(workers);
	loop_wake_free(workers->wake);
	pthread_cond_destroy(&workers->filled);
	pthread_mutex_destroy(&workers->mutex);
	free(workers);
}

void
workers_put(struct workers *workers, struct job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&workers->mutex);
	*workers->last = job;
	workers->last = &job->next;
	pthread_cond_signal(&workers->filled);
	pthread_mutex_unlock(&workers->mutex);
}
