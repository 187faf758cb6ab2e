#include "clients/libtocsin/handle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/error.h"
#include "proto/value.h"

#define ERROR(name, text, class, meaning)                       \
	_Static_assert((int)TOCSIN_##name == (int)ERROR_##name, \
	    "tocsin.h and errors.def must agree");
#include "proto/errors.def"
#undef ERROR
_Static_assert((int)TOCSIN_UNREACHABLE == (int)ERROR_COUNT,
    "codes of our own come behind the daemon's");

enum {
	UNSENT_BYTES = 4 << 20, /* more is not handed to the link at once */
	EXPIRE_EVERY_MS = 50,   /* deadlines are looked at no more often */
};

void
error_read(struct text wire, struct tocsin_error *error)
{
	struct refusal why;
	refusal_parse(wire, &why);
	*error = (struct tocsin_error){ .code = (enum tocsin_code)why.code,
		.retry_after_ms = why.retry_after_ms };
	memcpy(error->field, why.field, sizeof(error->field));
	memcpy(error->text, why.text, sizeof(error->text));
}

void
calls_init(struct calls *calls)
{
	*calls = (struct calls){ 0 };
	TAILQ_INIT(&calls->queued);
	TAILQ_INIT(&calls->sent);
	TAILQ_INIT(&calls->waiting);
}

static void
call_free(struct call *call)
{
	if (!call)
		return;
	buf_free(&call->frame);
	free(call);
}

static void
list_free(struct call_list *list)
{
	struct call *call;
	while ((call = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, call, entry);
		call_free(call);
	}
}

void
calls_fini(struct calls *calls)
{
	list_free(&calls->queued);
	list_free(&calls->sent);
	list_free(&calls->waiting);
}

/* How many values stand one behind the other; -1 when they are not whole. */
static int
count_values(struct text params)
{
	const uint8_t *at = (const uint8_t *)params.at;
	const uint8_t *end = params.len ? at + params.len : at;
	struct value value;
	int count = 0;
	while (at < end) {
		if (!value_read(at, end, &value) || !value.span.len)
			return -1;
		at += value.span.len;
		count++;
	}
	return count;
}

int
calls_add(struct tocsin *tocsin, const char *method, struct text params,
    int64_t deadline, const struct call *callback)
{
	struct calls *calls = &tocsin->calls;
	int count = count_values(params);
	struct call *call;
	if (count < 0)
		return TOCSIN_MISUSE;
	call = calloc(1, sizeof(*call));
	if (!call)
		return TOCSIN_NO_MEMORY;
	if (++calls->last_id == 0)
		calls->last_id = 1;
	call->id = calls->last_id;
	call->deadline = deadline;
	call->on_reply = callback->on_reply;
	call->who = callback->who;
	pack_request_open(&call->frame, call->id, method, (uint32_t)count);
	pack_raw(&call->frame, params);
	if (call->frame.failed) {
		call_free(call);
		return TOCSIN_NO_MEMORY;
	}
	TAILQ_INSERT_TAIL(&calls->queued, call, entry);
	calls->pending++;
	return 0;
}

/* The call is off its list: tell its maker, once, and free it. */
static void
answer(struct tocsin *tocsin, struct call *call,
    const struct tocsin_value *result, const struct tocsin_error *error)
{
	tocsin->calls.pending--;
	if (call->on_reply)
		call->on_reply(call->who, result, error);
	call_free(call);
}

static void
fail_list(struct tocsin *tocsin, struct call_list *list,
    const struct tocsin_error *error)
{
	struct call_list failing = TAILQ_HEAD_INITIALIZER(failing);
	struct call *call;
	/* Callbacks may queue calls anew; those are not of this failure. */
	TAILQ_CONCAT(&failing, list, entry);
	if (list == &tocsin->calls.sent)
		tocsin->calls.nsent = 0;
	while ((call = TAILQ_FIRST(&failing))) {
		TAILQ_REMOVE(&failing, call, entry);
		answer(tocsin, call, NULL, error);
	}
}

void
calls_fail(struct tocsin *tocsin, const struct tocsin_error *error)
{
	fail_list(tocsin, &tocsin->calls.sent, error);
	fail_list(tocsin, &tocsin->calls.waiting, error);
	fail_list(tocsin, &tocsin->calls.queued, error);
}

/* Those whose time has come go to the end of the queue. */
static void
wake_waiting(struct calls *calls, int64_t now)
{
	struct call *call, *after;
	for (call = TAILQ_FIRST(&calls->waiting); call; call = after) {
		after = TAILQ_NEXT(call, entry);
		if (call->due > now)
			continue;
		TAILQ_REMOVE(&calls->waiting, call, entry);
		TAILQ_INSERT_TAIL(&calls->queued, call, entry);
	}
}

