/*
 * hub_rig.h - for tests of the hub: alerts rung in a real store, fetched in
 * pages or pushed to a peer that writes down what it sees.
 */
#ifndef TOCSIN_TESTS_HUB_RIG_H
#define TOCSIN_TESTS_HUB_RIG_H

#include "tests/unit/feed_rig.h"

#include "daemon/feed/hub.h"
#include "proto/scan.h"

enum { QUEUE = 4096 };

struct fixture {
	struct rig rig;
	struct hub *hub;
	size_t queue_bytes; /* 0: QUEUE */
};

/* An alert's map: product number, severity and one country. */
static const char *
alert_map(uint32_t id, uint32_t product, const char *severity,
    const char *country)
{
	static char text[400];

	snprintf(text, sizeof(text),
	    "{'id': 'a%u', 'rule': 'r1', 'severity': '%s', "
	    "'product': {'id': 'p%u', 'brand': 'B%u', 'category': "
	    "'other:thing'}, 'kinds': ['breakdown'], 'countries': ['%s'], "
	    "'counts': {'reports': 3}}",
	    id, severity, product, product, country);
	return text;
}

/* Write an alert event, do not publish it. */
static inline uint64_t
write_alert(struct fixture *fixture, uint32_t id, enum alarm_status status,
    const char *severity, const char *country)
{
	static const enum alarm_change changes[] = {
		[ALARM_WATCH] = CHANGE_WATCH,
		[ALARM_HELD] = CHANGE_HELD,
		[ALARM_OPEN] = CHANGE_RAISED,
		[ALARM_SUBSIDING] = CHANGE_SUBSIDING,
		[ALARM_CLOSED] = CHANGE_CLOSED,
		[ALARM_WITHDRAWN] = CHANGE_WITHDRAWN,
	};
	struct alarm alarm = { .id = id,
		.rule = 1,
		.product = id % 5 + 1,
		.episode = 1,
		.is_hidden = status == ALARM_WATCH || status == ALARM_HELD,
		.status = (uint8_t)status };

	return rig_alert(&fixture->rig, &alarm, changes[status],
	    alert_map(id, alarm.product, severity, country));
}

static inline void
publish_from(struct fixture *fixture, uint64_t seq)
{
	struct buf scratch = { 0 };

	rig_settle(&fixture->rig, false);
	for (; seq <= store_durable(fixture->rig.store); seq++) {
		struct store_event event;

		assert_int_equal(store_read(fixture->rig.store, seq, &scratch,
				     &event),
		    STORE_OK);
		hub_publish(fixture->hub, &event);
	}
	buf_free(&scratch);
}

static inline uint64_t
ring(struct fixture *fixture, uint32_t id, enum alarm_status status,
    const char *severity, const char *country)
{
	uint64_t seq = write_alert(fixture, id, status, severity, country);

	publish_from(fixture, seq);
	return seq;
}

/* Something else than an alert in the log. */
static inline void
write_noise(struct fixture *fixture)
{
	static const char name[] = "noise";

	rig_name(&fixture->rig, NAME_SOURCE, 1, name);
}

static inline void
open_hub(struct fixture *fixture)
{
	const struct hub_options options = { .store = fixture->rig.store,
		.vocabulary = fixture->rig.vocabulary,
		.queue_bytes =
		    fixture->queue_bytes ? fixture->queue_bytes : QUEUE };

	fixture->hub = hub_new(&options);
	assert_non_null(fixture->hub);
}

static inline int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	rig_init(&fixture->rig);
	open_hub(fixture);
	*state = fixture;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hub_free(fixture->hub);
	rig_fini(&fixture->rig);
	free(fixture);
	return 0;
}

static inline struct filter *
make_filter(struct fixture *fixture, const char *text)
{
	struct buf bytes = { 0 };
	struct value map;
	struct filter *filter;
	struct refusal why;

	if (text == NULL)
		return NULL;
	notation(&bytes, text);
	assert_true(value_of(buf_text(&bytes), &map));
	assert_int_equal(filter_new(&map, fixture->rig.vocabulary, &filter,
			     &why),
	    0);
	buf_free(&bytes);
	return filter;
}

/* What a reader has seen, as "seq/phase/change seq/phase/change ...". */
struct seen {
	struct buf trail;
	struct cursor cursor; /* of the newest event */
	unsigned events;
};

static inline void
see(struct fixture *fixture, struct seen *seen, const struct value *event)
{
	struct refusal why;
	struct text cursor = value_find_text(event, "cursor");
	struct value alert;

	if (cursor_parse(cursor, store_instance(fixture->rig.store),
		store_epoch(fixture->rig.store),
		store_durable(fixture->rig.store), &seen->cursor, &why) != 0)
		fail_msg("%.*s: %s", TEXT_ARG(cursor), why.text);
	assert_true(value_find(event, "alert", &alert));
	assert_int_equal(alert.kind, VALUE_MAP);
	assert_int_equal(value_find_text(event, "at").len, 20);
	buf_printf(&seen->trail, "%lld/%.*s/%.*s ",
	    (long long)value_find_int(event, "seq", -1),
	    TEXT_ARG(value_find_text(event, "phase")),
	    TEXT_ARG(value_find_text(event, "change")));
	seen->events++;
}

/* Every event from a cursor on, in fetches of max. */
static inline void
fetch_all(struct fixture *fixture, struct fetch_options options,
    struct seen *seen)
{
	struct fetch_result result;

