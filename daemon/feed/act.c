#include "daemon/feed/act.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store/record.h"
#include "daemon/store/record_access.h"
#include "daemon/store/record_audit.h"
#include "daemon/store/record_curation.h"
#include "daemon/store/record_erase.h"
#include "daemon/store/record_judgement.h"
#include "daemon/store/record_key.h"
#include "daemon/store/record_remedy.h"
#include "daemon/store/record_rules.h"
#include "proto/value.h"

static void
set_subject(struct act *act, struct text text)
{
	size_t len = text.len;

	if (len >= ACT_SUBJECT_MAX) {
		len = ACT_SUBJECT_MAX - 1;
		/* Not in the middle of a character. */
		while (len && ((uint8_t)text.at[len] & 0xc0) == 0x80)
			len--;
	}
	if (len)
		memcpy(act->subject, text.at, len);
	act->subject[len] = '\0';
}

/* The person's words, and what some acts say in words of their subject. */
static struct text
read_body(const struct store_event *event, struct act *act)
{
	struct value body;

	act->is_erased = event->is_erased;
	if (event->is_erased || !value_of(event->body, &body))
		return (struct text){ "", 0 };
	act->organisation = value_find_text(&body, "organisation");
	act->token = value_find_text(&body, "token");
	act->by = value_find_text(&body, "by");
	if (!act->by.len)
		act->by = value_find_text(&body, "author");
	act->reason = value_find_text(&body, "reason");
	return value_find_text(&body, "text");
}

static bool
read_curation(const struct store_event *event, struct act *act)
{
	struct record_curation record;

	if (!record_curation_read(event->header, &record))
		return false;
	act->what = "curation";
	act->kind = curation_kind_name(record.kind);
	act->ordinal = record.organisation;
	act->product = record.product;
	act->other = record.other;
	act->undoes = record.undoes;
	set_subject(act, read_body(event, act));
	return true;
}

static bool
read_judgement(const struct store_event *event, struct act *act)
{
	struct record_judgement record;

	if (!record_judgement_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	act->what = "duplicates";
	act->kind = judgement_kind_name(record.kind);
	act->ordinal = record.organisation;
	act->product = record.product;
	act->undoes = record.undoes;
	snprintf(act->subject, sizeof(act->subject), "@%llu @%llu",
	    (unsigned long long)record.side[0].seq[0],
	    (unsigned long long)record.side[1].seq[0]);
	return true;
}

static bool
read_alert(const struct store_event *event, struct act *act)
{
	struct record_alert record;
	struct text text;

	if (!record_alert_read(event->header, &record))
		return false;
	text = read_body(event, act);
	if (!act->reason.len)
		act->reason = text;
	act->what = "alerts";
	act->kind = alarm_change_name((enum alarm_change)record.change);
	act->alert = record.alarm.id;
	act->product = record.alarm.product;
	return true;
}

static bool
read_remedy(const struct store_event *event, struct act *act)
{
	struct record_remedy record;
	struct value body;

	if (!record_remedy_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	if (!event->is_erased && value_of(event->body, &body))
		set_subject(act, value_find_text(&body, "reference"));
	act->what = "remedies";
	act->kind = remedy_kind_name(record.kind);
	act->product = record.product;
	act->alert = record.alert;
	act->undoes = record.undoes;
	return true;
}

static bool
read_erasure(const struct store_event *event, struct act *act)
{
	struct record_erase record;
	uint64_t seq;

	if (!record_erase_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	act->what = "erasure";
	act->kind = erase_kind_name(record.kind);
	act->ordinal = record.organisation;
	seq = record.kind == ERASE_NOTE ? record.seq : record.first_seq;
	if (seq)
		snprintf(act->subject, sizeof(act->subject), "@%llu",
		    (unsigned long long)seq);
	return true;
}

static bool
read_organisation(const struct store_event *event, struct act *act)
{
	struct record_organisation record;

	if (!record_organisation_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	act->what = "organisations";
	act->kind = record.is_removed ? "removed" : "set";
	set_subject(act, record.name);
	return true;
}

static bool
read_token(const struct store_event *event, struct act *act)
{
	struct record_token record;

	if (!record_token_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	act->what = "tokens";
	act->kind = record.act == TOKEN_MADE ? "made" : "revoked";
	snprintf(act->subject, sizeof(act->subject), "t%u", record.token);
	return true;
}

static bool
read_key(const struct store_event *event, struct act *act)
{
	struct record_key record;

	if (!record_key_read(event->header, &record))
		return false;
	(void)read_body(event, act);
	act->what = "keys";
	act->kind = record.act == KEY_BEGAN ? "began" : "destroyed";
	snprintf(act->subject, sizeof(act->subject), "epoch %u", record.epoch);
	return true;
}

static bool
read_rules(const struct store_event *event, struct act *act)
{
	struct record_rules record;

	if (!record_rules_read(event->header, &record))
		return false;
	act->what = "rules";
	act->kind = "loaded";
	snprintf(act->subject, sizeof(act->subject), "version %u",
	    record.version);
	return true;
}

static bool
read_audit(const struct store_event *event, struct act *act)
{
	struct record_audit record;

	if (!record_audit_read(event->header, &record))
		return false;
	set_subject(act, read_body(event, act));
	act->what = record.kind == AUDIT_RELOAD ? "configuration" : "products";
	act->kind = audit_kind_name(record.kind);
	return true;
}

/* How each type of event is read. */
static const struct {
	uint8_t type; /* enum record_type */
	bool (*read)(const struct store_event *event, struct act *act);
} readers[] = {
	{ RECORD_CURATION, read_curation },
	{ RECORD_LINK, read_judgement },
	{ RECORD_UNLINK, read_judgement },
	{ RECORD_ALERT, read_alert },
	{ RECORD_REMEDY, read_remedy },
	{ RECORD_ERASE, read_erasure },
	{ RECORD_ORGANISATION, read_organisation },
	{ RECORD_TOKEN, read_token },
	{ RECORD_KEY_EPOCH, read_key },
	{ RECORD_RULES, read_rules },
	{ RECORD_AUDIT, read_audit },
};

bool
act_read(const struct store_event *event, struct act *act)
{
	*act = (struct act){ .seq = event->seq, .at_ms = event->received_ms };
	if (!record_is_act(event))
		return false;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i].type == event->type)
			return readers[i].read(event, act);
	return false;
}

bool
act_is_wanted(const struct act *act, const struct act_wanted *wanted)
{
	struct text who = wanted->who, what = wanted->what;

	return (!wanted->since || act->at_ms >= wanted->since) &&
	    (!wanted->until || act->at_ms < wanted->until) &&
	    (!who.len || text_equal(act->organisation, who) ||
		text_equal(act->token, who) || text_equal(act->by, who)) &&
	    (!what.len || text_is(what, act->what) ||
		text_is(what, act->kind)) &&
	    (!wanted->product || act->product == wanted->product ||
		act->other == wanted->product);
}
