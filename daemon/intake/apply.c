#include "daemon/intake/apply.h"

#include <string.h>

#include "base/digest.h"
#include "daemon/core/alarm_totals.h"
#include "daemon/core/detect/week.h"
#include "daemon/core/duplicate.h"
#include "daemon/intake/acts.h"
#include "daemon/intake/counting.h"
#include "daemon/intake/detecting.h"
#include "daemon/intake/erase.h"
#include "daemon/intake/judgement.h"
#include "daemon/intake/keychain.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/liken.h"
#include "daemon/intake/members.h"
#include "daemon/intake/naming.h"
#include "daemon/intake/origin.h"
#include "daemon/intake/remedies.h"
#include "daemon/intake/resubmit.h"
#include "daemon/intake/senders.h"
#include "daemon/intake/standing.h"
#include "daemon/store/record_rules.h"
#include "daemon/store/rows.h"
#include "daemon/store/rows_durable.h"

static void
put_report_row(struct projection *projection,
    const struct record_report *record, uint64_t seq, bool is_withdrawn)
{
	struct key key = key_report(record->key);
	struct report_row before = { 0 };
	struct text bytes;
	struct report_row row = { .first_seq = record->first_seq
		    ? record->first_seq
		    : seq,
		.latest_seq = seq,
		.fingerprint = record->fingerprint,
		.revision = record->revision,
		.is_withdrawn = is_withdrawn };

	/* An older version's header of a withdrawal names no first event. */
	if ((is_withdrawn || record->first_seq) &&
	    projection_get(projection, KEYSPACE_REPORT, &key, &bytes) ==
		STORE_OK &&
	    !report_row_read(bytes, &before))
		projection->result = STORE_CORRUPT;
	/* Nothing but a withdrawal comes to an erased one. */
	row.is_erased = is_withdrawn && before.is_erased;
	row.organisation =
	    is_withdrawn ? before.organisation : record->facts.organisation;
	row.bytes = before.bytes + record->body_bytes;
	senders_hold(projection, row.organisation, (int64_t)record->body_bytes);
	buf_clear(&projection->scratch);
	report_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_REPORT, &key);
}

/*
 * Keys that begin with a time grow: one beyond the newest has never been held,
 * which spares most look-ups of new reports.
 */
static void
note_newest(struct projection *projection, const uint8_t id[16])
{
	struct key key = key_counter(COUNTER_NEWEST);
	uint8_t *newest;

	if (!(id[0] & DUPLICATE_TIMED))
		return;
	newest = projection_edit(projection, KEYSPACE_COUNTER, &key, 16);
	if (newest && memcmp(id, newest, 16) > 0)
		memcpy(newest, id, 16);
}

/* An import's list names the report once, by its first event. */
static void
put_import_row(struct projection *projection,
    const struct record_report *record, uint64_t seq)
{
	struct key key = key_import(record->label, seq);

	if (record->label)
		projection_put(projection, KEYSPACE_IMPORT, &key,
		    (struct text){ (const char *)record->key,
			sizeof(record->key) });
}

/* Older logs hold no evidence. */
static void
apply_likeness(struct projection *projection,
    const struct record_report *record, uint64_t seq, bool is_in)
{
	struct evidence evidence =
	    is_in ? record->evidence : record->old_evidence;

	if (!evidence.product)
		return;
	evidence_set_seq(&evidence, seq);
	if (is_in)
		liken_apply_in(projection, &evidence, &record->found);
	else
		liken_apply_out(projection, &evidence, record->old_case);
}

/* A report in or out of what is counted, and of what detection follows. */
static void
count(struct projection *projection, const struct record_report *record,
    uint64_t window_seq, struct detecting_move *move)
{
	move->root =
	    counting_move(projection, move->facts, window_seq, move->is_added);
	move->week =
	    record->week ? record->week : week_of_ms(move->received_ms);
	detecting_move(projection, move);
}

void
apply_report(struct projection *projection, enum record_type type,
    const struct record_report *record, uint64_t seq, int64_t received_ms)
{
	uint64_t window_seq = record->first_seq ? record->first_seq : seq;
	struct detecting_move out = { .facts = &record->old,
		.received_ms = received_ms };
	struct detecting_move in = { .facts = &record->facts,
		.received_ms = received_ms,
		.is_added = true };

	if (type != RECORD_REPORT && record->old.product) {
		count(projection, record, window_seq, &out);
		naming_uncount_spelling(projection, &record->old,
		    record->old_spelling);
		apply_likeness(projection, record, window_seq, false);
	}
	put_report_row(projection, record, seq, type == RECORD_WITHDRAW);
	note_newest(projection, record->key);
	if (type == RECORD_WITHDRAW)
		return;
	naming_count_spelling(projection, &record->facts, record->spelling);
	count(projection, record, window_seq, &in);
	senders_apply(projection, &record->facts, seq);
	apply_likeness(projection, record, window_seq, true);
	if (type != RECORD_REGROUP)
		put_import_row(projection, record, seq);
}

