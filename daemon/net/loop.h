/*
 * loop.h - the event loop: timers, signals, and wake-ups from other threads.
 * Loop thread, but for loop_wake.
 */
#ifndef TOCSIN_NET_LOOP_H
#define TOCSIN_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct loop_timer;
struct loop_wake;

/* NULL when out of memory.  free accepts NULL. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* For conn and listener only. */
struct event_base *loop_base(struct loop *loop);

typedef void loop_fn(void *who);

/*
 * For conn only: one thing that the connections of a loop share.  loop_free
 * hands it to release.
 */
void *loop_shared(const struct loop *loop); /* NULL until loop_share */
void loop_share(struct loop *loop, void *shared, loop_fn *release);

/* Run until loop_stop, or until nothing is left that could happen. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Call fn on this signal; false when out of memory.  Lives as the loop. */
bool loop_on_signal(struct loop *loop, int number, loop_fn *fn, void *who);

/* A repeating timer; first after ms.  free accepts NULL. */
struct loop_timer *loop_timer_new(struct loop *loop, int64_t every_ms,
    loop_fn *fn, void *who);
void loop_timer_free(struct loop_timer *timer);

/*
 * Call fn soon, once, on the loop thread, after the present callbacks; asked
 * for by such an fn itself, after the next ones, so that sockets are never
 * starved.  false when out of memory.
 */
bool loop_soon(struct loop *loop, loop_fn *fn, void *who);

/*
 * A wake-up (eventfd): loop_wake_now may be called on any thread, any number
 * of times; fn runs once or more on the loop thread after.
 */
struct loop_wake *loop_wake_new(struct loop *loop, loop_fn *fn, void *who);
void loop_wake_now(struct loop_wake *wake);  /* any thread */
void loop_wake_free(struct loop_wake *wake); /* NULL is fine */

/* Milliseconds of the monotonic clock. */
int64_t loop_now_ms(void);

#endif
