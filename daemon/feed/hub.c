/* hub.c - see hub.h. */
#include "daemon/feed/hub.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/feed/audience.h"
#include "daemon/feed/events.h"
#include "daemon/feed/follow.h"

enum {
	/* Reads of the log in one turn; about 20 us each. */
	TURN_READS = 1024,
	/* A reply must stay well below a frame's limit. */
	FETCH_BYTES = 512 << 10,
	/* A send of so much costs little more for a call than for its bytes. */
	BURST_BYTES = 64 << 10,
	/* Encoded bursts kept for sharing, over all audiences. */
	KEPT_BYTES = 8 << 20,
};

struct subscription {
	struct subscription *next, *prev; /* the hub's list */
	struct audience *audience;
	struct cursor cursor;
	struct sink sink;
	bool is_broken;
};

struct waiter {
	uint64_t token;
	void (*wake)(void *who);
	void *who;
};

struct hub {
	struct events *events; /* owned */
	size_t queue_bytes;
	struct audience *audiences;         /* owned list */
	struct subscription *subscriptions; /* owned list */
	struct audience_context context;
	bool is_due;           /* something to push or somebody to begin with */
	bool is_behind;        /* work was put off */
	bool has_news;         /* published since the last turn */
	struct waiter *waiter; /* owned */
	size_t nwaiters, waiters_cap;
	uint64_t next_token;
};

struct hub *
hub_new(const struct hub_options *options)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
	hub->queue_bytes = options->queue_bytes;
	hub->next_token = 1;
	hub->events = events_new(options->store, options->vocabulary);
	if (hub->events == NULL)
		goto fail;
	hub->context.events = hub->events;
	hub->context.burst_bytes = options->queue_bytes < BURST_BYTES
	    ? options->queue_bytes
	    : BURST_BYTES;
	hub->context.instance = store_instance(options->store);
	hub->context.epoch = store_epoch(options->store);
	return hub;

fail:
	hub_free(hub);
	return NULL;
}

void
hub_free(struct hub *hub)
{
	if (hub == NULL)
		return;
	while (hub->subscriptions != NULL)
		hub_unsubscribe(hub, hub->subscriptions);
	events_free(hub->events);
	free(hub->waiter);
	free(hub);
}

void
hub_publish(struct hub *hub, const struct store_event *event)
{
	if (!events_add(hub->events, event))
		return;
	hub->is_due = true;
	hub->has_news = true;
}

uint64_t
hub_head(const struct hub *hub)
{
	return events_head(hub->events);
}

uint64_t
hub_open_alerts(const struct hub *hub, enum event_reader reader)
{
	return events_open_alerts(hub->events, reader);
}

/* Join those who want the same, or be the first of them. */
static struct audience *
join(struct hub *hub, struct audience *audience)
{
	for (struct audience *other = hub->audiences; other != NULL;
	     other = other->next) {
		if (!audience_equal(other, audience))
			continue;
		audience_free(audience);
		other->nmembers++;
		return other;
	}
	audience->nmembers = 1;
	audience->next = hub->audiences;
	hub->audiences = audience;
	return audience;
}

static void
leave(struct hub *hub, struct audience *audience)
{
	struct audience **link = &hub->audiences;

	if (--audience->nmembers > 0)
		return;
	while (*link != audience)
		link = &(*link)->next;
	*link = audience->next;
	audience_forget(audience, &hub->context);
	audience_free(audience);
}

struct subscription *
hub_subscribe(struct hub *hub, struct subscribe_options *options)
{
	struct audience *audience = audience_new(options);
	struct subscription *subscription;

	if (audience == NULL)
		return NULL;
	subscription = calloc(1, sizeof(*subscription));
	if (subscription == NULL) {
		audience_free(audience);
		return NULL;
	}
	*subscription = (struct subscription){ .cursor = options->cursor,
		.sink = options->sink,
		.audience = join(hub, audience),
		.next = hub->subscriptions };
	if (hub->subscriptions != NULL)
		hub->subscriptions->prev = subscription;
	hub->subscriptions = subscription;
	hub->is_due = true;
	return subscription;
}

void
hub_unsubscribe(struct hub *hub, struct subscription *subscription)
{
	if (subscription == NULL)
		return;
	if (subscription->prev != NULL)
		subscription->prev->next = subscription->next;
	else
		hub->subscriptions = subscription->next;
	if (subscription->next != NULL)
		subscription->next->prev = subscription->prev;
	leave(hub, subscription->audience);
	free(subscription);
}

struct cursor
hub_subscription_cursor(const struct subscription *subscription)
{
	return subscription->cursor;
}

static void
break_off(struct subscription *subscription)
{
	struct refusal why;

	subscription->is_broken = true;
	(void)refuse(&why, ERROR_INTERNAL, NULL,
	    "an alert event cannot be read; the daemon's log says more");
	if (subscription->sink.broken != NULL)
		subscription->sink.broken(subscription->sink.who, &why);
}

