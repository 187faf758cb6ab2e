#include "daemon/store/log/syncer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/store/log/fault.h"

struct syncer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked, done;
	uint64_t written;         /* lock */
	int fd;                   /* lock; where it was written */
	bool is_stopping;         /* lock */
	_Atomic uint64_t durable; /* changed under lock */
	_Atomic uint64_t count;
	void (*on_durable)(void *who, uint64_t seq);
	void *who;
};

static void *
run(void *arg)
{
	struct syncer *syncer = arg;

	(void)pthread_setname_np(pthread_self(), "store-sync");
	pthread_mutex_lock(&syncer->lock);
	for (;;) {
		uint64_t written = syncer->written;
		int fd = syncer->fd;

		if (written <= syncer->durable) {
			if (syncer->is_stopping)
				break;
			pthread_cond_wait(&syncer->asked, &syncer->lock);
			continue;
		}
		pthread_mutex_unlock(&syncer->lock);
		/* After a failure the page cache lies: no second attempt. */
		if (fdatasync(fd) != 0)
			fault_exit("log: fdatasync", errno);
		atomic_fetch_add(&syncer->count, 1);
		pthread_mutex_lock(&syncer->lock);
		syncer->durable = written;
		pthread_cond_broadcast(&syncer->done);
		pthread_mutex_unlock(&syncer->lock);
		if (syncer->on_durable)
			syncer->on_durable(syncer->who, written);
		pthread_mutex_lock(&syncer->lock);
	}
	pthread_mutex_unlock(&syncer->lock);
	return NULL;
}

struct syncer *
syncer_start(uint64_t durable_seq, void (*on_durable)(void *who, uint64_t seq),
    void *who)
{
	struct syncer *syncer = calloc(1, sizeof(*syncer));

	if (!syncer)
		return NULL;
	pthread_mutex_init(&syncer->lock, NULL);
	pthread_cond_init(&syncer->asked, NULL);
	pthread_cond_init(&syncer->done, NULL);
	syncer->written = durable_seq;
	atomic_init(&syncer->durable, durable_seq);
	syncer->on_durable = on_durable;
	syncer->who = who;
	syncer->fd = -1;
	if (pthread_create(&syncer->thread, NULL, run, syncer) == 0)
		return syncer;
	free(syncer);
	return NULL;
}

void
syncer_stop(struct syncer *syncer)
{
	if (!syncer)
		return;
	pthread_mutex_lock(&syncer->lock);
	syncer->is_stopping = true;
	pthread_cond_signal(&syncer->asked);
	pthread_mutex_unlock(&syncer->lock);
	(void)pthread_join(syncer->thread, NULL);
	pthread_cond_destroy(&syncer->done);
	pthread_cond_destroy(&syncer->asked);
	pthread_mutex_destroy(&syncer->lock);
	free(syncer);
}

void
syncer_ask(struct syncer *syncer, int fd, uint64_t seq)
{
	pthread_mutex_lock(&syncer->lock);
	syncer->written = seq;
	syncer->fd = fd;
	pthread_cond_signal(&syncer->asked);
	pthread_mutex_unlock(&syncer->lock);
}

void
syncer_wait_for(struct syncer *syncer, uint64_t seq)
{
	pthread_mutex_lock(&syncer->lock);
	while (syncer->durable < seq)
		pthread_cond_wait(&syncer->done, &syncer->lock);
	pthread_mutex_unlock(&syncer->lock);
}

void
syncer_wait(struct syncer *syncer)
{
	pthread_mutex_lock(&syncer->lock);
	while (syncer->durable < syncer->written)
		pthread_cond_wait(&syncer->done, &syncer->lock);
	pthread_mutex_unlock(&syncer->lock);
}

uint64_t
syncer_durable(const struct syncer *syncer)
{
	return atomic_load(&syncer->durable);
}

uint64_t
syncer_count(const struct syncer *syncer)
{
	return atomic_load(&syncer->count);
}
