/* events.c - see events.h. */
#include "daemon/feed/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "daemon/store/record.h"
#include "daemon/store/rows.h"

/* More alerts than this are a corrupt ordinal, not a busy year. */
enum { ALERTS_MAX = 1 << 26 };

struct slot {
	uint32_t index; /* EVENT_NONE: empty */
	struct event_content content;
	struct buf map; /* owned */
	struct filter_scratch scratch;
};

/* One alert, for each kind of reader. */
struct alert_state {
	uint32_t newest[2]; /* index, or EVENT_NONE */
};

struct events {
	struct store *store;                 /* borrowed */
	const struct vocabulary *vocabulary; /* borrowed */
	uint64_t head;
	struct event_place *place; /* owned */
	uint32_t count, cap;
	struct alert_state *alert;    /* owned, by alert id */
	uint32_t nalerts, alerts_cap; /* ids below nalerts */
	uint64_t nopen[2];            /* by enum event_reader */
	uint64_t nreads;
	struct buf scratch;
	/*
	 * Direct mapped.  Two halves, so that somebody who reads old events
	 * never pushes the newest out.
	 */
	struct slot newest[EVENTS_KEPT];
	struct slot older[EVENTS_KEPT];
};

bool
event_status_is_open(uint8_t status)
{
	return status == ALARM_WATCH || status == ALARM_HELD ||
	    status == ALARM_OPEN || status == ALARM_SUBSIDING;
}

