/* fetch.c - alerts.fetch: the pull twin of pushes, with a long poll. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/durables.h"
#include "daemon/calls/position.h"
#include "daemon/calls/trust.h"
#include "daemon/net/dispatch.h"
#include "proto/codec.h"

struct fetching {
	struct work work; /* first; durable names only */
	struct later later;
	struct services *services;
	struct ticket ticket;
	struct filter *filter;
	struct durable durable;
	struct fetch_options options;
	int64_t deadline_ms; /* monotonic; 0: does not wait */
	uint64_t wait;       /* hub_wait's token */
	uint64_t on_end;     /* session_on_end's token */
	struct loop_timer *timer;
};

static void
fetching_free(struct fetching *one)
{
	loop_timer_free(one->timer);
	filter_free(one->filter);
	durable_fini(&one->durable);
	free(one);
}

static void
session_ended(void *who)
{
	struct fetching *one = who;

	hub_wait_cancel(one->services->hub, one->wait);
	fetching_free(one);
}

/* Stop waiting, for whichever reason. */
static void
stop_waiting(struct fetching *one)
{
	struct session *session =
	    ticket_session(one->services->sessions, one->ticket);

	hub_wait_cancel(one->services->hub, one->wait);
	if (session && one->on_end)
		session_on_end_cancel(session, one->on_end);
	loop_timer_free(one->timer);
	one->timer = NULL;
	one->wait = one->on_end = 0;
}

static void fetch(struct fetching *one);

static void
woken(void *who)
{
	struct fetching *one = who;

	one->wait = 0;
	stop_waiting(one);
	fetch(one);
}

static void
timed_out(void *who)
{
	struct fetching *one = who;

	stop_waiting(one);
	one->deadline_ms = 0;
	fetch(one);
}

/* True when it now waits; false when there is nothing to wait with. */
static bool
wait_more(struct fetching *one)
{
	struct session *session =
	    ticket_session(one->services->sessions, one->ticket);
	int64_t left = one->deadline_ms - loop_now_ms();

	if (!one->deadline_ms || left <= 0 || !session)
		return false;
	one->on_end = session_on_end(session, session_ended, one);
	one->wait = hub_wait(one->services->hub, woken, one);
	one->timer = loop_timer_new(one->services->loop, left, timed_out, one);
	if (one->on_end && one->wait && one->timer)
		return true;
	stop_waiting(one);
	return false;
}

static void
fetch(struct fetching *one)
{
	struct services *services = one->services;
	struct refusal why = { 0 };
	struct fetch_result result = { 0 };
	struct buf events = { 0 }, out = { 0 };

	if (!hub_fetch(services->hub, &one->options, &events, &result, &why)) {
		one->options.cursor = result.cursor;
		if (!result.count && !result.more && wait_more(one)) {
			buf_free(&events);
			return;
		}
		pack_map(&out, 4);
		pack_string(&out, "events");
		pack_list(&out, result.count);
		pack_raw(&out, buf_text(&events));
		position_pack(services, &out, &result.cursor);
		pack_field_bool(&out, "more", result.more);
		pack_field_uint(&out, "head", store_durable(services->store));
		out.failed = out.failed || events.failed;
	}
	answer_ticket(services, one->ticket, &out, hub_head(services->hub),
	    &why);
	buf_free(&events);
	fetching_free(one);
}

/* The first look, in a turn of its own: it may read much of the past. */
static void
fetch_later(struct later *later)
{
	void *at = (char *)later - offsetof(struct fetching, later);

	fetch(at);
}

static void
fetching_run(struct work *work, struct intake *intake)
{
	durable_read(&((struct fetching *)work)->durable, intake);
}

static void
fetching_done(struct work *work)
{
	struct fetching *one = (struct fetching *)work;
	struct refusal why = { 0 };
	struct buf none = { 0 };
	struct value map;

	if (work->failed)
		answer_undone(&why);
	else if (!one->durable.is_held)
		refuse(&why, ERROR_NOT_FOUND, "durable",
		    "no durable cursor is called \"%s\"", one->durable.name);
	else if (!value_of(buf_text(&one->durable.filter), &map))
		refuse(&why, ERROR_INTERNAL, "durable",
		    "its stored filter cannot be read");
	else if (!filter_new(&map, one->services->vocabulary, &one->filter,
		     &why)) {
		one->options.filter = one->filter;
		one->options.cursor = one->durable.cursor;
		later_put(&one->services->laters, &one->later);
		return;
	}
	answer_ticket(one->services, one->ticket, &none, 0, &why);
	fetching_free(one);
}

static int
take_args(struct fetching *one, const struct call_alerts_fetch *args,
    struct refusal *why)
{
	int code;

	if (args->durable.len && args->filter.kind == VALUE_MAP)
		return refuse(why, ERROR_INVALID, "filter",
		    "a durable name uses the filter stored with it");
	if (args->durable.len && args->cursor.len)
		return refuse(why, ERROR_INVALID, "cursor",
		    "give either cursor or durable");
	one->options.max = (unsigned)args->max;
	one->options.latest = args->latest;
	if (args->wait_ms)
		one->deadline_ms = loop_now_ms() + (int64_t)args->wait_ms;
	if (args->durable.len)
		return 0;
	code = filter_new(&args->filter, one->services->vocabulary,
	    &one->filter, why);
	if (code)
		return code;
	one->options.filter = one->filter;
	return position_read(one->services, args->cursor, &one->options.cursor,
	    why);
}

void
handle_alerts_fetch(struct call *call)
{
	const struct call_alerts_fetch *args = call->args;
	struct fetching *one = answer_alloc(call, sizeof(*one));
	struct refusal why = { 0 };

	if (!one)
		return;
	one->services = session_services(call->session);
	one->ticket = call_ticket(call);
	one->later.run = fetch_later;
	one->options.reader = trust_reader(call->session);
	if (take_args(one, args, &why)) {
		answer_refusal(call, &why);
		fetching_free(one);
	} else if (!args->durable.len) {
		later_put(&one->services->laters, &one->later);
	} else {
		durable_init(&one->durable, call, args->durable);
		one->work.run = fetching_run;
		one->work.done = fetching_done;
		writer_put(one->services->writer, &one->work);
	}
}
