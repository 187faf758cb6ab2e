/*
 * window.h - a group's recent reports, as rules look at them.  The struct is
 * the stored row itself: fixed layout, little-endian, edited in place.
 */
#ifndef TOCSIN_CORE_WINDOW_H
#define TOCSIN_CORE_WINDOW_H

#include "daemon/core/aggregate.h"

/*
 * The recent reports of a group, for rules' windows: live (not backfilled)
 * reports only, newest kept, at most WINDOW_MAX.
 */
enum { WINDOW_MAX = 92, WINDOW_DAYS = 366 };

struct window_entry {
	uint32_t seq; /* low half of the sequence of the report's event */
	uint32_t source;
	uint32_t hazards;
	uint16_t filed; /* day, 0..65535 */
	uint16_t organisation;
	uint16_t country;
	uint8_t kind : 2;      /* enum report_kind */
	uint8_t is_joined : 1; /* its case is in the group already */
	uint8_t is_suspect : 1;
	uint8_t is_reporter : 1; /* of its source there is one case at most */
	uint8_t is_doubted : 1;  /* paced, or an echo: no voice of its own */
	uint8_t unused : 2;      /* 0 */
	uint8_t severity;
};

struct window {
	uint16_t count;
	uint16_t evicted; /* newest filed day that had to make place; 0 none:
			     counts reaching back to it are "at least" */
	struct window_entry entry[]; /* in order of arrival */
};

/* Bytes of a window with n entries. */
size_t window_bytes(unsigned count);

/*
 * Enter a report; the row has room for one entry more unless it is full, when
 * entries older than WINDOW_DAYS, else the oldest filed, make place; entries
 * with a hazard keep up to half of the places.  seq and today are those of
 * the report's event, so that a replay does the same.  is_joined: its case is
 * in the group already.  A zeroed window is empty.
 */
void window_add(struct window *window, const struct facts *facts, uint64_t seq,
    int32_t today, bool is_joined);

/* The same of an entry, without a look at its age. */
void window_enter(struct window *window, const struct window_entry *entry);

/*
 * Whether the report's case is in the group already (FACT_NO_CASE), or it may
 * tell of another's event (FACT_SUSPECT), is told anew.
 */
void window_mark(struct window *window, uint64_t seq, enum fact_mark mark,
    bool is_set);

/* Take a report out, if it is still there; seq is the entry's. */
void window_remove(struct window *window, uint64_t seq);

#endif
