#include "clients/libtocsin/handle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum { CURSOR_BYTES = 129 }; /* 128, the wire's limit, and a NUL */

struct tocsin_subscription {
	TAILQ_ENTRY(tocsin_subscription) entry;
	struct tocsin *tocsin;
	uint32_t number;      /* ours; leads the arguments of its pushes */
	uint64_t remote;      /* the daemon's number, 0 unknown */
	struct buf filter;    /* encoded map, or empty */
	char *durable, *from; /* owned or NULL */
	bool replace, take_over;
	char cursor[CURSOR_BYTES]; /* of the last event seen */
	bool is_asked;   /* a call is on its way or has been answered */
	bool is_calling; /* ... and not yet answered */
	bool is_over;    /* ended by the daemon */
	bool is_gone;    /* unsubscribed: to be freed */
	tocsin_on_event *on_event;
	tocsin_on_subscription *on_state;
	void *who;
};

static void
subscription_free(struct tocsin_subscription *subscription)
{
	buf_free(&subscription->filter);
	free(subscription->durable);
	free(subscription->from);
	free(subscription);
}

static void
keep_cursor(struct tocsin_subscription *subscription, struct text cursor)
{
	if (!cursor.len || cursor.len >= CURSOR_BYTES)
		return;
	memcpy(subscription->cursor, cursor.at, cursor.len);
	subscription->cursor[cursor.len] = '\0';
}

static void
end_one(struct tocsin_subscription *subscription,
    const struct tocsin_error *error)
{
	if (subscription->is_over)
		return;
	subscription->is_over = true;
	if (!subscription->is_gone && subscription->on_state)
		subscription->on_state(subscription->who, NULL, error);
}

/* Tell the daemon that nobody listens any more. */
static void
end_remote(struct tocsin_subscription *subscription)
{
	struct buf params = { 0 };
	const struct call nobody = { .on_reply = NULL };
	pack_map(&params, 1);
	pack_field_uint(&params, "subscription", subscription->remote);
	if (!params.failed)
		(void)calls_add(subscription->tocsin, "alerts.unsubscribe",
		    buf_text(&params),
		    clock_steady() + subscription->tocsin->timeout_ms, &nobody);
	subscription->remote = 0;
	buf_free(&params);
}

static void
on_asked(void *who, const struct tocsin_value *result,
    const struct tocsin_error *error)
{
	struct tocsin_subscription *subscription = who;
	subscription->is_calling = false;
	if (error) {
		end_one(subscription, error);
		return;
	}
	subscription->remote =
	    (uint64_t)tocsin_get_int(result, "subscription", 0);
	if (subscription->is_gone) {
		end_remote(subscription);
		return;
	}
	if (!subscription->cursor[0]) {
		struct tocsin_text cursor = tocsin_get_text(result, "cursor");
		keep_cursor(subscription,
		    (struct text){ cursor.at, cursor.len });
	}
	/* The name is ours now; taking it over again after a reconnect could
	 * take it from one who took it from us. */
	subscription->take_over = false;
	subscription->replace = false;
	if (subscription->on_state)
		subscription->on_state(subscription->who, result, NULL);
}

static void
pack_true(struct buf *out, const char *key, bool yes, uint32_t *pairs)
{
	if (!yes)
		return;
	pack_field_bool(out, key, true);
	++*pairs;
}

static void
pack_word(struct buf *out, const char *key, const char *word, uint32_t *pairs)
{
	if (!word || !word[0])
		return;
	pack_field_string(out, key, word);
	++*pairs;
}

static void
pack_params(const struct tocsin_subscription *subscription, struct buf *params)
{
	size_t token = pack_open_map(params);
	uint32_t pairs = 1;
	if (subscription->filter.len) {
		pack_string(params, "filter");
		pack_raw(params, buf_text(&subscription->filter));
		pairs++;
	}
	pack_word(params, "durable", subscription->durable, &pairs);
	pack_word(params, "from",
	    subscription->cursor[0] ? subscription->cursor : subscription->from,
	    &pairs);
	pack_true(params, "replace", subscription->replace, &pairs);
	pack_true(params, "take_over", subscription->take_over, &pairs);
	pack_string(params, "notify");
	pack_map(params, 2);
	pack_field_string(params, "method", "alerts");
	pack_string(params, "args");
	pack_list(params, 1);
	pack_uint(params, subscription->number);
	pack_close_map(params, token, pairs);
}

static void
ask(struct tocsin_subscription *subscription)
{
	const struct call callback = { .on_reply = on_asked,
		.who = subscription };
	struct buf params = { 0 };
	int code = TOCSIN_NO_MEMORY;
	pack_params(subscription, &params);
	if (!params.failed)
		code = calls_add(subscription->tocsin, "alerts.subscribe",
		    buf_text(&params), HANDLE_NEVER_MS, &callback);
	buf_free(&params);
	subscription->is_asked = true;
	subscription->is_calling = !code;
	if (code) {
		struct tocsin_error error;
		error_set(&error, (enum tocsin_code)code, "out of memory");
		end_one(subscription, &error);
	}
}