void
apply_prefetch(const struct projection *projection,
    const struct record_report *record, bool is_row)
{
	const struct facts *facts = &record->facts;
	const struct key group[] = {
		key_group(facts->product, 0, PART_AGGREGATE, 0),
		key_group(facts->product, facts->mode, PART_AGGREGATE, 0),
		key_group(facts->product, 0, PART_SOURCE, facts->source),
		key_group(facts->product, 0, PART_WINDOW, 0),
		key_group(facts->product, facts->mode, PART_WINDOW, 0),
	};
	struct key report = key_report(record->key);
	struct key day = key_day(facts->filed, facts->product, facts->mode);

	for (size_t i = 0; i < sizeof(group) / sizeof(*group); i++)
		store_prefetch(projection->store, KEYSPACE_GROUP,
		    key_text(&group[i]), is_row);
	store_prefetch(projection->store, KEYSPACE_DAY, key_text(&day), is_row);
	store_prefetch(projection->store, KEYSPACE_REPORT, key_text(&report),
	    is_row);
}

void
apply_chain_next(const uint8_t chain[32], struct text alert, uint8_t next[32])
{
	digest_chain(chain, alert.at, alert.len, next);
}

static void
count_totals(struct projection *projection, const struct record_alert *record,
    struct text old, int32_t day)
{
	struct key key = key_counter(COUNTER_ALARM_TOTALS);
	struct alarm before = { 0 };
	struct alarm_totals *totals;

	if (old.len == sizeof(before))
		memcpy(&before, old.at, sizeof(before));
	totals = projection_edit(projection, KEYSPACE_COUNTER, &key,
	    sizeof(*totals));
	if (totals)
		alarm_totals_count(totals, &before, &record->alarm,
		    (enum alarm_change)record->change, day);
}

/* What not all may see is no link of the chain that all can check. */
static void
lengthen_chain(struct projection *projection, const struct record_alert *record)
{
	struct key chain = key_counter(COUNTER_CHAIN);
	uint8_t next[32];

	if (record->audience != AUDIENCE_ALL)
		return;
	apply_chain_next(record->chain, record->alert, next);
	projection_put(projection, KEYSPACE_COUNTER, &chain,
	    (struct text){ (const char *)next, sizeof(next) });
}

void
apply_alert(struct projection *projection, const struct record_alert *record,
    uint64_t seq, int32_t day)
{
	const struct alarm *alarm = &record->alarm;
	struct key alert = key_alert(alarm->id);
	struct key event = key_alert_event(seq);
	struct key group =
	    key_group(alarm->product, alarm->mode, PART_ALARM, alarm->rule);
	struct key aggregate =
	    key_group(alarm->product, alarm->mode, PART_AGGREGATE, 0);
	struct alarm row = *alarm;
	const struct alert_event_row told = { .alert = alarm->id,
		.status = alarm->status,
		.audience = record->audience };
	struct text bytes = { (const char *)&row, sizeof(row) }, old = { 0 };
	struct aggregate *counts;
	bool is_first = projection_get(projection, KEYSPACE_ALERT, &alert,
			    &old) == STORE_NOT_FOUND;

	count_totals(projection, record, is_first ? (struct text){ 0 } : old,
	    day);
	row.last_seq = seq;
	projection_put(projection, KEYSPACE_ALERT, &alert, bytes);
	projection_put(projection, KEYSPACE_GROUP, &group, bytes);
	projection_put(projection, KEYSPACE_ALERT_EVENT, &event,
	    (struct text){ (const char *)&told, sizeof(told) });
	lengthen_chain(projection, record);
	detecting_ring(projection, record);
	if (!is_first || projection->result)
		return;
	projection_set_counter(projection, COUNTER_ALERTS, alarm->id);
	counts = store_edit(projection->store, KEYSPACE_GROUP,
	    key_text(&aggregate), 0, &old.len, &projection->result);
	if (counts && old.len >= sizeof(*counts))
		counts->nalarms++;
}

void
apply_durable(struct projection *projection,
    const struct record_durable *record)
{
	struct key key = key_durable(record->hash);
	struct durable_row row = { .organisation = record->organisation,
		.snapshot = record->snapshot,
		.position = record->position,
		.name = record->name,
		.filter = record->filter };

	buf_clear(&projection->scratch);
	durable_row_write(&projection->scratch, &row);
	projection_put_scratch(projection, KEYSPACE_DURABLE, &key);
}

