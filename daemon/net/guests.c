#include "daemon/net/guests.h"

#include <stdlib.h>

#include "daemon/metrics.h"
#include "daemon/net/census.h"

enum { SWEEP_MS = 5, LATE_A_SWEEP = 8, CONNECTIONS_MAX = 1 << 20 };

TAILQ_HEAD(guest_queue, guest);

struct guests {
	struct guests_limits limits;
	const struct guests_events *events;
	struct census *census;
	struct loop *loop;
	struct loop_timer *sweep;  /* while there are strangers */
	struct guest_queue silent; /* strangers that have sent no frame yet */
	struct guest_queue idle;   /* the others */
};

/* --- deadlines ----------------------------------------------------------- */

static void sweep(void *who);

static void
enqueue(struct guests *guests, struct guest *guest)
{
	int64_t time_ms = guest->has_spoken ? guests->limits.idle_ms
					    : guests->limits.first_frame_ms;

	guest->by_ms = time_ms ? loop_now_ms() + time_ms : INT64_MAX;
	if (guest->has_spoken)
		TAILQ_INSERT_TAIL(&guests->idle, guest, link);
	else
		TAILQ_INSERT_TAIL(&guests->silent, guest, link);
	if (!guests->sweep)
		guests->sweep =
		    loop_timer_new(guests->loop, SWEEP_MS, sweep, guests);
}

static void
dequeue(struct guests *guests, struct guest *guest)
{
	if (guest->has_spoken)
		TAILQ_REMOVE(&guests->idle, guest, link);
	else
		TAILQ_REMOVE(&guests->silent, guest, link);
}

/*
 * Whoever is told goes behind the others.  Few at a time: many who are late at
 * once must not keep others waiting.
 */
static void
sweep_queue(struct guests *guests, struct guest_queue *queue, int64_t now_ms)
{
	struct guest *guest;

	for (unsigned i = 0; i < LATE_A_SWEEP; i++) {
		guest = TAILQ_FIRST(queue);
		if (!guest || guest->by_ms > now_ms)
			return;
		guests_spoke(guests, guest);
		guests->events->on_late(guest);
	}
}

static void
sweep(void *who)
{
	struct guests *guests = who;
	int64_t now_ms = loop_now_ms();

	sweep_queue(guests, &guests->silent, now_ms);
	sweep_queue(guests, &guests->idle, now_ms);
	if (!TAILQ_EMPTY(&guests->silent) || !TAILQ_EMPTY(&guests->idle))
		return;
	loop_timer_free(guests->sweep);
	guests->sweep = NULL;
}

/* --- coming and going ---------------------------------------------------- */

struct guests *
guests_new(struct loop *loop, const struct guests_limits *limits,
    const struct guests_events *events)
{
	struct guests *guests = calloc(1, sizeof(*guests));

	if (!guests)
		return NULL;
	guests->limits = *limits;
	guests->events = events;
	TAILQ_INIT(&guests->silent);
	TAILQ_INIT(&guests->idle);
	guests->census = census_new(limits->connections < CONNECTIONS_MAX
		? limits->connections
		: CONNECTIONS_MAX);
	guests->loop = loop;
	if (guests->census)
		return guests;
	guests_free(guests);
	return NULL;
}

void
guests_free(struct guests *guests)
{
	if (!guests)
		return;
	loop_timer_free(guests->sweep);
	census_free(guests->census);
	free(guests);
}

static bool
is_over(unsigned limit, uint32_t count)
{
	return limit && count >= limit;
}

/*
 * Who comes meaning well sends his first frame at once, so that it takes more
 * than a place a second for each who drips to keep him out.
 */
static bool
displace(struct guests *guests)
{
	struct guest *guest = TAILQ_FIRST(&guests->silent);

	if (!guest)
		return false;
	guests_go(guests, guest);
	metrics_add(METRIC_strangers_displaced, 1);
	guests->events->on_displaced(guest);
	return true;
}

enum guests_answer
guests_ask(struct guests *guests, const struct prefix *prefix)
{
	const struct guests_limits *limits = &guests->limits;
	const struct census_row *row;

	if (prefix_is_local(prefix))
		return GUESTS_WELCOME;
	row = census_find(guests->census, prefix);
	if (row && is_over(limits->per_network, row->open))
		return GUESTS_NETWORK_FULL;
	if (row && is_over(limits->strangers_per_network, row->strangers))
		return GUESTS_NETWORK_STRANGERS_FULL;
	if (is_over(limits->strangers, census_strangers(guests->census)) &&
	    !displace(guests))
		return GUESTS_STRANGERS_FULL;
	return GUESTS_WELCOME;
}

void
guests_come(struct guests *guests, struct guest *guest,
    const struct prefix *prefix)
{
	*guest = (struct guest){ .prefix = *prefix };
	if (prefix_is_local(prefix))
		return;
	guest->is_here = guest->is_stranger = true;
	census_come(guests->census, prefix);
	metrics_add(METRIC_strangers_open, 1);
	enqueue(guests, guest);
}

void
guests_spoke(struct guests *guests, struct guest *guest)
{
	if (!guest->is_stranger)
		return;
	dequeue(guests, guest);
	guest->has_spoken = true;
	enqueue(guests, guest);
}

static void
stop_being_strange(struct guests *guests, struct guest *guest)
{
	dequeue(guests, guest);
	guest->is_stranger = false;
	metrics_sub(METRIC_strangers_open, 1);
}

void
guests_know(struct guests *guests, struct guest *guest)
{
	if (!guest->is_stranger)
		return;
	stop_being_strange(guests, guest);
	census_know(guests->census, &guest->prefix);
}

void
guests_go(struct guests *guests, struct guest *guest)
{
	bool is_stranger = guest->is_stranger;

	if (!guest->is_here)
		return;
	guest->is_here = false;
	if (is_stranger)
		stop_being_strange(guests, guest);
	census_go(guests->census, &guest->prefix, is_stranger);
}
