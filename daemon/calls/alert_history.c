/* alert_history.c - alerts.history: what happened to an alert, and by whom. */
#include <stdlib.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/mention.h"
#include "daemon/calls/trust.h"
#include "daemon/feed/alerts.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

enum { EVENTS_MAX = 1000 };

struct history {
	struct later later; /* first */
	struct services *services;
	struct ticket ticket;
	uint32_t alert;
	unsigned max;
	enum event_reader reader;
	uint64_t seq[EVENTS_MAX];
};

/* What a person wrote is for those who are trusted. */
static uint32_t
pack_said(const struct history *history, const struct store_event *event,
    struct buf *out)
{
	static const char *const keys[] = { "organisation", "by", "reason",
		"text" };
	uint32_t pairs = 0;
	struct value body;

	if (history->reader != READER_TRUSTED || event->is_erased ||
	    !value_of(event->body, &body))
		return 0;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		pairs += mention_pack_text(out, keys[i],
		    value_find_text(&body, keys[i]));
	return pairs;
}

static int
pack_event(const struct history *history, uint64_t seq, struct buf *out)
{
	struct buf scratch = { 0 };
	struct record_alert record;
	struct store_event event;
	struct value alert, counts = { 0 };
	char at[INSTANT_MAX];
	size_t token;
	int result =
	    store_read(history->services->store, seq, &scratch, &event);

	if (!result &&
	    (!record_alert_read(event.header, &record) ||
		!value_of(record.alert, &alert)))
		result = STORE_CORRUPT;
	if (!result) {
		(void)value_find(&alert, "counts", &counts);
		instant_format(event.received_ms, at);
		token = pack_open_map(out);
		pack_field_uint(out, "seq", seq);
		pack_field_string(out, "at", at);
		pack_field_string(out, "change",
		    alarm_change_name((enum alarm_change)record.change));
		pack_field_string(out, "state",
		    alarm_status_name((enum alarm_status)record.alarm.status));
		pack_field_uint(out, "episode", record.alarm.episode);
		pack_field_text(out, "severity",
		    value_find_text(&alert, "severity"));
		pack_string(out, "counts");
		pack_raw(out, counts.span);
		pack_close_map(out, token, 7 + pack_said(history, &event, out));
	}
	buf_free(&scratch);
	return result;
}

static void
history_later(struct later *later)
{
	struct history *history = (struct history *)later;
	struct services *services = history->services;
	struct refusal why = { 0 };
	struct buf out = { 0 };
	char id[PUBLIC_ID_MAX];
	unsigned count = alerts_events(hub_events(services->hub),
	    history->alert, history->reader, history->seq, history->max);

	alert_id_format(history->alert, id);
	if (!count)
		refuse(&why, ERROR_NOT_FOUND, "id", "no alert is called \"%s\"",
		    id);
	pack_map(&out, 2);
	pack_field_string(&out, "id", id);
	pack_string(&out, "events");
	pack_list(&out, count);
	for (unsigned i = 0; i < count && !why.code; i++)
		if (pack_event(history, history->seq[i], &out))
			refuse(&why, ERROR_INTERNAL, NULL,
			    "an alert event cannot be read");
	answer_ticket(services, history->ticket, &out, 0, &why);
	free(history);
}

void
handle_alerts_history(struct call *call)
{
	const struct call_alerts_history *args = call->args;
	struct history *history;
	struct refusal why = { 0 };
	uint32_t alert = alert_id_parse(args->id);

	if (!alert) {
		refuse(&why, ERROR_INVALID, "id", "use an id such as a12");
		answer_refusal(call, &why);
		return;
	}
	history = answer_alloc(call, sizeof(*history));
	if (!history)
		return;
	history->later.run = history_later;
	history->services = session_services(call->session);
	history->ticket = call_ticket(call);
	history->alert = alert;
	history->max = (unsigned)args->max;
	history->reader = trust_reader(call->session);
	later_put(&history->services->laters, &history->later);
}
