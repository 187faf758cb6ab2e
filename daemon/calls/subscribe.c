/* subscribe.c - alerts.subscribe, alerts.unsubscribe, alerts.ack. */
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/durables.h"
#include "daemon/calls/position.h"
#include "daemon/calls/trust.h"
#include "daemon/net/dispatch.h"
#include "daemon/net/session_sink.h"
#include "proto/codec.h"

enum { NOTIFY_ARGS_MAX = 512, NOTIFY_METHOD_MAX = 100 };

struct subscribing {
	struct work work; /* first; durable names only */
	struct services *services;
	struct ticket ticket;
	struct filter *filter; /* as given */
	struct filter *except;
	struct buf given; /* the filter's canonical bytes */
	bool has_filter, is_replacing, is_taking_over;
	bool is_conflict, has_writing;
	struct cursor cursor;
	struct durable durable; /* name[0]: is used */
	char method[NOTIFY_METHOD_MAX + 1];
	struct buf args; /* MessagePack list */
};

static void
subscribing_free(struct subscribing *one)
{
	filter_free(one->filter);
	filter_free(one->except);
	buf_free(&one->given);
	buf_free(&one->args);
	durable_fini(&one->durable);
	free(one);
}

static int
take_notify(struct subscribing *one, const struct value *notify,
    struct refusal *why)
{
	struct value method, args;
	struct value_walk walk = value_walk(notify);
	struct value key, item;

	strcpy(one->method, "alerts");
	while (value_next_pair(&walk, &key, &item))
		if (!text_is(value_text(&key), "method") &&
		    !text_is(value_text(&key), "args"))
			return refuse(why, ERROR_INVALID, "notify",
			    "knows method and args");
	if (value_find(notify, "method", &method)) {
		struct text name = value_text(&method);

		if (!name.len || name.len > NOTIFY_METHOD_MAX)
			return refuse(why, ERROR_INVALID, "notify.method",
			    "use 1 to %d bytes", NOTIFY_METHOD_MAX);
		memcpy(one->method, name.at, name.len);
		one->method[name.len] = '\0';
	}
	if (!value_find(notify, "args", &args) || value_is_absent(&args))
		return 0;
	if (args.kind != VALUE_LIST || args.span.len > NOTIFY_ARGS_MAX)
		return refuse(why, ERROR_INVALID, "notify.args",
		    "use a list of at most %d bytes", NOTIFY_ARGS_MAX);
	buf_add_text(&one->args, args.span);
	return 0;
}

/* Put the new subscription to work and answer. */
static int
begin(struct subscribing *one, struct session *session, uint32_t *id,
    struct refusal *why)
{
	struct services *services = one->services;
	struct subscribe_options options = {
		.filter = one->filter,
		.except = one->except,
		.reader = trust_reader(session),
		.cursor = one->cursor,
		.method = text_of(one->method),
		.args = buf_text(&one->args),
		.sink = session_sink(session),
	};
	struct subscription *subscription =
	    hub_subscribe(services->hub, &options);

	one->filter = one->except = NULL;
	if (!subscription)
		return answer_no_memory(why);
	if (session_add_subscription(session, subscription, id, why)) {
		hub_unsubscribe(services->hub, subscription);
		return (int)why->code;
	}
	if (!one->durable.name[0] ||
	    durables_begin(services, &one->durable, session, subscription, *id))
		return 0;
	session_drop_subscription(session, subscription);
	hub_unsubscribe(services->hub, subscription);
	return answer_no_memory(why);
}