void
calls_send(struct tocsin *tocsin, int64_t now)
{
	struct calls *calls = &tocsin->calls;
	struct call *call;
	wake_waiting(calls, now);
	while (calls->nsent < tocsin->window &&
	    link_unsent(&tocsin->link) < UNSENT_BYTES &&
	    (call = TAILQ_FIRST(&calls->queued))) {
		if (!buf_reserve(&tocsin->link.out, call->frame.len))
			return;
		buf_add_text(&tocsin->link.out, buf_text(&call->frame));
		TAILQ_REMOVE(&calls->queued, call, entry);
		TAILQ_INSERT_TAIL(&calls->sent, call, entry);
		calls->nsent++;
	}
}

static struct call *
find_sent(struct calls *calls, uint32_t id)
{
	struct call *call;
	TAILQ_FOREACH (call, &calls->sent, entry) {
		if (call->id == id)
			return call;
	}
	return NULL;
}

/* An error that answers no call speaks of the whole connection. */
static void
orphan(struct tocsin *tocsin, const struct tocsin_error *error)
{
	tocsin->trouble = *error;
	if (error->code == TOCSIN_BAD_FRAME)
		fail_list(tocsin, &tocsin->calls.sent, error);
	else if (error->code == TOCSIN_CONFLICT)
		subscriptions_end(tocsin, error);
}

void
calls_reply(struct tocsin *tocsin, const struct rpc_frame *frame, int64_t now)
{
	struct calls *calls = &tocsin->calls;
	struct call *call = find_sent(calls, frame->id);
	struct tocsin_error error = { .code = TOCSIN_OK };
	struct tocsin_value result;
	bool is_refused = frame->error.kind != VALUE_NIL;
	if (is_refused)
		error_read(value_text(&frame->error), &error);
	if (!call) {
		if (is_refused)
			orphan(tocsin, &error);
		return;
	}
	TAILQ_REMOVE(&calls->sent, call, entry);
	calls->nsent--;
	call->due = now + error.retry_after_ms;
	if (is_refused && error.retry_after_ms > 0 &&
	    (call->deadline < 0 || call->due < call->deadline)) {
		TAILQ_INSERT_TAIL(&calls->waiting, call, entry);
		if (tocsin->on_wait)
			tocsin->on_wait(tocsin->waiter, &error);
		return;
	}
	tocsin_decode((struct tocsin_text){ frame->result.span.at,
			  frame->result.span.len },
	    &result);
	answer(tocsin, call, is_refused ? NULL : &result,
	    is_refused ? &error : NULL);
}

void
calls_requeue(struct calls *calls)
{
	TAILQ_CONCAT(&calls->sent, &calls->queued, entry);
	TAILQ_CONCAT(&calls->queued, &calls->sent, entry);
	calls->nsent = 0;
}

/* Take what is too late off a list. */
static void
collect_late(struct call_list *list, int64_t now, struct call_list *late,
    size_t *count)
{
	struct call *call, *after;
	for (call = TAILQ_FIRST(list); call; call = after) {
		after = TAILQ_NEXT(call, entry);
		if (call->deadline < 0 || call->deadline > now)
			continue;
		TAILQ_REMOVE(list, call, entry);
		TAILQ_INSERT_TAIL(late, call, entry);
		++*count;
	}
}

void
calls_expire(struct tocsin *tocsin, int64_t now)
{
	struct calls *calls = &tocsin->calls;
	struct call_list late = TAILQ_HEAD_INITIALIZER(late);
	struct tocsin_error error;
	struct call *call;
	size_t unsent = 0, sent = 0;
	if (!calls->pending || now < calls->expired_at + EXPIRE_EVERY_MS)
		return;
	calls->expired_at = now;
	collect_late(&calls->sent, now, &late, &sent);
	calls->nsent -= sent;
	collect_late(&calls->waiting, now, &late, &unsent);
	collect_late(&calls->queued, now, &late, &unsent);
	if (tocsin->phase != PHASE_READY && tocsin->trouble.code)
		error = tocsin->trouble;
	else
		error_set(&error, TOCSIN_TIMEOUT,
		    "no answer from %s within %d ms", tocsin->link.shown,
		    tocsin->timeout_ms);
	while ((call = TAILQ_FIRST(&late))) {
		TAILQ_REMOVE(&late, call, entry);
		answer(tocsin, call, NULL, &error);
	}
}

static int64_t
earliest(const struct call_list *list, int64_t until)
{
	const struct call *call = TAILQ_FIRST(list);
	/* Deadlines come in the order of the calls, but for those tried
	 * again; being a little late for these does no harm. */
	while (call && call->deadline < 0)
		call = TAILQ_NEXT(call, entry);
	return call && call->deadline < until ? call->deadline : until;
}

int64_t
calls_next(const struct tocsin *tocsin)
{
	const struct calls *calls = &tocsin->calls;
	int64_t until = INT64_MAX;
	const struct call *call;
	until = earliest(&calls->sent, until);
	until = earliest(&calls->queued, until);
	TAILQ_FOREACH (call, &calls->waiting, entry) {
		if (call->due < until)
			until = call->due;
	}
	until = earliest(&calls->waiting, until);
	if (until < calls->expired_at + EXPIRE_EVERY_MS)
		until = calls->expired_at + EXPIRE_EVERY_MS;
	return until;
}
