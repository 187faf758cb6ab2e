#include "daemon/store/log/sealer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "daemon/store/log/seal.h"

enum { SEALER_NICE = 15 };

struct sealer {
	struct shelf *shelf;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t applied;       /* lock */
	bool is_poked, is_busy; /* lock */
	unsigned nwaiting;      /* lock; callers of sealer_wait */
	_Atomic int64_t appended_ms;
	atomic_bool is_stopping;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Compressing takes from ingest what cores and caches there are, and can be
 * done later.  Waits for quiet, for too many segments, for somebody who waits
 * for the sealer, or for its end.
 */
static void
hold_back(struct sealer *sealer)
{
	pthread_mutex_lock(&sealer->lock);
	while (!sealer->is_stopping && sealer->nwaiting == 0 &&
	    now_ms() - sealer->appended_ms < SEALER_QUIET_MS &&
	    shelf_plain(sealer->shelf) <= SEALER_HELD_MAX) {
		struct timespec until;

		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		(void)pthread_cond_timedwait(&sealer->changed, &sealer->lock,
		    &until);
	}
	pthread_mutex_unlock(&sealer->lock);
}

/* Seal all that may be sealed. */
static void
work(struct sealer *sealer, uint64_t applied)
{
	struct shelf *shelf = sealer->shelf;
	const struct seal_options options = { .dir = shelf->dir,
		.stop = &sealer->is_stopping };
	int result = STORE_OK;

	while (result == STORE_OK && !atomic_load(&sealer->is_stopping)) {
		struct store_fault fault = { .result = STORE_OK };
		struct segment *segment = shelf_hold_plain(shelf, applied);

		if (!segment)
			return;
		hold_back(sealer);
		shelf_begin_swap(shelf);
		if (shelf_has(shelf, segment)) {
			result = seal_write(&options, segment, &fault);
			if (result == STORE_OK)
				result = shelf_swap(shelf, segment);
			else if (result != STORE_REFUSED)
				shelf_fail(shelf, &fault);
		}
		shelf_end_swap(shelf);
		shelf_drop(shelf, segment);
	}
}

static void *
run(void *arg)
{
	struct sealer *sealer = arg;

	(void)pthread_setname_np(pthread_self(), "store-seal");
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), SEALER_NICE);
	pthread_mutex_lock(&sealer->lock);
	while (!sealer->is_stopping) {
		uint64_t applied = sealer->applied;

		if (!sealer->is_poked) {
			sealer->is_busy = false;
			pthread_cond_broadcast(&sealer->changed);
			pthread_cond_wait(&sealer->changed, &sealer->lock);
			continue;
		}
		sealer->is_poked = false;
		sealer->is_busy = true;
		pthread_mutex_unlock(&sealer->lock);
		work(sealer, applied);
		pthread_mutex_lock(&sealer->lock);
	}
	pthread_mutex_unlock(&sealer->lock);
	return NULL;
}

struct sealer *
sealer_start(struct shelf *shelf)
{
	struct sealer *sealer = calloc(1, sizeof(*sealer));
	pthread_condattr_t clock;

	if (!sealer)
		return NULL;
	sealer->shelf = shelf;
	sealer->appended_ms = INT64_MIN / 2;
	pthread_mutex_init(&sealer->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&sealer->changed, &clock);
	pthread_condattr_destroy(&clock);
	if (pthread_create(&sealer->thread, NULL, run, sealer) == 0)
		return sealer;
	free(sealer);
	return NULL;
}

void
sealer_stop(struct sealer *sealer)
{
	if (!sealer)
		return;
	pthread_mutex_lock(&sealer->lock);
	sealer->is_stopping = true;
	pthread_cond_broadcast(&sealer->changed);
	pthread_mutex_unlock(&sealer->lock);
	(void)pthread_join(sealer->thread, NULL);
	pthread_cond_destroy(&sealer->changed);
	pthread_mutex_destroy(&sealer->lock);
	free(sealer);
}

void
sealer_poke(struct sealer *sealer, uint64_t applied)
{
	pthread_mutex_lock(&sealer->lock);
	sealer->applied = applied;
	sealer->is_poked = true;
	pthread_cond_broadcast(&sealer->changed);
	pthread_mutex_unlock(&sealer->lock);
}

void
sealer_note_append(struct sealer *sealer)
{
	atomic_store_explicit(&sealer->appended_ms, now_ms(),
	    memory_order_relaxed);
}

void
sealer_wait(struct sealer *sealer)
{
	pthread_mutex_lock(&sealer->lock);
	sealer->nwaiting++;
	pthread_cond_broadcast(&sealer->changed);
	while (sealer->is_poked || sealer->is_busy)
		pthread_cond_wait(&sealer->changed, &sealer->lock);
	sealer->nwaiting--;
	pthread_mutex_unlock(&sealer->lock);
}
