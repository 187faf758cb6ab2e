/* alerts.c - alerts.list and alerts.get: alerts in their newest state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/calls/answer.h"
#include "daemon/calls/position.h"
#include "daemon/calls/trust.h"
#include "daemon/feed/alerts.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

struct listing {
	struct later later; /* first */
	struct services *services;
	struct ticket ticket;
	struct filter *filter; /* owned */
	struct alerts_walk walk;
	int state; /* enum alarm_status, or -1: any */
	uint32_t after;
	uint32_t last;
	uint64_t max;
	uint32_t count;
	bool more;
	struct buf out;
};

static int
list_alert(void *who, uint32_t alert, uint64_t seq, enum alarm_status status,
    struct text map)
{
	struct listing *listing = who;
	struct value value;

	(void)seq;
	if (alert <= listing->after ||
	    (listing->state >= 0 && (int)status != listing->state) ||
	    !value_of(map, &value) || !filter_matches(listing->filter, &value))
		return 0;
	if (listing->count == listing->max) {
		listing->more = true;
		return 1;
	}
	pack_raw(&listing->out, map);
	listing->count++;
	listing->last = alert;
	return 0;
}

/* changed_since is a sequence or a cursor. */
static int
take_since(struct services *services, const struct value *given,
    uint64_t *since, struct refusal *why)
{
	struct cursor cursor;
	int code;

	*since = 0;
	if (value_is_absent(given))
		return 0;
	if (given->kind == VALUE_UINT) {
		*since = given->as.uint;
		return 0;
	}
	code = position_read(services, value_text(given), &cursor, why);
	if (code)
		return code;
	*since = cursor.snapshot ? 0 : cursor.position;
	return 0;
}

static int
take_listing(struct listing *listing, const struct call_alerts_list *args,
    struct refusal *why)
{
	listing->max = args->max;
	listing->state = -1;
	if (args->state.len) {
		listing->state = alarm_status_find(args->state);
		if (listing->state < 0)
			return refuse(why, ERROR_INVALID, "state",
			    "use watch, held, open, subsiding, closed or "
			    "withdrawn");
	}
	if (args->after.len) {
		listing->after = alert_id_parse(args->after);
		if (!listing->after)
			return refuse(why, ERROR_INVALID, "after",
			    "use the after of the page before");
	}
	return 0;
}

static void
pack_listing(struct services *services, const struct listing *listing,
    struct buf *out)
{
	struct cursor head = { 0, hub_head(services->hub) };
	char after[PUBLIC_ID_MAX] = "";

	if (listing->last)
		alert_id_format(listing->last, after);
	pack_map(out, 5);
	pack_string(out, "alerts");
	pack_list(out, listing->count);
	pack_raw(out, buf_text(&listing->out));
	pack_field_bool(out, "more", listing->more);
	pack_field_string(out, "after", after);
	pack_field_uint(out, "head", store_durable(services->store));
	position_pack(services, out, &head);
	out->failed = out->failed || listing->out.failed;
}

static void
listing_free(struct listing *listing)
{
	filter_free(listing->filter);
	buf_free(&listing->out);
	free(listing);
}

static void
list_later(struct later *later)
{
	struct listing *listing = (struct listing *)later;
	struct services *services = listing->services;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	if (alerts_each(hub_events(services->hub), &listing->walk, list_alert,
		listing) == STORE_CORRUPT)
		refuse(&why, ERROR_INTERNAL, NULL, "an alert cannot be read");
	pack_listing(services, listing, &out);
	answer_ticket(services, listing->ticket, &out, 0, &why);
	listing_free(listing);
}

void
handle_alerts_list(struct call *call)
{
	const struct call_alerts_list *args = call->args;
	struct services *services = session_services(call->session);
	struct listing *listing = answer_alloc(call, sizeof(*listing));
	struct refusal why = { 0 };

	if (!listing)
		return;
	listing->later.run = list_later;
	listing->services = services;
	listing->ticket = call_ticket(call);
	listing->walk.reader = trust_reader(call->session);
	if (take_listing(listing, args, &why) ||
	    take_since(services, &args->changed_since,
		&listing->walk.changed_since, &why) ||
	    filter_new(&args->filter, services->vocabulary, &listing->filter,
		&why)) {
		answer_refusal(call, &why);
		listing_free(listing);
		return;
	}
	later_put(&services->laters, &listing->later);
}

void
handle_alerts_get(struct call *call)
{
	const struct call_alerts_get *args = call->args;
	struct services *services = session_services(call->session);
	struct buf scratch = { 0 }, out = { 0 };
	struct refusal why = { 0 };
	uint32_t alert = alert_id_parse(args->id);
	uint64_t seq;

	if (!alert)
		refuse(&why, ERROR_INVALID, "id", "use an id such as a12");
	else if (!alerts_get(hub_events(services->hub), alert,
		     trust_reader(call->session), &scratch, &seq))
		refuse(&why, ERROR_NOT_FOUND, "id",
		    "no alert is called "
		    "\"%.*s\"",
		    TEXT_ARG(args->id));
	else {
		pack_map(&out, 2);
		pack_string(&out, "alert");
		pack_raw(&out, buf_text(&scratch));
		pack_field_uint(&out, "seq", seq);
	}
	answer_ticket(services, call_ticket(call), &out, 0, &why);
	buf_free(&scratch);
}