static void
finish(struct subscribing *one, struct refusal *why)
{
	struct services *services = one->services;
	struct session *session =
	    ticket_session(services->sessions, one->ticket);
	struct buf out = { 0 };
	uint32_t id = 0;

	/* Nobody is left to push to, or to answer. */
	if (!session) {
		subscribing_free(one);
		return;
	}
	if (!why->code && !begin(one, session, &id, why)) {
		pack_map(&out, 4);
		pack_field_uint(&out, "subscription", id);
		position_pack(services, &out, &one->cursor);
		pack_field_uint(&out, "head", store_durable(services->store));
		pack_field_uint(&out, "open",
		    hub_open_alerts(services->hub, trust_reader(session)));
	}
	answer_ticket(services, one->ticket, &out, 0, why);
	subscribing_free(one);
}

/*
 * A filter is replaced: the snapshot at the old position, without what matched
 * before, then on from there.  A cursor that still stands inside a snapshot
 * begins it again, whole: what was not sent of it yet is not known.
 */
static void
begin_again(struct subscribing *one, const struct vocabulary *vocabulary)
{
	const struct durable *durable = &one->durable;
	struct refusal unused;
	struct value old;

	if (durable->cursor.snapshot) {
		one->cursor = (struct cursor){ durable->cursor.snapshot, 0 };
		return;
	}
	one->cursor = (struct cursor){ durable->cursor.position, 0 };
	if (value_of(buf_text(&durable->filter), &old) &&
	    filter_new(&old, vocabulary, &one->except, &unused))
		one->except = NULL;
}

/*
 * Writer thread: a new name is stored; a known one keeps its cursor, and its
 * filter unless it is being replaced, when open alerts that newly match come
 * first: the snapshot at the old position, without what matched before.
 */
static void
subscribing_run(struct work *work, struct intake *intake)
{
	struct subscribing *one = (struct subscribing *)work;
	struct durable *durable = &one->durable;
	bool is_same;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	durable_read(durable, intake);
	is_same = !one->has_filter ||
	    text_equal(buf_text(&durable->filter), buf_text(&one->given));
	if (durable->is_held && is_same) {
		one->cursor = durable->cursor;
		return;
	}
	if (durable->is_held && !one->is_replacing) {
		one->is_conflict = true;
		return;
	}
	if (durable->is_held)
		begin_again(one, intake->vocabulary);
	durable->cursor = one->cursor;
	buf_clear(&durable->filter);
	buf_add_text(&durable->filter, buf_text(&one->given));
	durable_write(durable, intake);
}

/* A stored filter is read again where the caller gave none. */
static int
use_stored_filter(struct subscribing *one, struct refusal *why)
{
	struct value map;

	if (one->has_filter || one->durable.filter.len == 0)
		return 0;
	filter_free(one->filter);
	one->filter = NULL;
	if (!value_of(buf_text(&one->durable.filter), &map))
		return refuse(why, ERROR_INTERNAL, "durable",
		    "its stored filter cannot be read");
	return filter_new(&map, one->services->vocabulary, &one->filter, why);
}

/*
 * Asked before anything is stored, so that a refused reader changes nothing,
 * and again after, since another may have come in between.
 */
static int
is_read_elsewhere(struct subscribing *one, struct refusal *why)
{
	if (one->is_taking_over ||
	    !durables_is_read(one->services->durables, &one->durable))
		return 0;
	return refuse(why, ERROR_CONFLICT, "durable",
	    "\"%s\" is being read elsewhere; use take_over to end that",
	    one->durable.name);
}

static void
subscribing_done(struct work *work)
{
	struct subscribing *one = (struct subscribing *)work;
	struct services *services = one->services;
	struct refusal why = { 0 };

	if (work->failed)
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the name cannot be stored for now");
	else if (one->is_conflict)
		refuse(&why, ERROR_CONFLICT, "durable",
		    "\"%s\" has another filter; use replace to change it",
		    one->durable.name);
	else if (!is_read_elsewhere(one, &why) &&
	    ticket_session(services->sessions, one->ticket))
		durables_end(services, &one->durable);
	if (!why.code)
		use_stored_filter(one, &why);
	finish(one, &why);
}

