/*
 * responding.c - alerts.judge, mute, unmute, acknowledge, comment, confirm,
 * close, reopen: what people do about an alert.
 */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/author.h"
#include "daemon/calls/trust.h"
#include "daemon/intake/respond.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

struct responding {
	struct work work; /* first */
	struct services *services;
	struct ticket ticket;
	struct respond respond;
	struct buf body;
	char reason[MUTE_REASON_MAX + 1];
	struct refusal why;
};

/* What a person says with it; what a verb does not know is empty. */
struct said {
	struct text id, by, reason, text;
};

static void
answer(struct responding *one)
{
	const struct respond *respond = &one->respond;
	const struct alarm *alarm = &respond->alarm;
	char id[PUBLIC_ID_MAX];
	struct buf out = { 0 };

	if (!one->why.code) {
		alert_id_format(respond->alert, id);
		pack_map(&out, 5);
		pack_field_string(&out, "id", id);
		pack_field_uint(&out, "seq", respond->seq);
		pack_field_string(&out, "change",
		    alarm_change_name(respond->change));
		pack_field_string(&out, "state",
		    alarm_status_name((enum alarm_status)alarm->status));
		pack_field_uint(&out, "episode", alarm->episode);
	}
	answer_ticket(one->services, one->ticket, &out, respond->seq,
	    &one->why);
	buf_free(&one->body);
	free(one);
}

static void
responding_run(struct work *work, struct intake *intake)
{
	struct responding *one = (struct responding *)work;

	if (store_is_full(intake->store)) {
		work->failed = true;
		return;
	}
	respond_take(intake, &one->respond, &one->why);
}

static void
responding_done(struct work *work)
{
	struct responding *one = (struct responding *)work;

	if (work->failed && !one->why.code)
		refuse_for_now(&one->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	answer(one);
}

static void
pack_body(struct responding *one, const struct call *call,
    const struct said *said)
{
	struct buf *body = &one->body;

	pack_map(body, AUTHOR_PAIRS + 3);
	author_pack(body, call);
	pack_field_text(body, "by", said->by);
	pack_field_text(body, "reason", said->reason);
	pack_field_text(body, "text", said->text);
	one->respond.body = buf_text(body);
	shown_copy(one->reason, sizeof(one->reason), said->reason);
	one->respond.reason = text_of(one->reason);
	if (body->failed)
		answer_no_memory(&one->why);
}

/* NULL when memory is out, and the call is answered so. */
static struct responding *
responding_new(struct call *call, enum response_kind kind,
    const struct said *said)
{
	struct responding *one = answer_alloc(call, sizeof(*one));
	struct services *services = session_services(call->session);

	if (!one)
		return NULL;
	one->services = services;
	one->ticket = call_ticket(call);
	one->respond.response.kind = kind;
	one->respond.alert = alert_id_parse(said->id);
	if (!one->respond.alert)
		refuse(&one->why, ERROR_INVALID, "id", "use an id such as a12");
	else
		trust_check(call->session, &one->why);
	pack_body(one, call, said);
	return one;
}

/* Goes on to the answer, which frees it; NULL was answered. */
static void
start(struct responding *one)
{
	if (!one)
		return;
	if (!one->why.code && writer_is_read_only(one->services->writer))
		refuse_for_now(&one->why, ERROR_READ_ONLY, RETRY_READ_ONLY_MS,
		    "the disk or the map is full; nothing was changed");
	one->work =
	    (struct work){ .run = responding_run, .done = responding_done };
	if (one->why.code)
		answer(one);
	else
		writer_put(one->services->writer, &one->work);
}

void
handle_alerts_judge(struct call *call)
{
	const struct call_alerts_judge *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };
	struct responding *one = responding_new(call, RESPONSE_JUDGE, &said);

	if (one)
		one->respond.response.verdict =
		    args->verdict ? VERDICT_TRUE : VERDICT_FALSE;
	start(one);
}

/* Until when, from the day or the number of days. */
static void
take_until(struct responding *one, const struct call_alerts_mute *args)
{
	int32_t today = date_of_ms(clock_now(one->services->clock));
	struct response *response = &one->respond.response;
	const char *text;
	struct date date;

	if (one->why.code)
		return;
	if (!args->until.len == !args->days) {
		refuse(&one->why, ERROR_INVALID, "until",
		    "give either until or days");
		return;
	}
	response->until = today + (int32_t)args->days;
	if (args->until.len) {
		if (date_parse(args->until, &date, &text) ||
		    date.precision != DATE_DAY) {
			refuse(&one->why, ERROR_INVALID, "until",
			    "use YYYY-MM-DD");
			return;
		}
		response->until = date.day;
	}
	if (response->until <= today ||
	    response->until > today + RESPONSE_MUTE_DAYS)
		refuse(&one->why, ERROR_INVALID, "until",
		    "must be after today and at most %d days from it",
		    RESPONSE_MUTE_DAYS);
}

void
handle_alerts_mute(struct call *call)
{
	const struct call_alerts_mute *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };
	struct responding *one = responding_new(call, RESPONSE_MUTE, &said);

	if (one)
		take_until(one, args);
	start(one);
}

void
handle_alerts_unmute(struct call *call)
{
	const struct call_alerts_unmute *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };

	start(responding_new(call, RESPONSE_UNMUTE, &said));
}

void
handle_alerts_acknowledge(struct call *call)
{
	const struct call_alerts_acknowledge *args = call->args;
	const struct said said = { args->id, args->by, { 0 }, args->comment };

	start(responding_new(call, RESPONSE_ACKNOWLEDGE, &said));
}

void
handle_alerts_comment(struct call *call)
{
	const struct call_alerts_comment *args = call->args;
	const struct said said = { args->id, args->by, { 0 }, args->text };

	start(responding_new(call, RESPONSE_COMMENT, &said));
}

void
handle_alerts_confirm(struct call *call)
{
	const struct call_alerts_confirm *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };

	start(responding_new(call, RESPONSE_CONFIRM, &said));
}

void
handle_alerts_close(struct call *call)
{
	const struct call_alerts_close *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };

	start(responding_new(call, RESPONSE_CLOSE, &said));
}

void
handle_alerts_reopen(struct call *call)
{
	const struct call_alerts_reopen *args = call->args;
	const struct said said = { args->id, args->by, args->reason, { 0 } };

	start(responding_new(call, RESPONSE_REOPEN, &said));
}