static bool
apply_report_event(struct projection *projection,
    const struct store_event *event)
{
	struct record_report record;

	if (!record_report_read(event->header, event->type, event->received_ms,
		&record))
		return false;
	/* What a person wrote of a withdrawal is erased by itself. */
	if (event->type == RECORD_REPORT || event->type == RECORD_AMEND)
		record.body_bytes = event->body.len;
	apply_report(projection, event->type, &record, event->seq,
	    event->received_ms);
	return true;
}

static bool
apply_dictionary(struct projection *projection, const struct store_event *event)
{
	struct record_name name;
	struct record_product product;
	struct record_product_key key;
	struct record_spelling spelling;

	switch (event->type) {
	case RECORD_NAME:
		if (!record_name_read(event->header, &name) ||
		    name.kind >= NAME_KIND_COUNT)
			return false;
		if (event->is_erased)
			name.hash = 0;
		naming_add_name(projection, &name, event->body);
		return true;
	case RECORD_PRODUCT:
		if (!record_product_read(event->header, &product))
			return false;
		naming_add_product(projection, &product);
		return true;
	case RECORD_PRODUCT_KEY:
		if (!record_product_key_read(event->header, &key))
			return false;
		naming_add_product_key(projection, &key);
		return true;
	default:
		if (!record_spelling_read(event->header, &spelling))
			return false;
		naming_add_spelling(projection, &spelling);
		return true;
	}
}

/* How sources give their ids. */
static bool
apply_ids(struct projection *projection, const struct store_event *event)
{
	struct record_origin origin;
	struct record_resubmit resubmit;

	if (event->type == RECORD_ORIGIN) {
		if (!record_origin_read(event->header, &origin))
			return false;
		origin_apply(projection, &origin, event->received_ms);
		return true;
	}
	if (!record_resubmit_read(event->header, &resubmit))
		return false;
	resubmit_apply(projection, &resubmit);
	return true;
}

/* Who may come in, and under which key those who report are known. */
static bool
apply_admission(struct projection *projection, const struct store_event *event)
{
	struct record_audit audit;

	if (event->type == RECORD_AUDIT)
		return record_audit_read(event->header, &audit);
	return event->type == RECORD_KEY_EPOCH
	    ? keychain_apply(projection, event)
	    : members_apply(projection, event);
}

static bool
apply_rules(struct projection *projection, struct text header)
{
	struct record_rules rules;

	if (!record_rules_read(header, &rules))
		return false;
	projection_set_counter(projection, COUNTER_RULES, rules.version);
	detecting_set_grave(projection, rules.grave);
	return true;
}

static bool
apply_prior(struct projection *projection, struct text header)
{
	struct record_prior prior;

	if (!record_prior_read(header, &prior))
		return false;
	detecting_measure(projection, &prior);
	return true;
}

static bool
apply_durable_event(struct projection *projection, struct text header)
{
	struct record_durable durable;

	if (!record_durable_read(header, &durable))
		return false;
	apply_durable(projection, &durable);
	return true;
}

bool
apply_event(struct projection *projection, const struct store_event *event)
{
	struct record_alert alert;
	struct record_curation curation;
	struct record_judgement judgement;

	acts_apply(projection, event);
	switch (event->type) {
	case RECORD_NAME:
	case RECORD_PRODUCT:
	case RECORD_PRODUCT_KEY:
	case RECORD_SPELLING:
		return apply_dictionary(projection, event);
	case RECORD_REPORT:
	case RECORD_AMEND:
	case RECORD_WITHDRAW:
	case RECORD_REGROUP:
		return apply_report_event(projection, event);
	case RECORD_ALERT:
		if (!record_alert_read(event->header, &alert))
			return false;
		apply_alert(projection, &alert, event->seq,
		    date_of_ms(event->received_ms));
		return true;
	case RECORD_DURABLE:
		return apply_durable_event(projection, event->header);
	case RECORD_CURATION:
		if (!record_curation_read(event->header, &curation))
			return false;
		detecting_curate(projection, &curation, event->received_ms);
		return kinship_apply(projection, &curation, event->seq);
	case RECORD_REGROUPED:
		return standing_apply(projection, event->header);
	case RECORD_LINK:
	case RECORD_UNLINK:
		return record_judgement_read(event->header, &judgement) &&
		    judgement_apply(projection, &judgement, event->seq);
	case RECORD_REMEDY:
		return remedies_apply(projection, event->header, event->seq);
	case RECORD_RULES:
		return apply_rules(projection, event->header);
	case RECORD_PRIOR:
		return apply_prior(projection, event->header);
	case RECORD_ERASE:
		return erase_apply(projection, event->header, event->seq);
	case RECORD_ORIGIN:
	case RECORD_RESUBMIT:
		return apply_ids(projection, event);
	case RECORD_ORGANISATION:
	case RECORD_TOKEN:
	case RECORD_KEY_EPOCH:
	case RECORD_AUDIT:
		return apply_admission(projection, event);
	default:
		return false;
	}
}