static int
take_args(struct subscribing *one, const struct call_alerts_subscribe *args,
    struct refusal *why)
{
	int code = filter_new(&args->filter, one->services->vocabulary,
	    &one->filter, why);

	if (code)
		return code;
	filter_write(one->filter, &one->given);
	if (args->durable.len && one->given.len > DURABLE_FILTER_MAX)
		return refuse(why, ERROR_TOO_LARGE, "filter",
		    "a durable name's filter has at most %d bytes",
		    DURABLE_FILTER_MAX);
	one->has_filter = args->filter.kind == VALUE_MAP;
	one->is_replacing = args->replace;
	one->is_taking_over = args->take_over;
	code = take_notify(one, &args->notify, why);
	if (code)
		return code;
	return position_read(one->services, args->from, &one->cursor, why);
}

void
handle_alerts_subscribe(struct call *call)
{
	const struct call_alerts_subscribe *args = call->args;
	struct subscribing *one = answer_alloc(call, sizeof(*one));
	struct refusal why = { 0 };

	if (!one)
		return;
	one->services = session_services(call->session);
	one->ticket = call_ticket(call);
	if (take_args(one, args, &why) || !args->durable.len) {
		finish(one, &why);
		return;
	}
	durable_init(&one->durable, call, args->durable);
	if (is_read_elsewhere(one, &why)) {
		finish(one, &why);
		return;
	}
	one->work.run = subscribing_run;
	one->work.done = subscribing_done;
	writer_put(one->services->writer, &one->work);
}

void
handle_alerts_unsubscribe(struct call *call)
{
	const struct call_alerts_unsubscribe *args = call->args;
	struct services *services = session_services(call->session);
	struct subscription *subscription =
	    session_find_subscription(call->session,
		(uint32_t)args->subscription);
	struct refusal why;
	struct buf out = { 0 };

	if (!subscription) {
		refuse(&why, ERROR_NOT_FOUND, "subscription",
		    "this connection has no such subscription");
		answer_refusal(call, &why);
		return;
	}
	durables_forget(services, subscription);
	session_drop_subscription(call->session, subscription);
	hub_unsubscribe(services->hub, subscription);
	pack_map(&out, 1);
	pack_field_uint(&out, "subscription", args->subscription);
	answer_call(call, &out);
	buf_free(&out);
}

struct acking {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct cursor cursor;
	struct durable durable;
};

static void
acking_run(struct work *work, struct intake *intake)
{
	struct acking *acking = (struct acking *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	durable_read(&acking->durable, intake);
	if (!acking->durable.is_held ||
	    !durable_is_before(&acking->durable.cursor, &acking->cursor))
		return;
	acking->durable.cursor = acking->cursor;
	durable_write(&acking->durable, intake);
}

static void
acking_done(struct work *work)
{
	struct acking *acking = (struct acking *)work;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (work->failed)
		refuse_for_now(&why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the cursor cannot be stored for now");
	else if (!acking->durable.is_held)
		refuse(&why, ERROR_NOT_FOUND, "durable",
		    "no durable cursor is called \"%s\"", acking->durable.name);
	pack_map(&out, 1);
	position_pack(acking->services, &out, &acking->durable.cursor);
	answer_ticket(acking->services, acking->ticket, &out, 0, &why);
	durable_fini(&acking->durable);
	free(acking);
}

void
handle_alerts_ack(struct call *call)
{
	const struct call_alerts_ack *args = call->args;
	struct acking *acking = answer_alloc(call, sizeof(*acking));
	struct refusal why = { 0 };

	if (!acking)
		return;
	acking->services = session_services(call->session);
	acking->ticket = call_ticket(call);
	if (position_parse(acking->services, args->cursor, &acking->cursor,
		&why)) {
		answer_refusal(call, &why);
		free(acking);
		return;
	}
	durable_init(&acking->durable, call, args->durable);
	acking->work.run = acking_run;
	acking->work.done = acking_done;
	writer_put(acking->services->writer, &acking->work);
}
