/* audit.c - audit.list: what those who run and curate this did. */
#include "daemon/calls/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/calls/answer.h"
#include "daemon/calls/fresh.h"
#include "daemon/calls/mention.h"
#include "daemon/core/access.h"
#include "daemon/feed/act.h"
#include "daemon/intake/shown.h"
#include "daemon/net/dispatch.h"
#include "daemon/store/record_audit.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

/* Events read for one page; about 20 us each. */
enum { READS_MAX = 5000, WHO_MAX = 101, WHAT_MAX = 33 };
enum { STOP = -1 }; /* ends a walk in order */

struct audit {
	struct fresh fresh; /* first */
	struct ticket ticket;
	char who[WHO_MAX], what[WHAT_MAX];
	struct act_wanted wanted; /* borrows from these */
	uint64_t max, after;
	struct buf seqs; /* u64 each: acts within the time asked for */
	bool more;       /* behind these */
	uint32_t count;
	struct buf items, out;
};

static int
list_act(void *who, struct text key, struct text bytes)
{
	struct audit *audit = who;
	struct audit_row row;
	uint64_t seq;

	if (key.len != sizeof(seq) || bytes.len != sizeof(row))
		return STORE_CORRUPT;
	seq = key_u64(key, 0);
	memcpy(&row, bytes.at, sizeof(row));
	if (audit->wanted.since && row.at_ms < audit->wanted.since)
		return 0;
	if (audit->wanted.until && row.at_ms >= audit->wanted.until)
		return STOP;
	if (audit->seqs.len >= READS_MAX * sizeof(seq)) {
		audit->more = true;
		return STOP;
	}
	buf_add(&audit->seqs, &seq, sizeof(seq));
	return 0;
}

static uint32_t
pack_product(struct buf *out, const char *key, uint32_t product)
{
	if (product)
		mention_pack_product(out, key, product);
	return product != 0;
}

static uint32_t
pack_alert(struct buf *out, uint32_t alert)
{
	char id[PUBLIC_ID_MAX];

	if (!alert)
		return 0;
	alert_id_format(alert, id);
	pack_field_string(out, "alert", id);
	return 1;
}

static void
pack_act(struct buf *out, const struct act *act)
{
	size_t token = pack_open_map(out);
	uint32_t pairs = 4;
	char at[INSTANT_MAX];

	instant_format(act->at_ms, at);
	pack_field_uint(out, "seq", act->seq);
	pack_field_string(out, "at", at);
	pack_field_string(out, "what", act->what);
	pack_field_string(out, "act", act->kind);
	pairs += mention_pack_text(out, "organisation", act->organisation);
	pairs += mention_pack_text(out, "token", act->token);
	pairs += mention_pack_text(out, "by", act->by);
	pairs += pack_product(out, "product", act->product);
	pairs += pack_product(out, "other", act->other);
	pairs += pack_alert(out, act->alert);
	pairs += mention_pack_text(out, "subject", text_of(act->subject));
	pairs += mention_pack_number(out, "undoes", act->undoes);
	pairs += mention_pack_text(out, "reason", act->reason);
	if (act->is_erased) {
		pack_field_bool(out, "erased", true);
		pairs++;
	}
	pack_close_map(out, token, pairs);
}

static void
name_organisation(struct snapshot *snapshot, struct act *act)
{
	struct key key = key_name_ordinal(NAME_ORGANISATION, act->ordinal);

	if (!act->organisation.len && act->ordinal &&
	    snapshot_get(snapshot, KEYSPACE_NAME, key_text(&key),
		&act->organisation))
		act->organisation = (struct text){ "", 0 };
}

/* Read one of them; 0, or the fault. */
static int
take_act(struct audit *audit, struct snapshot *snapshot, uint64_t seq)
{
	struct store *store = audit->fresh.services->store;
	struct buf scratch = { 0 };
	struct store_event event;
	struct act act;
	int result = store_read(store, seq, &scratch, &event);

	if (!result && !act_read(&event, &act))
		result = STORE_CORRUPT;
	if (!result) {
		name_organisation(snapshot, &act);
		if (act_is_wanted(&act, &audit->wanted)) {
			pack_act(&audit->items, &act);
			audit->count++;
		}
		audit->after = seq;
	}
	buf_free(&scratch);
	return result;
}

static void
take_acts(struct audit *audit, struct snapshot *snapshot)
{
	size_t at = 0;
	int result = 0;

	while (!result && at < audit->seqs.len) {
		uint64_t seq;

		if (audit->count == audit->max) {
			audit->more = true;
			break;
		}
		memcpy(&seq, audit->seqs.at + at, sizeof(seq));
		result = take_act(audit, snapshot, seq);
		at += sizeof(seq);
	}
	if (result)
		answer_damaged(&audit->fresh.why);
}