	do {
		struct buf out = { 0 };
		struct refusal why;
		struct cut rest;

		assert_int_equal(hub_fetch(fixture->hub, &options, &out,
				     &result, &why),
		    0);
		assert_true(result.count <= options.max);
		rest = cut_of(out.at, out.len);
		for (unsigned i = 0; i < result.count; i++) {
			struct value event;

			assert_true(value_read(rest.at, rest.end, &event));
			see(fixture, seen, &event);
			rest.at += event.span.len;
		}
		assert_true(rest.at == rest.end);
		options.cursor = result.cursor;
		buf_free(&out);
	} while (result.more);
}

static inline void
expect_fetch(struct fixture *fixture, const char *filter_text,
    struct cursor cursor, bool latest, const char *expected)
{
	struct filter *filter = make_filter(fixture, filter_text);
	struct seen seen = { 0 };

	fetch_all(fixture,
	    (struct fetch_options){ filter, READER_TRUSTED, cursor, latest,
		100 },
	    &seen);
	buf_u8(&seen.trail, 0);
	assert_string_equal((const char *)seen.trail.at, expected);
	buf_free(&seen.trail);
	filter_free(filter);
}

/* A peer that takes pushes until its queue is full. */
struct peer {
	struct fixture *fixture;
	struct seen seen;
	size_t queued;
	bool drains; /* at once */
	unsigned pushes;
	unsigned frames;       /* in the pushes */
	const char *last_push; /* address of the bytes last pushed */
	uint64_t told;
	unsigned broken;
	unsigned nargs;
	unsigned woken;
};

static inline void
see_frame(struct peer *peer, struct text bytes)
{
	struct rpc_frame frame;
	struct refusal why;
	struct value_walk walk;
	struct value item, event;

	assert_int_equal(rpc_frame_read(bytes, &frame, &why), 0);
	assert_int_equal(frame.type, 2);
	assert_true(text_is(frame.method, "alerts"));
	assert_int_equal(frame.params.count, peer->nargs + 1);
	walk = value_walk(&frame.params);
	for (unsigned i = 0; i <= peer->nargs; i++)
		assert_true(value_next(&walk, &item));
	assert_int_equal(item.kind, VALUE_LIST);
	assert_in_range(item.count, 1, HUB_EVENTS_PER_PUSH);
	walk = value_walk(&item);
	while (value_next(&walk, &event))
		see(peer->fixture, &peer->seen, &event);
	peer->frames++;
}

/* So many whole frames, behind each other. */
static inline void
on_push(void *who, struct text bytes, unsigned count)
{
	static const struct scan_limits limits = { 1 << 20, 1 << 20,
		SCAN_MAX_DEPTH };
	struct peer *peer = who;
	size_t begin = 0;

	for (unsigned i = 0; i < count; i++) {
		struct scan scan = { 0 };

		assert_int_equal(scan_more(&scan, &limits,
				     (const uint8_t *)bytes.at + begin,
				     bytes.len - begin),
		    SCAN_WHOLE);
		see_frame(peer, (struct text){ bytes.at + begin, scan.offset });
		begin += scan.offset;
	}
	assert_int_equal(begin, bytes.len);
	peer->pushes++;
	peer->last_push = bytes.at;
	if (!peer->drains)
		peer->queued += bytes.len;
}

static inline size_t
on_queued(void *who)
{
	return ((struct peer *)who)->queued;
}

static inline void
on_told(void *who, uint64_t seq)
{
	struct peer *peer = who;

	assert_true(seq > peer->told);
	peer->told = seq;
}

static inline void
on_broken(void *who, const struct refusal *why)
{
	(void)why;
	((struct peer *)who)->broken++;
}

static inline struct subscription *
subscribe(struct peer *peer, const char *filter, const char *except,
    struct cursor cursor)
{
	struct buf args = { 0 };
	struct subscription *subscription;
	struct subscribe_options options = {
		.reader = READER_TRUSTED,
		.filter = make_filter(peer->fixture, filter),
		.except = make_filter(peer->fixture, except),
		.cursor = cursor,
		.method = TEXT("alerts"),
		.sink = { peer, on_push, on_queued, on_told, on_broken },
	};

	if (peer->nargs > 0) {
		pack_list(&args, peer->nargs);
		for (unsigned i = 0; i < peer->nargs; i++)
			pack_string(&args, "TocsinAlert");
		options.args = buf_text(&args);
	}
	subscription = hub_subscribe(peer->fixture->hub, &options);
	assert_non_null(subscription);
	buf_free(&args);
	return subscription;
}

static inline void
expect_seen(struct peer *peer, const char *expected)
{
	buf_u8(&peer->seen.trail, 0);
	assert_string_equal((const char *)peer->seen.trail.at, expected);
	buf_clear(&peer->seen.trail);
}

/* A pseudo-random history: ids, states and countries from a small wheel. */
static inline unsigned
roll(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

static inline void
write_history(struct fixture *fixture, unsigned *seed, unsigned events)
{
	static const enum alarm_status states[] = { ALARM_OPEN, ALARM_OPEN,
		ALARM_CLOSED, ALARM_WATCH, ALARM_SUBSIDING };
	static const char *const countries[] = { "FR", "BE", "DE", "NL" };

	for (unsigned i = 0; i < events; i++) {
		if (roll(seed, 3) == 0)
			write_noise(fixture);
		(void)write_alert(fixture, 1 + roll(seed, 40),
		    states[roll(seed, 5)], roll(seed, 2) ? "minor" : "severe",
		    countries[roll(seed, 4)]);
	}
}

static inline char *
trail_of(struct fixture *fixture, struct fetch_options options)
{
	struct seen seen = { 0 };

	fetch_all(fixture, options, &seen);
	buf_u8(&seen.trail, 0);
	return (char *)seen.trail.at;
}

#define WITH_HUB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
