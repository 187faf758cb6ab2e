/*
 * loop.c - libevent turned one round at a time, so that what was put off
 * with loop_soon runs when all events of the round have been seen.
 */
#include "daemon/net/loop.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

struct soon {
	loop_fn *fn;
	void *who;
};

struct soon_list {
	struct soon *item; /* owned */
	size_t count;
	size_t cap;
};

struct signal_watch {
	struct signal_watch *next;
	struct event *event; /* owned */
	loop_fn *fn;
	void *who;
};

struct loop {
	struct event_base *base;
	struct soon_list soon;    /* asked for since the last round */
	struct soon_list running; /* being called now */
	struct signal_watch *signals;
	void *shared;
	loop_fn *release_shared;
	bool is_stopping;
};

struct loop_timer {
	struct event *event;
	loop_fn *fn;
	void *who;
};

struct loop_wake {
	struct event *event;
	int fd;
	loop_fn *fn;
	void *who;
};

static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	if (!config)
		return NULL;
	/* One thread: other threads speak through an eventfd only. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (!loop)
		return NULL;
	loop->base = new_base();
	if (!loop->base) {
		free(loop);
		return NULL;
	}
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->release_shared)
		loop->release_shared(loop->shared);
	while (loop->signals) {
		struct signal_watch *watch = loop->signals;
		loop->signals = watch->next;
		event_free(watch->event);
		free(watch);
	}
	event_base_free(loop->base);
	free(loop->soon.item);
	free(loop->running.item);
	free(loop);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

void *
loop_shared(const struct loop *loop)
{
	return loop->shared;
}

void
loop_share(struct loop *loop, void *shared, loop_fn *release)
{
	loop->shared = shared;
	loop->release_shared = release;
}

static void
run_soon(struct loop *loop)
{
	struct soon_list due = loop->soon;
	loop->soon = loop->running;
	loop->soon.count = 0;
	loop->running = due;
	for (size_t i = 0; i < due.count; i++)
		due.item[i].fn(due.item[i].who);
}

void
loop_run(struct loop *loop)
{
	while (!loop->is_stopping) {
		int flags = EVLOOP_ONCE;
		if (loop->soon.count > 0)
			flags |= EVLOOP_NONBLOCK;
		int idle = event_base_loop(loop->base, flags);
		if (idle != 0 && loop->soon.count == 0)
			break;
		run_soon(loop);
	}
	loop->is_stopping = false;
}

void
loop_stop(struct loop *loop)
{
	loop->is_stopping = true;
}

static void
on_signal(evutil_socket_t number, short what, void *who)
{
	struct signal_watch *watch = who;
	(void)number;
	(void)what;
	watch->fn(watch->who);
}

bool
loop_on_signal(struct loop *loop, int number, loop_fn *fn, void *who)
{
	struct signal_watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return false;
	watch->fn = fn;
	watch->who = who;
	watch->event = evsignal_new(loop->base, number, on_signal, watch);
	if (!watch->event || event_add(watch->event, NULL) != 0)
		goto fail;
	watch->next = loop->signals;
	loop->signals = watch;
	return true;
fail:
	if (watch->event)
		event_free(watch->event);
	free(watch);
	return false;
}

static void
on_timer(evutil_socket_t fd, short what, void *who)
{
	struct loop_timer *timer = who;
	(void)fd;
	(void)what;
	timer->fn(timer->who);
}

struct loop_timer *
loop_timer_new(struct loop *loop, int64_t every_ms, loop_fn *fn, void *who)
{
	struct timeval every = {
		.tv_sec = every_ms / 1000,
		.tv_usec = every_ms % 1000 * 1000,
	};
	struct loop_timer *timer = calloc(1, sizeof(*timer));
	if (!timer)
		return NULL;
	timer->fn = fn;
	timer->who = who;
	timer->event = event_new(loop->base, -1, EV_PERSIST, on_timer, timer);
	if (!timer->event || event_add(timer->event, &every) != 0)
		goto fail;
	return timer;
fail:
	loop_timer_free(timer);
	return NULL;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	if (timer->event)
		event_free(timer->event);
	free(timer);
}

bool
loop_soon(struct loop *loop, loop_fn *fn, void *who)
{
	struct soon_list *list = &loop->soon;
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 16;
		struct soon *item = realloc(list->item, cap * sizeof(*item));
		if (!item)
			return false;
		list->item = item;
		list->cap = cap;
	}
	list->item[list->count++] = (struct soon){ fn, who };
	return true;
}

static void
on_wake(evutil_socket_t fd, short what, void *who)
{
	struct loop_wake *wake = who;
	eventfd_t count;
	(void)what;
	/* Emptied first: a wake-up during fn makes another round. */
	(void)eventfd_read(fd, &count);
	wake->fn(wake->who);
}

struct loop_wake *
loop_wake_new(struct loop *loop, loop_fn *fn, void *who)
{
	struct loop_wake *wake = calloc(1, sizeof(*wake));
	if (!wake)
		return NULL;
	wake->fn = fn;
	wake->who = who;
	wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wake->fd < 0)
		goto fail;
	wake->event = event_new(loop->base, wake->fd, EV_READ | EV_PERSIST,
	    on_wake, wake);
	if (!wake->event || event_add(wake->event, NULL) != 0)
		goto fail;
	return wake;
fail:
	loop_wake_free(wake);
	return NULL;
}

void
loop_wake_now(struct loop_wake *wake)
{
	/* A full counter is a pending wake-up already. */
	(void)eventfd_write(wake->fd, 1);
}

void
loop_wake_free(struct loop_wake *wake)
{
	if (!wake)
		return;
	if (wake->event)
		event_free(wake->event);
	if (wake->fd >= 0)
		close(wake->fd);
	free(wake);
}

int64_t
loop_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