struct tocsin_subscription *
tocsin_subscribe(struct tocsin *tocsin,
    const struct tocsin_subscribe_options *options, tocsin_on_event *on_event,
    tocsin_on_subscription *on_state, void *who)
{
	struct tocsin_subscription *subscription =
	    calloc(1, sizeof(*subscription));
	if (!subscription)
		return NULL;
	*subscription = (struct tocsin_subscription){ .tocsin = tocsin,
		.number = ++tocsin->last_subscription,
		.replace = options->replace,
		.take_over = options->take_over,
		.on_event = on_event,
		.on_state = on_state,
		.who = who };
	if (options->filter)
		buf_add(&subscription->filter, options->filter->encoded.at,
		    options->filter->encoded.len);
	if (options->durable)
		subscription->durable = strdup(options->durable);
	if (options->from)
		subscription->from = strdup(options->from);
	if (subscription->filter.failed ||
	    (options->durable && !subscription->durable) ||
	    (options->from && !subscription->from)) {
		subscription_free(subscription);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&tocsin->subscriptions, subscription, entry);
	if (tocsin->phase == PHASE_READY)
		ask(subscription);
	else if (tocsin->phase == PHASE_DEAD)
		subscription->is_over = true;
	return subscription;
}

const char *
tocsin_subscription_cursor(const struct tocsin_subscription *subscription)
{
	return subscription->cursor;
}

void
tocsin_unsubscribe(struct tocsin_subscription *subscription)
{
	if (!subscription)
		return;
	subscription->is_gone = true;
	if (subscription->remote)
		end_remote(subscription);
	if (!subscription->tocsin->is_stepping)
		subscriptions_reap(subscription->tocsin, false);
}

void
subscriptions_begin(struct tocsin *tocsin)
{
	struct tocsin_subscription *each;
	TAILQ_FOREACH (each, &tocsin->subscriptions, entry) {
		if (!each->is_asked && !each->is_over && !each->is_gone)
			ask(each);
	}
}

void
subscriptions_pause(struct tocsin *tocsin)
{
	struct tocsin_subscription *each;
	TAILQ_FOREACH (each, &tocsin->subscriptions, entry) {
		/* An unanswered call is sent again by itself. */
		each->is_asked = each->is_calling;
		each->remote = 0;
	}
}

void
subscriptions_end(struct tocsin *tocsin, const struct tocsin_error *error)
{
	struct tocsin_subscription *each;
	TAILQ_FOREACH (each, &tocsin->subscriptions, entry)
		end_one(each, error);
}

void
subscriptions_reap(struct tocsin *tocsin, bool all)
{
	struct tocsin_subscription *each, *after;
	for (each = TAILQ_FIRST(&tocsin->subscriptions); each; each = after) {
		after = TAILQ_NEXT(each, entry);
		/* While a call is on its way its answer needs a place. */
		if (!all && (!each->is_gone || each->is_calling))
			continue;
		TAILQ_REMOVE(&tocsin->subscriptions, each, entry);
		subscription_free(each);
	}
}

static struct tocsin_subscription *
find(struct tocsin *tocsin, int64_t number)
{
	struct tocsin_subscription *each;
	TAILQ_FOREACH (each, &tocsin->subscriptions, entry) {
		if ((int64_t)each->number == number)
			return each;
	}
	return NULL;
}

/*
 * alerts.ended: one subscription is over, as when another reader took its
 * name.  Without a number the daemon only hangs up, and the next connection
 * goes on behind the last event.
 */
static void
hear_end(struct tocsin *tocsin, const struct value *map)
{
	int64_t remote = value_find_int(map, "subscription", 0);
	struct text name = value_find_text(map, "durable");
	struct text reason = value_find_text(map, "reason");
	struct tocsin_subscription *each;
	struct tocsin_error error;
	if (remote <= 0)
		return;
	error_set(&error, TOCSIN_CONFLICT, "%.*s: %.*s", TEXT_ARG(name),
	    TEXT_ARG(reason));
	TAILQ_FOREACH (each, &tocsin->subscriptions, entry) {
		if (each->remote != (uint64_t)remote)
			continue;
		each->remote = 0;
		end_one(each, &error);
	}
}

static void
hear_events(struct tocsin_subscription *subscription,
    const struct value *events)
{
	struct value_walk walk = value_walk(events);
	struct value event;
	while (value_next(&walk, &event)) {
		struct tocsin_value public;
		if (subscription->is_gone || subscription->is_over)
			return;
		tocsin_decode((struct tocsin_text){ event.span.at,
				  event.span.len },
		    &public);
		subscription->on_event(subscription->who, &public);
		keep_cursor(subscription, value_find_text(&event, "cursor"));
	}
}

void
subscriptions_push(struct tocsin *tocsin, const struct rpc_frame *frame)
{
	struct value_walk params = value_walk(&frame->params);
	struct tocsin_subscription *subscription;
	struct value first, events;
	int64_t number;
	if (!value_next(&params, &first))
		return;
	if (text_is(frame->method, "alerts.ended")) {
		hear_end(tocsin, &first);
		return;
	}
	if (!text_is(frame->method, "alerts") || !value_int(&first, &number) ||
	    !value_next(&params, &events))
		return;
	subscription = find(tocsin, number);
	if (subscription)
		hear_events(subscription, &events);
}
