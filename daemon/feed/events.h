/*
 * events.h - which events of the log are alert events, how those of one alert
 * follow each other, and their contents: the newest from memory, older ones
 * from the log.  Loop thread.
 */
#ifndef TOCSIN_FEED_EVENTS_H
#define TOCSIN_FEED_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/alarm.h"
#include "daemon/core/vocabulary.h"
#include "daemon/feed/filter.h"
#include "daemon/store/store.h"

enum {
	EVENTS_KEPT = 256, /* newest ones that stay in memory */
};
#define EVENT_NONE UINT32_MAX

/* An alert event's place; indexes are ranks among all alert events. */
struct event_place {
	uint64_t seq;
	uint32_t alert;
	uint32_t prev, next; /* of the same alert, or EVENT_NONE */
	uint32_t link;       /* links of the chain up to here, this included */
	uint8_t status;      /* enum alarm_status after it */
	uint8_t audience;    /* enum alarm_audience */
};

/* Who asks: what is watched or held is for those who are trusted. */
enum event_reader { READER_PUBLIC, READER_TRUSTED };

/* What an alert event says. */
struct event_content {
	int64_t at_ms;                 /* received */
	uint8_t change;                /* enum alarm_change */
	uint8_t status;                /* enum alarm_status */
	struct text map;               /* the alert as published */
	uint8_t hash[32];              /* of its prev and the map */
	struct filter_subject subject; /* borrows from map */
};

struct events;

/*
 * Load the index from a snapshot and the log behind it.  NULL when out of
 * memory or when the store cannot be read.
 */
struct events *events_new(struct store *store,
    const struct vocabulary *vocabulary);
void events_free(struct events *events); /* NULL is fine */

/*
 * Enter an event that has become durable.  Events up to events_head and those
 * of other types change nothing but the head.  True: it is a new alert event.
 */
bool events_add(struct events *events, const struct store_event *event);

/* The newest sequence known of, whatever its type. */
uint64_t events_head(const struct events *events);

/* Number of alert events; the place of one. */
uint32_t events_count(const struct events *events);
const struct event_place *events_at(const struct events *events,
    uint32_t index);

/* Index of the first alert event behind this sequence; count when none. */
uint32_t events_after(const struct events *events, uint64_t seq);

/* Is it a link of the chain that all can check? */
bool event_is_link(const struct event_place *place);

/* May this one be shown to the reader?  And is the reader told of it? */
bool event_is_shown(const struct event_place *place, enum event_reader reader);
bool event_is_told(const struct event_place *place, enum event_reader reader);

/*
 * Highest alert id; the newest event of one that may be shown to the reader,
 * or EVENT_NONE.
 */
uint32_t events_last_alert(const struct events *events);
uint32_t events_newest(const struct events *events, uint32_t alert,
    enum event_reader reader);

/* Alerts that the reader sees watched, held, open or subsiding now. */
uint64_t events_open_alerts(const struct events *events,
    enum event_reader reader);
bool event_status_is_open(uint8_t status);

/*
 * The content of one event, borrowed until the next call; NULL when the log
 * cannot be read.
 */
const struct event_content *events_load(struct events *events, uint32_t index);

/* Would events_load find this one in memory? */
bool events_is_kept(struct events *events, uint32_t index);

/* How often events_load had to read the log. */
uint64_t events_reads(const struct events *events);

#endif