/* Make room for one more event and for this alert; false: no memory. */
static bool
make_room(struct events *events, uint32_t alert)
{
	if (events->count == events->cap) {
		uint32_t cap = events->cap ? events->cap * 2 : 1024;
		struct event_place *grown =
		    realloc(events->place, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		events->place = grown;
		events->cap = cap;
	}
	if (alert >= events->alerts_cap) {
		uint32_t cap = alert < 512 ? 1024 : alert * 2;
		struct alert_state *grown =
		    realloc(events->alert, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		events->alert = grown;
		events->alerts_cap = cap;
	}
	while (events->nalerts <= alert)
		events->alert[events->nalerts++] =
		    (struct alert_state){ { EVENT_NONE, EVENT_NONE } };
	return true;
}

bool
event_is_link(const struct event_place *place)
{
	return place->audience == AUDIENCE_ALL;
}

bool
event_is_shown(const struct event_place *place, enum event_reader reader)
{
	return reader == READER_TRUSTED || place->audience != AUDIENCE_TRUSTED;
}

bool
event_is_told(const struct event_place *place, enum event_reader reader)
{
	return reader == READER_TRUSTED || place->audience == AUDIENCE_ALL;
}

/* An event that this reader may see is the alert's newest from now on. */
static void
follow(struct events *events, uint32_t index, enum event_reader reader)
{
	const struct event_place *place = &events->place[index];
	uint32_t *newest = &events->alert[place->alert].newest[reader];

	if (!event_is_shown(place, reader))
		return;
	if (*newest != EVENT_NONE)
		events->nopen[reader] -=
		    event_status_is_open(events->place[*newest].status);
	events->nopen[reader] += event_status_is_open(place->status);
	*newest = index;
}

/* Append an event; false when memory runs out or the id is absurd. */
static bool
append(struct events *events, const struct event_place *told)
{
	struct event_place *place;
	uint32_t alert = told->alert, index = events->count;

	if (alert == 0 || alert >= ALERTS_MAX || !make_room(events, alert))
		return false;
	place = &events->place[index];
	*place = *told;
	place->prev = events->alert[alert].newest[READER_TRUSTED];
	place->next = EVENT_NONE;
	place->link =
	    (index ? events->place[index - 1].link : 0) + event_is_link(place);
	if (place->prev != EVENT_NONE)
		events->place[place->prev].next = index;
	events->count++;
	follow(events, index, READER_PUBLIC);
	follow(events, index, READER_TRUSTED);
	return true;
}

/* Put an event's content into its slot; false when it is no alert event. */
static bool
fill(struct events *events, struct slot *slot, uint32_t index,
    const struct store_event *event)
{
	struct record_alert record;
	struct value alert;

	slot->index = EVENT_NONE;
	if (event->type != RECORD_ALERT ||
	    !record_alert_read(event->header, &record))
		return false;
	buf_clear(&slot->map);
	buf_add_text(&slot->map, record.alert);
	if (slot->map.failed || !value_of(buf_text(&slot->map), &alert) ||
	    alert.kind != VALUE_MAP)
		return false;
	slot->content = (struct event_content){
		.at_ms = event->received_ms,
		.change = record.change,
		.status = record.alarm.status,
		.map = buf_text(&slot->map),
	};
	digest_chain(record.chain, record.alert.at, record.alert.len,
	    slot->content.hash);
	filter_read_alert(events->vocabulary, &alert, &slot->scratch,
	    &slot->content.subject);
	slot->index = index;
	return true;
}

static struct slot *
slot_of(struct events *events, uint32_t index)
{
	struct slot *half = index + EVENTS_KEPT >= events->count
	    ? events->newest
	    : events->older;

	return &half[index % EVENTS_KEPT];
}

bool
events_add(struct events *events, const struct store_event *event)
{
	struct record_alert record;
	struct event_place place;
	uint32_t index = events->count;

	if (event->seq <= events->head)
		return false;
	events->head = event->seq;
	if (event->type != RECORD_ALERT)
		return false;
	/*
	 * The event was decided, written and synced by this daemon.  Losing it
	 * here would lose an alert, so running on is the one wrong answer.
	 */
	if (!record_alert_read(event->header, &record))
		abort();
	place = (struct event_place){ .seq = event->seq,
		.alert = record.alarm.id,
		.status = record.alarm.status,
		.audience = record.audience };
	if (!append(events, &place) ||
	    !fill(events, slot_of(events, index), index, event))
		abort();
	return true;
}

static int
load_place(void *who, struct text key, struct text row)
{
	struct events *events = who;
	struct alert_event_row told;
	struct event_place place;

	if (key.len != sizeof(uint64_t) || row.len != sizeof(told))
		return STORE_CORRUPT;
	memcpy(&told, row.at, sizeof(told));
	place = (struct event_place){ .seq = key_u64(key, 0),
		.alert = told.alert,
		.status = told.status,
		.audience = told.audience };
	return append(events, &place) ? 0 : STORE_MEMORY;
}

static int
load_event(void *who, const struct store_event *event)
{
	(void)events_add(who, event);
	return 0;
}

static int
load(struct events *events)
{
	const struct text all = { 0 };
	struct snapshot *snapshot = snapshot_open(events->store);
	uint64_t durable = store_durable(events->store);
	int result;

	if (snapshot == NULL)
		return STORE_MEMORY;
	result = snapshot_walk(snapshot, KEYSPACE_ALERT_EVENT, all, all,
	    load_place, events);
	events->head = snapshot_seq(snapshot);
	snapshot_close(snapshot);
	if (result == 0 && events->head < durable)
		result = store_walk(events->store, events->head + 1, durable,
		    load_event, events);
	if (events->head < durable)
		events->head = durable;
	return result;
}

struct events *
events_new(struct store *store, const struct vocabulary *vocabulary)
{
	struct events *events = calloc(1, sizeof(*events));

	if (events == NULL)
		return NULL;
	events->store = store;
	events->vocabulary = vocabulary;
	for (unsigned i = 0; i < EVENTS_KEPT; i++) {
		events->newest[i].index = EVENT_NONE;
		events->older[i].index = EVENT_NONE;
	}
	if (load(events) != 0)
		goto fail;
	return events;

fail:
	events_free(events);
	return NULL;
}

void
events_free(struct events *events)
{
	if (events == NULL)
		return;
	for (unsigned i = 0; i < EVENTS_KEPT; i++) {
		buf_free(&events->newest[i].map);
		buf_free(&events->older[i].map);
	}
	buf_free(&events->scratch);
	free(events->place);
	free(events->alert);
	free(events);
}

uint64_t
events_head(const struct events *events)
{
	return events->head;
}

uint32_t
events_count(const struct events *events)
{
	return events->count;
}

const struct event_place *
events_at(const struct events *events, uint32_t index)
{
	assert(index < events->count);
	return &events->place[index];
}

uint32_t
events_after(const struct events *events, uint64_t seq)
{
	uint32_t low = 0, high = events->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (events->place[middle].seq > seq)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32_t
events_last_alert(const struct events *events)
{
	return events->nalerts ? events->nalerts - 1 : 0;
}

uint32_t
events_newest(const struct events *events, uint32_t alert,
    enum event_reader reader)
{
	return alert < events->nalerts ? events->alert[alert].newest[reader]
				       : EVENT_NONE;
}

uint64_t
events_open_alerts(const struct events *events, enum event_reader reader)
{
	return events->nopen[reader];
}

const struct event_content *
events_load(struct events *events, uint32_t index)
{
	struct slot *slot = slot_of(events, index);
	struct store_event event;

	if (slot->index == index)
		return &slot->content;
	events->nreads++;
	if (store_read(events->store, events_at(events, index)->seq,
		&events->scratch, &event) != 0 ||
	    !fill(events, slot, index, &event))
		return NULL;
	return &slot->content;
}

bool
events_is_kept(struct events *events, uint32_t index)
{
	return slot_of(events, index)->index == index;
}

uint64_t
events_reads(const struct events *events)
{
	return events->nreads;
}
