#include "daemon/intake/announce.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/intake/apply.h"
#include "daemon/intake/notice.h"
#include "daemon/store/rows.h"

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

/* A transition, whose map is written, becomes an event, a row and a notice. */
static void
record(struct intake *intake, struct alarm *alarm, enum alarm_change change,
    struct record_alert *record)
{
	uint64_t seq;

	intake_open_frame(intake);
	record->change = (uint8_t)change;
	alarm->last_seq = store_next_seq(intake->store);
	record->alarm = *alarm;
	buf_clear(&intake->header);
	record_alert_write(&intake->header, record);
	seq = intake_add_event(intake, RECORD_ALERT, (struct text){ 0 });
	apply_alert(&intake->projection, record, seq);
	keep_notice(intake, change, seq);
	if (alarm->status == ALARM_OPEN)
		announce_remember(intake, alarm->id);
}

void
announce(struct intake *intake, struct alarm *alarm,
    const struct announcement *announcement)
{
	struct record_alert alert = { 0 };
	struct notice_facts facts = { .alarm = alarm,
		.announcement = announcement,
		.chain = alert.chain };
	struct buf map = { 0 };

	if (!alarm->id)
		alarm->id = (uint32_t)projection_counter(&intake->projection,
				COUNTER_ALERTS) +
		    1;
	read_chain(intake, alert.chain);
	notice_write(intake, &facts, &map);
	if (map.failed)
		intake->projection.result = STORE_MEMORY;
	alert.alert = buf_text(&map);
	record(intake, alarm, announcement->change, &alert);
	buf_free(&map);
}

void
announce_again(struct intake *intake, struct alarm *alarm,
    enum alarm_change change)
{
	struct record_alert alert = { 0 }, last;
	struct buf scratch = { 0 }, map = { 0 };
	struct store_event event;
	struct value published;

	store_wait_durable(intake->store);
	if (store_read(intake->store, alarm->last_seq, &scratch, &event) ||
	    !record_alert_read(event.header, &last) ||
	    !value_of(last.alert, &published)) {
		intake->projection.result = STORE_CORRUPT;
	} else {
		read_chain(intake, alert.chain);
		notice_repeat(alarm, alert.chain, &published, &map);
		if (map.failed)
			intake->projection.result = STORE_MEMORY;
		alert.alert = buf_text(&map);
		record(intake, alarm, change, &alert);
	}
	buf_free(&scratch);
	buf_free(&map);
}