static void
pack_answer(struct audit *audit)
{
	char after[24];

	snprintf(after, sizeof(after), "%llu",
	    (unsigned long long)audit->after);
	pack_map(&audit->out, 3);
	pack_string(&audit->out, "acts");
	pack_list(&audit->out, audit->count);
	pack_raw(&audit->out, buf_text(&audit->items));
	pack_field_bool(&audit->out, "more", audit->more);
	pack_field_string(&audit->out, "after", after);
	audit->out.failed = audit->out.failed || audit->items.failed;
}

static void
audit_read(struct fresh *fresh)
{
	struct audit *audit = (struct audit *)fresh;
	struct snapshot *snapshot = snapshot_open(fresh->services->store);
	struct key from = key_audit(audit->after + 1);
	int result;

	if (!snapshot) {
		answer_no_memory(&fresh->why);
		return;
	}
	result = snapshot_walk(snapshot, KEYSPACE_AUDIT, (struct text){ 0 },
	    key_text(&from), list_act, audit);
	if ((result && result != STOP) || audit->seqs.failed)
		answer_damaged(&fresh->why);
	else
		take_acts(audit, snapshot);
	snapshot_close(snapshot);
	pack_answer(audit);
}

static void
audit_free(struct audit *audit)
{
	buf_free(&audit->seqs);
	buf_free(&audit->items);
	free(audit);
}

static void
audit_done(struct fresh *fresh)
{
	struct audit *audit = (struct audit *)fresh;

	answer_ticket(fresh->services, audit->ticket, &audit->out, 0,
	    &fresh->why);
	audit_free(audit);
}

/* A day's beginning, or its end, or a time. */
static int
take_time(struct text text, bool is_end, int64_t *ms)
{
	enum { DAY_MS = 86400000 };
	const char *why;
	struct date date;

	if (!text.len || !instant_parse(text, ms))
		return 0;
	if (date_parse(text, &date, &why) || date.precision != DATE_DAY)
		return -1;
	*ms = (date.day + (is_end ? 1 : 0)) * (int64_t)DAY_MS;
	return 0;
}

static int
take_after(struct text text, uint64_t *after)
{
	char digits[24] = "", *end = digits;

	if (!text.len)
		return 0;
	if (text.len >= sizeof(digits) || text.at[0] < '0' || text.at[0] > '9')
		return -1;
	memcpy(digits, text.at, text.len);
	*after = strtoull(digits, &end, 10);
	return *end || *after >= INT64_MAX ? -1 : 0;
}

static int
take_args(struct audit *audit, const struct call_audit_list *args,
    struct refusal *why)
{
	struct act_wanted *wanted = &audit->wanted;

	shown_copy(audit->who, sizeof(audit->who), args->who);
	shown_copy(audit->what, sizeof(audit->what), args->what);
	wanted->who = text_of(audit->who);
	wanted->what = text_of(audit->what);
	audit->max = args->max;
	if (take_time(args->since, false, &wanted->since))
		return refuse(why, ERROR_INVALID, "since",
		    "use a day such as 2026-11-24, or a time in UTC");
	if (take_time(args->until, true, &wanted->until))
		return refuse(why, ERROR_INVALID, "until",
		    "use a day such as 2026-11-24, or a time in UTC");
	if (args->product.len)
		wanted->product = product_id_parse(args->product);
	if (args->product.len && !wanted->product)
		return refuse(why, ERROR_INVALID, "product",
		    "use an id such as p12");
	if (take_after(args->after, &audit->after))
		return refuse(why, ERROR_INVALID, "after",
		    "use the after of the page before");
	return 0;
}

int
audit_check(const struct call *call, struct refusal *why)
{
	const struct services *services = session_services(call->session);
	const struct grant *grant = session_grant(call->session);
	const struct message *message = message_row(MESSAGE_AUDIT_LIST);

	return access_refuse(access_check(grant, message, NULL,
				 clock_now(services->clock)),
	    grant, message, why);
}

void
handle_audit_list(struct call *call)
{
	struct audit *audit = answer_alloc(call, sizeof(*audit));
	struct refusal why = { 0 };

	if (!audit)
		return;
	audit->fresh =
	    (struct fresh){ .services = session_services(call->session),
		    .read = audit_read,
		    .done = audit_done };
	audit->ticket = call_ticket(call);
	if (take_args(audit, call->args, &why)) {
		answer_refusal(call, &why);
		audit_free(audit);
		return;
	}
	fresh_start(&audit->fresh);
}
