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
#include "daemon/feed/events.h"
#include "daemon/feed/filter.h"
#include "daemon/store/store.h"

struct hub;
struct subscription;

enum { HUB_EVENTS_PER_PUSH = 16 };

/*
 * Where a subscription's pushes go; who belongs to the session.  None of
 * these may subscribe or unsubscribe: a peer that fails is marked, and
 * unsubscribed when the hub has returned.
 */
struct sink {
	void *who;
	/* Queue count whole frames.  The bytes are shared: copy or add. */
	void (*push)(void *who, struct text frames, unsigned count);
	/* Bytes queued and not yet sent to this peer. */
	size_t (*queued)(void *who);
	/* The highest sequence this peer has now been told. */
	void (*told)(void *who, uint64_t seq);
	/* The log cannot be read: no more pushes; tell the peer, close. */
	void (*broken)(void *who, const struct refusal *why);
};

struct hub_options {
	struct store *store;
	const struct vocabulary *vocabulary;
	size_t queue_bytes; /* above it a reader is served from the log */
};

/* Load what the store holds; NULL when that fails or memory runs out. */
struct hub *hub_new(const struct hub_options *options);
/* Frees its subscriptions too, without a word to them.  NULL is fine. */
void hub_free(struct hub *hub);

/*
 * An event has become durable: index it and mark it due.  In seq order; other
 * types than alerts and events known already are fine and do nothing.
 */
void hub_publish(struct hub *hub, const struct store_event *event);

/*
 * Once per turn of the loop, behind any number of hub_publish: push what is
 * due to everyone whose queue has room, and wake who waits.  True: work was
 * put off to keep the turn short; call again in the next turn.
 */
bool hub_turn(struct hub *hub);

/*
 * The newest sequence the hub knows of.  Cursors for "snapshot" and "new"
 * begin here: {snapshot: head} and {position: head}.
 */
uint64_t hub_head(const struct hub *hub);

/* Alerts that the reader sees watched, held, open or subsiding now. */
uint64_t hub_open_alerts(const struct hub *hub, enum event_reader reader);

struct subscribe_options {
	struct filter *filter; /* given, also on failure; NULL wants all */
	/*
	 * Given, may be NULL: the snapshot leaves out alerts that match it.
	 * For a replaced filter: the old one, with the cursor {snapshot: where
	 * it stood live, position: 0}; never when it stood in a snapshot.
	 */
	struct filter *except;
	enum event_reader reader;
	struct cursor cursor; /* where to begin */
	struct text method;   /* copied */
	struct text args;     /* MessagePack list, or empty; copied */
	struct sink sink;
};

/*
 * Begin pushing behind the cursor, from the next hub_poke or hub_turn on.
 * NULL when out of memory.
 */
struct subscription *hub_subscribe(struct hub *hub,
    struct subscribe_options *options);
/* NULL is fine. */
void hub_unsubscribe(struct hub *hub, struct subscription *subscription);

/* Where it stands: behind the last event pushed or passed over. */
struct cursor hub_subscription_cursor(const struct subscription *subscription);

/* The peer's queue has drained, or a turn is over: push what is now due. */
void hub_poke(struct hub *hub, struct subscription *subscription);

struct fetch_options {
	const struct filter *filter; /* borrowed; NULL: all */
	enum event_reader reader;
	struct cursor cursor; /* where to begin */
	bool latest;  /* only events that are the newest of their alert */
	unsigned max; /* events */
};

struct fetch_result {
	struct cursor cursor; /* behind all that was judged */
	unsigned count;       /* events appended */
	bool more;            /* others follow, or may */
};

/*
 * Append up to max events behind the cursor that match, as MessagePack EVENT
 * maps, to out.  A long run of events that do not match, or 512 KiB of
 * events, ends it early: then count is small, even 0, and more is set.  0 or
 * ERROR_INTERNAL with why.
 */
MUST_CHECK int hub_fetch(struct hub *hub, const struct fetch_options *options,
    struct buf *out, struct fetch_result *result, struct refusal *why);

/*
 * Call wake(who) once, in the hub_turn after the next alert event is
 * published (long poll).  wake may call hub_fetch, hub_wait and
 * hub_wait_cancel.  Returns a token for hub_wait_cancel, 0 when out of memory.
 */
uint64_t hub_wait(struct hub *hub, void (*wake)(void *who), void *who);
/* A token already woken or 0 is fine. */
void hub_wait_cancel(struct hub *hub, uint64_t token);

/* The events it has published, for who only looks (alerts.h). */
struct events *hub_events(struct hub *hub);

#endif