/* Push until it is served, its queue is full or the turn's reads are spent. */
static void
push_due(struct hub *hub, struct subscription *subscription)
{
	const struct sink *sink = &subscription->sink;

	while (!subscription->is_broken &&
	    follow_has_more(hub->events, &subscription->cursor) &&
	    sink->queued(sink->who) <= hub->queue_bytes) {
		const struct audience_burst *burst;

		if (hub->context.bytes > KEPT_BYTES) {
			for (struct audience *each = hub->audiences;
			     each != NULL; each = each->next)
				audience_forget(each, &hub->context);
		}
		burst = audience_burst(subscription->audience, &hub->context,
		    &subscription->cursor);
		if (burst == NULL) {
			break_off(subscription);
			return;
		}
		if (burst->to.position == subscription->cursor.position &&
		    burst->to.snapshot == subscription->cursor.snapshot) {
			hub->is_due = hub->is_behind = true;
			return;
		}
		subscription->cursor = burst->to;
		if (burst->bytes.len > 0) {
			sink->push(sink->who, buf_text(&burst->bytes),
			    burst->nframes);
			sink->told(sink->who, burst->last_seq);
		}
	}
}

void
hub_poke(struct hub *hub, struct subscription *subscription)
{
	hub->context.reads_max = TURN_READS;
	push_due(hub, subscription);
}

/* Wake those who waited when the turn began, oldest first. */
static void
wake_waiters(struct hub *hub)
{
	uint64_t limit = hub->next_token;

	while (hub->nwaiters > 0 && hub->waiter[0].token < limit) {
		struct waiter waiter = hub->waiter[0];

		memmove(hub->waiter, hub->waiter + 1,
		    --hub->nwaiters * sizeof(*hub->waiter));
		waiter.wake(waiter.who);
	}
}

bool
hub_turn(struct hub *hub)
{
	bool has_news = hub->has_news;

	hub->has_news = false;
	hub->is_behind = false;
	if (hub->is_due) {
		hub->is_due = false;
		hub->context.reads_max = TURN_READS;
		for (struct subscription *each = hub->subscriptions;
		     each != NULL; each = each->next)
			push_due(hub, each);
	}
	if (has_news)
		wake_waiters(hub);
	return hub->is_behind;
}

/* Append one event, or the code that ends the fetch. */
static enum follow_result
fetch_one(struct hub *hub, struct follow *follow, struct buf *out)
{
	struct follow_found found;
	enum follow_result result = follow_next(follow, &found);

	if (result == FOLLOW_FOUND &&
	    !follow_write(hub->events, &found, hub->context.instance,
		hub->context.epoch, out))
		return FOLLOW_FAULT;
	return result;
}

int
hub_fetch(struct hub *hub, const struct fetch_options *options, struct buf *out,
    struct fetch_result *result, struct refusal *why)
{
	struct follow follow = { .events = hub->events,
		.filter = options->filter,
		.reader = options->reader,
		.latest = options->latest,
		.reads_max = TURN_READS,
		.cursor = options->cursor };
	size_t begun = out->len;
	enum follow_result last = FOLLOW_FOUND;

	*result = (struct fetch_result){ .cursor = options->cursor };
	while (
	    result->count < options->max && out->len - begun <= FETCH_BYTES) {
		last = fetch_one(hub, &follow, out);
		if (last != FOLLOW_FOUND)
			break;
		result->count++;
	}
	if (last == FOLLOW_FAULT || out->failed)
		return refuse(why, ERROR_INTERNAL, NULL,
		    "an alert event cannot be read");
	result->cursor = follow.cursor;
	result->more = follow_has_more(hub->events, &follow.cursor);
	return 0;
}

uint64_t
hub_wait(struct hub *hub, void (*wake)(void *who), void *who)
{
	if (hub->nwaiters == hub->waiters_cap) {
		size_t cap = hub->waiters_cap ? hub->waiters_cap * 2 : 16;
		struct waiter *grown =
		    realloc(hub->waiter, cap * sizeof(*grown));

		if (grown == NULL)
			return 0;
		hub->waiter = grown;
		hub->waiters_cap = cap;
	}
	hub->waiter[hub->nwaiters++] =
	    (struct waiter){ hub->next_token, wake, who };
	return hub->next_token++;
}

void
hub_wait_cancel(struct hub *hub, uint64_t token)
{
	for (size_t i = 0; i < hub->nwaiters; i++) {
		if (hub->waiter[i].token != token)
			continue;
		memmove(hub->waiter + i, hub->waiter + i + 1,
		    (--hub->nwaiters - i) * sizeof(*hub->waiter));
		return;
	}
}

struct events *
hub_events(struct hub *hub)
{
	return hub->events;
}
