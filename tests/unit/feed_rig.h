/*
 * feed_rig.h - for tests of feed/: a real store in a temporary directory,
 * filled with events and the rows that belong to them.
 */
#ifndef TOCSIN_TESTS_FEED_RIG_H
#define TOCSIN_TESTS_FEED_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/record.h"
#include "daemon/store/rows.h"
#include "daemon/store/store.h"
#include "tests/unit/notation.h"

#define RIG_EPOCH_MS INT64_C(1795478400000) /* 2026-11-24T00:00:00Z */

struct rig {
	char dir[64];
	struct store *store;
	struct vocabulary *vocabulary;
	int64_t now_ms; /* received time of the next event */
};

static inline void
rig_open(struct rig *rig)
{
	struct store_options options = { .dir = rig->dir,
		.map_bytes = UINT64_C(1) << 30,
		.segment_bytes = 4 << 20,
		.overlay_events = 100000,
		.overlay_bytes = 64 << 20 };
	struct store_fault fault = { 0 };

	rig->store = store_open(&options, &fault);
	if (rig->store == NULL)
		fail_msg("%s", fault.text);
}

static inline void
rig_init(struct rig *rig)
{
	struct yaml_errors errors = { 0 };

	*rig = (struct rig){ .now_ms = RIG_EPOCH_MS };
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/tocsin-feed-XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	rig->vocabulary = vocabulary_new(NULL, &errors);
	assert_non_null(rig->vocabulary);
	rig_open(rig);
}

static inline void
rig_fini(struct rig *rig)
{
	char command[128];

	store_close(rig->store);
	vocabulary_free(rig->vocabulary);
	snprintf(command, sizeof(command), "rm -rf '%s'", rig->dir);
	assert_int_equal(system(command), 0);
}

static inline void
rig_put(struct rig *rig, enum keyspace keyspace, struct key key,
    const void *bytes, size_t len)
{
	assert_int_equal(store_put(rig->store, keyspace, key_text(&key),
			     (struct text){ bytes, len }),
	    STORE_OK);
}

/* Append one event in a frame of its own. */
static inline uint64_t
rig_event(struct rig *rig, enum record_type type, const struct buf *header,
    struct text body)
{
	uint64_t seq;

	assert_false(header->failed);
	store_frame_begin(rig->store, rig->now_ms);
	seq =
	    store_frame_add(rig->store, (uint8_t)type, buf_text(header), body);
	store_frame_end(rig->store);
	assert_int_equal(store_append(rig->store), STORE_OK);
	return seq;
}

/* Wait until all is durable; with applied, until LMDB holds it too. */
static inline void
rig_settle(struct rig *rig, bool applied)
{
	store_wait_durable(rig->store);
	while (applied && store_applied(rig->store) < store_seq(rig->store)) {
		store_checkpoint(rig->store);
		usleep(1000);
	}
}

static inline uint64_t
rig_name(struct rig *rig, enum name_kind kind, uint32_t ordinal,
    const char *name)
{
	struct buf header = { 0 };
	struct record_name record = { .kind = (uint8_t)kind,
		.ordinal = ordinal,
		.hash = ordinal };
	uint64_t seq;

	record_name_write(&header, &record);
	rig_put(rig, KEYSPACE_NAME, key_name_ordinal(kind, ordinal), name,
	    strlen(name));
	rig_put(rig, KEYSPACE_NAME, key_name_hash(kind, ordinal), &ordinal,
	    sizeof(ordinal));
	seq = rig_event(rig, RECORD_NAME, &header, text_of(name));
	buf_free(&header);
	return seq;
}

/* shown: brand, 0x1f, model; "" none. */
static inline void
rig_product(struct rig *rig, uint32_t product, const char *category,
    const char *brand, const char *shown)
{
	struct buf header = { 0 };
	struct buf row = { 0 };
	struct record_product record = { .product = product,
		.level = brand[0] ? LEVEL_BRAND : LEVEL_CATEGORY,
		.rules_version = 1,
		.category = text_of(category),
		.brand = text_of(brand) };
	struct product_row values = { .level = record.level,
		.category = record.category,
		.brand = record.brand,
		.shown = text_of(shown) };

	record_product_write(&header, &record);
	product_row_write(&row, &values);
	rig_put(rig, KEYSPACE_PRODUCT, key_product(product), row.at, row.len);
	(void)rig_event(rig, RECORD_PRODUCT, &header, (struct text){ 0 });
	buf_free(&header);
	buf_free(&row);
}

/* A transition of an alert; map in notation. */
static inline uint64_t
rig_alert(struct rig *rig, const struct alarm *alarm, enum alarm_change change,
    const char *map)
{
	struct buf header = { 0 };
	struct buf alert = { 0 };
	struct record_alert record = { .alarm = *alarm,
		.change = (uint8_t)change };
	struct alarm row;
	struct alert_event_row told;
	uint64_t seq;

	/* As announced: who may know of it, and what all know now. */
	record.audience =
	    (uint8_t)alarm_audience(&(struct alarm){ 0 }, alarm, change);
	if (record.audience != AUDIENCE_TRUSTED)
		record.alarm.public_status = alarm->status;
	row = record.alarm;
	notation(&alert, map);
	record.alert = buf_text(&alert);
	record_alert_write(&header, &record);
	seq = row.last_seq = store_next_seq(rig->store);
	rig_put(rig, KEYSPACE_ALERT, key_alert(alarm->id), &row, sizeof(row));
	rig_put(rig, KEYSPACE_GROUP,
	    key_group(alarm->product, alarm->mode, PART_ALARM, alarm->rule),
	    &row, sizeof(row));
	told = (struct alert_event_row){ .alert = alarm->id,
		.status = alarm->status,
		.audience = record.audience };
	rig_put(rig, KEYSPACE_ALERT_EVENT, key_alert_event(seq), &told,
	    sizeof(told));
	assert_true(
	    rig_event(rig, RECORD_ALERT, &header, (struct text){ 0 }) == seq);
	buf_free(&header);
	buf_free(&alert);
	return seq;
}

static inline void
rig_count(struct rig *rig, const struct facts *facts, uint16_t mode,
    uint64_t seq)
{
	struct key key = key_group(facts->product, mode, PART_AGGREGATE, 0);
	struct aggregate *row;
	size_t len;
	int result;

	row = store_edit(rig->store, KEYSPACE_GROUP, key_text(&key),
	    aggregate_bytes(60), &len, &result);
	assert_non_null(row);
	aggregate_add(row, facts, seq,
	    (struct newcomer){ true, row->organisations == 0, true });
	store_edit_len(rig->store, aggregate_bytes(row->ntallies));
}

/*
 * A report (first_seq 0) or another revision of one; body in notation.  Only
 * first revisions are counted into the groups.
 */
static inline uint64_t
rig_report(struct rig *rig, enum record_type type,
    const struct record_report *report, const char *body)
{
	struct record_report record = *report;
	struct buf header = { 0 };
	struct buf bytes = { 0 };
	uint64_t seq = store_next_seq(rig->store);

	record.facts.received_ms = rig->now_ms;
	record_report_write(&header, type, &record, rig->now_ms);
	if (body != NULL)
		notation(&bytes, body);
	if (type == RECORD_REPORT) {
		rig_count(rig, &record.facts, 0, seq);
		rig_count(rig, &record.facts, record.facts.mode, seq);
	}
	assert_true(rig_event(rig, type, &header, buf_text(&bytes)) == seq);
	buf_free(&header);
	buf_free(&bytes);
	return seq;
}

#endif
