#include "daemon/intake/ring.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/intake/apply.h"
#include "daemon/intake/notice.h"
#include "daemon/store/rows.h"

/* The rows of a group that rules look at, copied: events rewrite them. */
struct group {
	uint32_t product;
	uint16_t mode;
	uint32_t reports, cases, sources, organisations;
	unsigned nalarms;
	_Alignas(8) uint8_t window[ROW_MAX]; /* struct window */
};

static const struct window *
window_of(const struct group *group)
{
	return (const struct window *)(const void *)group->window;
}

static bool
read_row(struct intake *intake, const struct key *key, void *out, size_t cap)
{
	struct text row;

	if (projection_get(&intake->projection, KEYSPACE_GROUP, key, &row))
		return false;
	memcpy(out, row.at, row.len < cap ? row.len : cap);
	return true;
}

static bool
read_group(struct intake *intake, struct group *group)
{
	struct key key =
	    key_group(group->product, group->mode, PART_AGGREGATE, 0);
	struct aggregate counts;

	if (!read_row(intake, &key, &counts, sizeof(counts)))
		return false;
	group->reports = counts.reports;
	group->cases = counts.cases;
	group->sources = counts.sources;
	group->organisations = counts.organisations;
	group->nalarms = counts.nalarms;
	return true;
}

static bool
read_window(struct intake *intake, struct group *group)
{
	struct key key = key_group(group->product, group->mode, PART_WINDOW, 0);

	memset(group->window, 0, sizeof(struct window));
	return read_row(intake, &key, group->window, sizeof(group->window));
}

/* The alarm of this rule for the group; a quiet one when none was raised. */
static void
read_alarm(struct intake *intake, const struct group *group,
    const struct rule *rule, struct alarm *alarm)
{
	struct key key =
	    key_group(group->product, group->mode, PART_ALARM, rule->id);

	*alarm = (struct alarm){ .rule = rule->id,
		.rule_version = rule->version,
		.product = group->product,
		.mode = group->mode };
	if (group->nalarms)
		read_row(intake, &key, alarm, sizeof(*alarm));
}

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

/* Alerts that may age are remembered by id. */
static void
remember_open(struct intake *intake, uint32_t id)
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
	if (change == CHANGE_RAISED || change == CHANGE_REGRESSED)
		remember_open(intake, alarm->id);
}

static void
announce(struct intake *intake, struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, enum alarm_change change)
{
	struct record_alert alert = { 0 };
	struct notice_facts facts = { alarm, rule, counts, alert.chain };
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
	record(intake, alarm, change, &alert);
	buf_free(&map);
}

/*
 * An alert whose rule is gone, or all of its reports, closes with what was
 * published of it last.
 */
static void
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

/* Cheap bounds first: the window is read only when the rule could be met. */
static bool
could_ring(const struct rule *rule, const struct group *group)
{
	return group->nalarms ||
	    (group->sources >= rule->sources &&
		group->reports >= rule->reports &&
		group->cases >= rule->cases &&
		group->organisations >= rule->organisations);
}

static void
try_rule(struct intake *intake, const struct rule *rule, struct group *group)
{
	struct rule_counts counts;
	struct alarm alarm;
	enum alarm_change change;

	if (!could_ring(rule, group) || !read_window(intake, group))
		return;
	rule_count(rule, window_of(group), intake_today(intake), &counts);
	read_alarm(intake, group, rule, &alarm);
	change = alarm_step(&alarm, rule, &counts, intake_today(intake));
	if (change != CHANGE_NONE)
		announce(intake, &alarm, rule, &counts, change);
}

void
ring_report(struct intake *intake, const struct facts *facts)
{
	struct group group[2] = { 0 };
	bool is_read[2] = { false, false };
	const struct product_note *note;
	uint32_t unstated;

	if (facts->is_backfill || !intake->rules->count ||
	    intake->projection.result)
		return;
	note = intake_product(intake, facts->product);
	unstated = intake_unstated(intake);
	if (!note || note->level == LEVEL_CATEGORY)
		return;
	for (unsigned i = 0; i < intake->rules->count; i++) {
		const struct rule *rule = &intake->rules->rule[i];
		unsigned which = rule->scope == SCOPE_MODE;
		struct group *one = &group[which];

		/* What nobody named is not the same fault. */
		if (which && facts->mode == unstated)
			continue;
		if (!rule_concerns(rule, facts, note->category,
			intake->vocabulary))
			continue;
		one->product = facts->product;
		one->mode = which ? facts->mode : 0;
		if (!is_read[which])
			is_read[which] = read_group(intake, one);
		if (is_read[which])
			try_rule(intake, rule, one);
	}
}

/*
 * The day of the last report that concerned the rule: updates are announced at
 * milestones only, so the alarm may know of an older one.
 */
static void
find_last(struct intake *intake, const struct rule *rule, struct group *group,
    struct alarm *alarm)
{
	struct rule_counts counts;
	struct rule wide = *rule;

	wide.window_days = WINDOW_DAYS;
	if (!read_window(intake, group))
		return;
	rule_count(&wide, window_of(group), intake_today(intake), &counts);
	if (counts.reports && counts.last > alarm->last_filed)
		alarm->last_filed = counts.last;
}

/*
 * One open alert with the day; what it closes with is counted in the window
 * that ended with its last report.  True when it is no longer open.
 */
static bool
age_alert(struct intake *intake, uint32_t id)
{
	struct key key = key_alert(id);
	struct group group = { 0 };
	struct rule_counts counts;
	struct alarm alarm;
	const struct rule *rule;
	struct text row;

	if (projection_get(&intake->projection, KEYSPACE_ALERT, &key, &row) ||
	    row.len != sizeof(alarm))
		return true;
	memcpy(&alarm, row.at, sizeof(alarm));
	if (alarm.status == ALARM_CLOSED)
		return true;
	rule = rule_find(intake->rules, alarm.rule);
	group.product = alarm.product;
	group.mode = alarm.mode;
	if (rule)
		find_last(intake, rule, &group, &alarm);
	if (alarm_age(&alarm, intake_today(intake)) == CHANGE_NONE)
		return false;
	if (rule)
		rule_count(rule, window_of(&group), alarm.last_filed, &counts);
	if (rule && counts.reports)
		announce(intake, &alarm, rule, &counts, CHANGE_CLOSED);
	else
		announce_again(intake, &alarm, CHANGE_CLOSED);
	return true;
}

void
ring_age(struct intake *intake)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < intake->nopen; i++) {
		uint32_t id = intake->open_alerts[i];

		if (intake->projection.result || !age_alert(intake, id))
			intake->open_alerts[kept++] = id;
	}
	intake->nopen = kept;
	intake_close_frame(intake);
}

int
ring_load(struct intake *intake)
{
	uint64_t last = projection_counter(&intake->projection, COUNTER_ALERTS);
	struct alarm alarm;
	struct text row;

	intake->nopen = 0;
	for (uint32_t id = 1; id <= last; id++) {
		struct key key = key_alert(id);

		if (projection_get(&intake->projection, KEYSPACE_ALERT, &key,
			&row) ||
		    row.len != sizeof(alarm))
			continue;
		memcpy(&alarm, row.at, sizeof(alarm));
		if (alarm.status != ALARM_CLOSED)
			remember_open(intake, id);
	}
	return intake->projection.result;
}
