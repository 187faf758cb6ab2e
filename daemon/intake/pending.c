#include "daemon/intake/pending.h"

void
pending_init(struct pending *pending)
{
	*pending = (struct pending){ 0 };
	pending->last = &pending->first;
	pending->done_last = &pending->done;
	pthread_mutex_init(&pending->mutex, NULL);
}

void
pending_fini(struct pending *pending)
{
	pthread_mutex_destroy(&pending->mutex);
}

void
pending_put(struct pending *pending, struct work *list)
{
	if (!list)
		return;
	pthread_mutex_lock(&pending->mutex);
	*pending->last = list;
	while (list->next)
		list = list->next;
	pending->last = &list->next;
	pthread_mutex_unlock(&pending->mutex);
}

/* With the mutex held. */
static void
put_done(struct pending *pending, struct work *work)
{
	work->next = NULL;
	*pending->done_last = work;
	pending->done_last = &work->next;
}

bool
pending_release(struct pending *pending, uint64_t durable, uint64_t applied,
    bool is_stuck)
{
	struct work **at;
	bool some = false;

	pthread_mutex_lock(&pending->mutex);
	while (pending->first && pending->first->barrier <= durable) {
		struct work *work = pending->first;

		pending->first = work->next;
		if (!pending->first)
			pending->last = &pending->first;
		if (work->wants_applied) {
			work->next = pending->applied;
			pending->applied = work;
			continue;
		}
		put_done(pending, work);
		some = true;
	}
	for (at = &pending->applied; *at;) {
		struct work *work = *at;

		if (work->barrier > applied && !is_stuck) {
			at = &work->next;
			continue;
		}
		work->failed = work->failed || work->barrier > applied;
		*at = work->next;
		put_done(pending, work);
		some = true;
	}
	pthread_mutex_unlock(&pending->mutex);
	return some;
}

bool
pending_waits_for_lmdb(struct pending *pending)
{
	bool waits;

	pthread_mutex_lock(&pending->mutex);
	waits = pending->applied != NULL;
	pthread_mutex_unlock(&pending->mutex);
	return waits;
}

struct work *
pending_take_done(struct pending *pending)
{
	struct work *work;

	pthread_mutex_lock(&pending->mutex);
	work = pending->done;
	pending->done = NULL;
	pending->done_last = &pending->done;
	pthread_mutex_unlock(&pending->mutex);
	return work;
}

struct work *
pending_take_waiting(struct pending *pending)
{
	struct work *work;

	pthread_mutex_lock(&pending->mutex);
	work = pending->applied;
	pending->applied = NULL;
	pthread_mutex_unlock(&pending->mutex);
	return work;
}
