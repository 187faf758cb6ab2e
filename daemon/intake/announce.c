#include "daemon/intake/announce.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "daemon/intake/apply.h"
#include "daemon/intake/notice.h"
#include "daemon/store/rows.h"

enum { SOURCES_TOLD = 2 }; /* of fewer no exact counts are published */

static void
keep_notice(struct intake *intake, enum alarm_change change, uint64_t seq)
{
	struct text header = buf_text(&intake->header);
	struct alert_notice *notice = malloc(sizeof(*notice) + header.len);

	if (!notice) {
		intake->projection.result = STORE_MEMORY;
		return;
	}
	*notice = (struct alert_notice){ .change = (uint8_t)change };
	memcpy(notice->bytes, header.at, header.len);
	notice->event = (struct store_event){ .seq = seq,
		.received_ms = intake->received_ms,
		.type = RECORD_ALERT,
		.header = { (const char *)notice->bytes, header.len } };
	*intake->last_notice = notice;
	intake->last_notice = &notice->next;
}

bool
announce_read(struct intake *intake, uint32_t id, struct alarm *alarm)
{
	struct key key = key_alert(id);
	struct text row;

	if (projection_get(&intake->projection, KEYSPACE_ALERT, &key, &row) ||
	    row.len != sizeof(*alarm))
		return false;
	memcpy(alarm, row.at, sizeof(*alarm));
	return true;
}

void
announce_remember(struct intake *intake, uint32_t id)
{
	for (unsigned i = 0; i < intake->nopen; i++)
		if (intake->open_alerts[i] == id)
			return;
	if (intake->nopen == intake->open_cap) {
		unsigned cap = intake->open_cap ? 2 * intake->open_cap : 64;
		uint32_t *more =
		    reallocarray(intake->open_alerts, cap, sizeof(*more));

		if (!more) {
			intake->projection.result = STORE_MEMORY;
			return;
		}
		intake->open_alerts = more;
		intake->open_cap = cap;
	}
	intake->open_alerts[intake->nopen++] = id;
}

static void
read_chain(struct intake *intake, uint8_t chain[32])
{
	struct key key = key_counter(COUNTER_CHAIN);
	struct text row;

	memset(chain, 0, 32);
	if (projection_get(&intake->projection, KEYSPACE_COUNTER, &key, &row) ==
		STORE_OK &&
	    row.len == 32)
		memcpy(chain, row.at, 32);
}

/*
 * A transition, whose map is written, becomes an event, a row and a notice.
 * Who hears of it was decided before, since the map's chain depends on it.
 */
static void
record(struct intake *intake, struct alarm *alarm, struct record_alert *record,
    struct text body)
{
	uint64_t seq;

	intake_open_frame(intake);
	alarm->last_seq = store_next_seq(intake->store);
	record->alarm = *alarm;
	buf_clear(&intake->header);
	record_alert_write(&intake->header, record);
	seq = intake_add_event(intake, RECORD_ALERT, body);
	apply_alert(&intake->projection, record, seq,
	    date_of_ms(intake->received_ms));
	keep_notice(intake, (enum alarm_change)record->change, seq);
	if (alarm_may_age(alarm))
		announce_remember(intake, alarm->id);
	if (!alarm->muted_seq)
		mutes_drop(&intake->mutes, alarm->id);
}

/* Who hears of it; all but what is hidden moves what the public knows. */
static void
begin_record(struct intake *intake, struct alarm *alarm,
    enum alarm_change change, struct record_alert *record)
{
	struct alarm before = { 0 };

	if (alarm->id)
		(void)announce_read(intake, alarm->id, &before);
	else
		alarm->id = (uint32_t)projection_counter(&intake->projection,
				COUNTER_ALERTS) +
		    1;
	record->change = (uint8_t)change;
	record->audience = (uint8_t)alarm_audience(&before, alarm, change);
	if (record->audience != AUDIENCE_TRUSTED)
		alarm->public_status = alarm->status;
	read_chain(intake, record->chain);
}

/*
 * Subscribers are told exact counts from two sources up: of one, that there is
 * at least one report.
 */
static void
blur(struct announcement *told, struct rule_counts *counts)
{
	if (told->counts->sources >= SOURCES_TOLD)
		return;
	*counts = *told->counts;
	counts->reports = counts->reports > 0;
	counts->cases = counts->cases > 0;
	counts->cases_min = counts->cases_min > 0;
	counts->is_at_least = true;
	told->counts = counts;
	told->explanation = NULL;
}

void
announce(struct intake *intake, struct alarm *alarm,
    const struct announcement *announcement)
{
	struct record_alert alert = { 0 };
	struct announcement told = *announcement;
	struct rule_counts blurred;
	struct notice_facts facts = { .alarm = alarm,
		.announcement = &told,
		.chain = alert.chain };
	struct buf map = { 0 };

	begin_record(intake, alarm, announcement->change, &alert);
	if (alert.audience != AUDIENCE_TRUSTED)
		blur(&told, &blurred);
	notice_write(intake, &facts, &map);
	if (map.failed)
		intake->projection.result = STORE_MEMORY;
	alert.alert = buf_text(&map);
	record(intake, alarm, &alert, announcement->body);
	buf_free(&map);
}

void
announce_response(struct intake *intake, struct alarm *alarm,
    enum alarm_change change, struct text body)
{
	struct record_alert alert = { 0 }, last;
	struct buf scratch = { 0 }, map = { 0 };
	struct store_event event;
	struct value published;

	/* It may have been told of a moment ago. */
	if (alarm->last_seq > store_seq(intake->store))
		intake_settle(intake);
	store_wait_durable(intake->store);
	if (store_read(intake->store, alarm->last_seq, &scratch, &event) ||
	    !record_alert_read(event.header, &last) ||
	    !value_of(last.alert, &published)) {
		intake->projection.result = STORE_CORRUPT;
	} else {
		begin_record(intake, alarm, change, &alert);
		notice_repeat(intake, alarm, alert.chain, &published, &map);
		if (map.failed)
			intake->projection.result = STORE_MEMORY;
		alert.alert = buf_text(&map);
		record(intake, alarm, &alert, body);
	}
	buf_free(&scratch);
	buf_free(&map);
}

void
announce_again(struct intake *intake, struct alarm *alarm,
    enum alarm_change change)
{
	announce_response(intake, alarm, change, (struct text){ 0 });
}
