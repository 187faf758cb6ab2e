/*
 * hub.h - publish a durable alert once to everyone who wants it; slow
 * readers fall back to the log.  Loop thread.
 */
#ifndef TOCSIN_FEED_HUB_H
#define TOCSIN_FEED_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/alarm.h"
#include "daemon/feed/cursor.h"
#include "daemon/feed/filter.h"
#include "daemon/store/store.h"

struct hub;
struct subscription;

/* Where a subscription's pushes go; who belongs to the session. */
struct sink {
	void *who;
	/* Queue one whole frame.  The bytes are shared: copy or add. */
	void (*push)(void *who, struct text frame);
	/* Bytes queued and not yet sent to this peer. */
	size_t (*queued)(void *who);
	/* The highest sequence this peer has now been told. */
	void (*told)(void *who, uint64_t seq);
};

struct hub_options {
	struct store *store;
	const struct vocabulary *vocabulary;
	size_t queue_bytes; /* above it a reader is served from the log */
};

/*
 * Loads the alerts' index (which events are alert events, which alerts are
 * open) from a snapshot and the log behind it.  NULL when out of memory.
 */
struct hub *hub_new(const struct hub_options *options);
void hub_free(struct hub *hub); /* NULL is fine */

/* An alert event has become durable: index it, push it.  In seq order. */
void hub_publish(struct hub *hub, const struct store_event *event);

/* Alerts that are open now; head is the newest durable sequence. */
uint64_t hub_open_alerts(const struct hub *hub);

struct subscribe_options {
	const struct filter *filter; /* given: the subscription owns it */
	struct cursor cursor; /* where to begin */
	struct text method; /* copied */
	struct text args; /* MessagePack list of leading arguments, copied */
	struct sink sink;
};

/*
 * Begin pushing behind the cursor.  Nothing is pushed before the caller has
 * returned to the loop (hub_poke does).  NULL when out of memory.
 */
struct subscription *hub_subscribe(
    struct hub *hub, struct subscribe_options *options);
void hub_unsubscribe(struct hub *hub, struct subscription *subscription);

/* The peer's queue has drained, or a turn is over: push what is now due. */
void hub_poke(struct hub *hub, struct subscription *subscription);

/*
 * Collect up to max events behind *cursor that match (filter NULL: all) as
 * MessagePack EVENT maps appended to out; *count says how many, *cursor is
 * moved, *more says whether others follow.  latest: only events that are the
 * newest of their alert.  0 or an error code with why.
 */
MUST_CHECK int hub_fetch(struct hub *hub, const struct filter *filter,
    bool latest, unsigned max, struct cursor *cursor, struct buf *out,
    unsigned *count, bool *more, struct refusal *why);

/*
 * Call wake(who) once when a later alert event than position is published
 * (long poll).  Returns a token for hub_wait_cancel.
 */
uint64_t hub_wait(struct hub *hub, void (*wake)(void *who), void *who);
void hub_wait_cancel(struct hub *hub, uint64_t token);

/*
 * The alert's latest published map, borrowed from scratch; false when there
 * is no such alert.  *seq is the sequence of that event.
 */
bool hub_alert(
    struct hub *hub, uint32_t alert, struct buf *scratch, struct text *map,
    uint64_t *seq);

/*
 * Walk the alerts by id, newest state of each, those changed after
 * changed_since only; non-zero of visit stops.
 */
typedef int hub_visit(void *who, uint32_t alert, uint64_t seq,
    enum alarm_status status, struct text map);
int hub_each(struct hub *hub, uint64_t changed_since, hub_visit *visit,
    void *who);

#endif
