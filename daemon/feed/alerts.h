/*
 * alerts.h - alerts as they stand and their events, as far as a reader may see
 * them.  Loop thread.
 */
#ifndef TOCSIN_FEED_ALERTS_H
#define TOCSIN_FEED_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/feed/events.h"

/*
 * Append the alert's latest map that may be shown; false when there is no such
 * alert or it cannot be read.  *seq is the sequence of that event.
 */
bool alerts_get(struct events *events, uint32_t alert, enum event_reader reader,
    struct buf *out, uint64_t *seq);

/* Which alerts to walk. */
struct alerts_walk {
	enum event_reader reader;
	uint64_t changed_since; /* a sequence: those changed after it */
};

/*
 * Walk the alerts by id, newest state of each; non-zero of visit stops and is
 * returned.  map is borrowed during the visit.  STORE_CORRUPT when one cannot
 * be read.
 */
typedef int alerts_visit(void *who, uint32_t alert, uint64_t seq,
    enum alarm_status status, struct text map);
int alerts_each(struct events *events, const struct alerts_walk *walk,
    alerts_visit *visit, void *who);

/* The newest events of one alert that may be shown, at most max, oldest
 * first, as their sequences; how many. */
unsigned alerts_events(struct events *events, uint32_t alert,
    enum event_reader reader, uint64_t *seq, unsigned max);

#endif
