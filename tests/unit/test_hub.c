/* test_hub.c - alerts reach who wants them: once, in order, none missing. */
#include "tests/unit/feed_rig.h"

#include <glob.h>

#include "daemon/feed/hub.h"

enum { QUEUE = 4096 };

struct fixture {
	struct rig rig;
	struct hub *hub;
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
static uint64_t
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
		.status = (uint8_t)status };

	return rig_alert(&fixture->rig, &alarm, changes[status],
	    alert_map(id, alarm.product, severity, country));
}

static void
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

static uint64_t
ring(struct fixture *fixture, uint32_t id, enum alarm_status status,
    const char *severity, const char *country)
{
	uint64_t seq = write_alert(fixture, id, status, severity, country);

	publish_from(fixture, seq);
	return seq;
}

/* Something else than an alert in the log. */
static void
write_noise(struct fixture *fixture)
{
	static const char name[] = "noise";

	rig_name(&fixture->rig, NAME_SOURCE, 1, name);
}

static void
open_hub(struct fixture *fixture)
{
	const struct hub_options options = { .store = fixture->rig.store,
		.vocabulary = fixture->rig.vocabulary,
		.queue_bytes = QUEUE };

	fixture->hub = hub_new(&options);
	assert_non_null(fixture->hub);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	rig_init(&fixture->rig);
	open_hub(fixture);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	hub_free(fixture->hub);
	rig_fini(&fixture->rig);
	free(fixture);
	return 0;
}

static struct filter *
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

static void
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
static void
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

static void
expect_fetch(struct fixture *fixture, const char *filter_text,
    struct cursor cursor, bool latest, const char *expected)
{
	struct filter *filter = make_filter(fixture, filter_text);
	struct seen seen = { 0 };

	fetch_all(fixture,
	    (struct fetch_options){ filter, cursor, latest, 100 }, &seen);
	buf_u8(&seen.trail, 0);
	assert_string_equal((const char *)seen.trail.at, expected);
	buf_free(&seen.trail);
	filter_free(filter);
}

static void
test_snapshot_then_live(void **state)
{
	struct fixture *fixture = *state;
	struct cursor snapshot = { 0 };

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");      /* 1 */
	ring(fixture, 2, ALARM_OPEN, "minor", "FR");      /* 2 */
	ring(fixture, 1, ALARM_OPEN, "severe", "FR");     /* 3 */
	ring(fixture, 2, ALARM_CLOSED, "minor", "FR");    /* 4 */
	ring(fixture, 3, ALARM_WATCH, "minor", "FR");     /* 5 */
	ring(fixture, 4, ALARM_WITHDRAWN, "minor", "FR"); /* 6 */
	assert_int_equal(hub_open_alerts(fixture->hub), 2);
	assert_int_equal(hub_head(fixture->hub), 6);
	snapshot.snapshot = hub_head(fixture->hub);
	expect_fetch(fixture, NULL, snapshot, false,
	    "3/snapshot/raised 5/snapshot/watch ");
	ring(fixture, 1, ALARM_CLOSED, "severe", "FR"); /* 7 */
	/* The snapshot stays what it was, however late it is read. */
	expect_fetch(fixture, NULL, snapshot, false,
	    "3/snapshot/raised 5/snapshot/watch 7/live/closed ");
	expect_fetch(fixture, NULL, (struct cursor){ 6, 3 }, false,
	    "5/snapshot/watch 7/live/closed ");
	expect_fetch(fixture, NULL, (struct cursor){ 6, 5 }, false,
	    "7/live/closed ");
	expect_fetch(fixture, NULL, (struct cursor){ 0, 6 }, false,
	    "7/live/closed ");
	expect_fetch(fixture, NULL, (struct cursor){ 0, 7 }, false, "");
	expect_fetch(fixture, NULL, (struct cursor){ 0, 4 }, true,
	    "5/live/watch 6/live/withdrawn 7/live/closed ");
	expect_fetch(fixture, NULL, (struct cursor){ 0, 0 }, true,
	    "4/live/closed 5/live/watch 6/live/withdrawn 7/live/closed ");
}

static void
test_snapshot_beyond_head(void **state)
{
	struct fixture *fixture = *state;
	uint64_t seq;

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	seq = write_alert(fixture, 2, ALARM_OPEN, "minor", "FR");
	rig_settle(&fixture->rig, false);
	/* 2 is durable but not yet published: it must come live. */
	expect_fetch(fixture, NULL,
	    (struct cursor){ .snapshot = store_durable(fixture->rig.store) },
	    false, "1/snapshot/raised ");
	publish_from(fixture, seq);
	expect_fetch(fixture, NULL, (struct cursor){ 0, 1 }, false,
	    "2/live/raised ");
}

static void
test_left_filter(void **state)
{
	struct fixture *fixture = *state;
	const struct cursor all = { 0 };

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");   /* 1 */
	ring(fixture, 1, ALARM_OPEN, "minor", "BE");   /* 2: left FR */
	ring(fixture, 1, ALARM_OPEN, "minor", "DE");   /* 3: was out already */
	ring(fixture, 1, ALARM_OPEN, "minor", "FR");   /* 4: back */
	ring(fixture, 2, ALARM_OPEN, "minor", "DE");   /* 5: never in */
	ring(fixture, 1, ALARM_CLOSED, "minor", "BE"); /* 6: left */
	expect_fetch(fixture, "{'country': 'FR'}", all, false,
	    "1/live/raised 2/live/left_filter 4/live/raised "
	    "6/live/left_filter ");
	expect_fetch(fixture, "{'country': ['FR', 'DE']}", all, false,
	    "1/live/raised 2/live/left_filter 3/live/raised 4/live/raised "
	    "5/live/raised 6/live/left_filter ");
	expect_fetch(fixture, "{'country': 'FR'}", all, true,
	    "6/live/left_filter ");
	expect_fetch(fixture, "{'country': 'FR'}", (struct cursor){ 0, 4 },
	    false, "6/live/left_filter ");
	/* A snapshot says what is, not what has left. */
	expect_fetch(fixture, "{'country': 'FR'}", (struct cursor){ 5, 0 },
	    false, "4/snapshot/raised 6/live/left_filter ");
	expect_fetch(fixture, "{'country': 'DE'}", (struct cursor){ 6, 0 },
	    false, "5/snapshot/raised ");
}

/* A peer that takes pushes until its queue is full. */
struct peer {
	struct fixture *fixture;
	struct seen seen;
	size_t queued;
	bool drains; /* at once */
	unsigned frames;
	const char *last_frame; /* address of the bytes last pushed */
	uint64_t told;
	unsigned broken;
	unsigned nargs;
	unsigned woken;
};

static void
on_push(void *who, struct text bytes)
{
	struct peer *peer = who;
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
	peer->last_frame = bytes.at;
	if (!peer->drains)
		peer->queued += bytes.len;
}

static size_t
on_queued(void *who)
{
	return ((struct peer *)who)->queued;
}

static void
on_told(void *who, uint64_t seq)
{
	struct peer *peer = who;

	assert_true(seq > peer->told);
	peer->told = seq;
}

static void
on_broken(void *who, const struct refusal *why)
{
	(void)why;
	((struct peer *)who)->broken++;
}

static struct subscription *
subscribe(struct peer *peer, const char *filter, const char *except,
    struct cursor cursor)
{
	struct buf args = { 0 };
	struct subscription *subscription;
	struct subscribe_options options = {
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

static void
expect_seen(struct peer *peer, const char *expected)
{
	buf_u8(&peer->seen.trail, 0);
	assert_string_equal((const char *)peer->seen.trail.at, expected);
	buf_clear(&peer->seen.trail);
}

static void
test_push(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true, .nargs = 1 };
	struct subscription *subscription;

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	subscription = subscribe(&peer, NULL, NULL,
	    (struct cursor){ hub_head(fixture->hub), 0 });
	assert_int_equal(peer.frames, 0);
	assert_false(hub_turn(fixture->hub));
	expect_seen(&peer, "1/snapshot/raised ");
	assert_int_equal(hub_subscription_cursor(subscription).snapshot, 0);
	assert_int_equal(hub_subscription_cursor(subscription).position, 1);
	ring(fixture, 2, ALARM_OPEN, "minor", "FR");
	ring(fixture, 3, ALARM_OPEN, "minor", "FR");
	assert_int_equal(peer.frames, 1);
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(peer.frames, 2);
	expect_seen(&peer, "2/live/raised 3/live/raised ");
	assert_int_equal(peer.told, 3);
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(peer.frames, 2);
	hub_unsubscribe(fixture->hub, subscription);
	ring(fixture, 4, ALARM_OPEN, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(peer.frames, 2);
	assert_int_equal(peer.broken, 0);
	buf_free(&peer.seen.trail);
}

/* Those who stand at the same place get the very same bytes. */
static void
test_shared_frames(void **state)
{
	enum { PEERS = 40 };
	struct fixture *fixture = *state;
	struct peer peer[PEERS] = { 0 };
	const char *frame[2] = { NULL, NULL };

	for (unsigned i = 0; i < PEERS; i++) {
		peer[i] = (struct peer){ .fixture = fixture, .drains = true };
		subscribe(&peer[i],
		    i % 2 ? "{'country': ['FR', 'BE']}"
			  : "{'country': ['BE', 'FR', 'DE']}",
		    NULL, (struct cursor){ 0 });
	}
	for (uint32_t id = 1; id <= 16; id++)
		ring(fixture, id, ALARM_OPEN, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	for (unsigned i = 0; i < PEERS; i++) {
		assert_int_equal(peer[i].frames, 1);
		assert_int_equal(peer[i].seen.events, 16);
		if (frame[i % 2] == NULL)
			frame[i % 2] = peer[i].last_frame;
		assert_ptr_equal(frame[i % 2], peer[i].last_frame);
		buf_free(&peer[i].seen.trail);
	}
	assert_ptr_not_equal(frame[0], frame[1]);
}

static void
test_slow_reader(void **state)
{
	struct fixture *fixture = *state;
	struct peer slow = { .fixture = fixture };
	struct peer fast = { .fixture = fixture, .drains = true };
	struct subscription *subscription =
	    subscribe(&slow, NULL, NULL, (struct cursor){ 0 });
	unsigned rounds = 0;

	subscribe(&fast, NULL, NULL, (struct cursor){ 0 });
	for (uint32_t id = 1; id <= 700; id++) {
		ring(fixture, id, ALARM_OPEN, "minor", "FR");
		if (id % 50 == 0)
			assert_false(hub_turn(fixture->hub));
	}
	assert_int_equal(fast.seen.events, 700);
	/* One frame of 16 is more than its queue's worth of 4 KiB. */
	assert_true(slow.queued > QUEUE);
	assert_int_equal(slow.seen.events, 16);
	while (slow.seen.events < 700 && rounds++ < 100) {
		slow.queued = 0;
		hub_poke(fixture->hub, subscription);
	}
	assert_int_equal(slow.seen.events, 700);
	buf_u8(&slow.seen.trail, 0);
	expect_seen(&fast, (const char *)slow.seen.trail.at);
	buf_free(&slow.seen.trail);
	buf_free(&fast.seen.trail);
}

/* A replaced filter first shows the open alerts that the old one did not. */
static void
test_except(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	ring(fixture, 2, ALARM_OPEN, "minor", "BE");
	ring(fixture, 3, ALARM_OPEN, "minor", "DE");
	subscribe(&peer, "{'country': ['FR', 'BE']}", "{'country': 'FR'}",
	    (struct cursor){ hub_head(fixture->hub), 0 });
	ring(fixture, 1, ALARM_CLOSED, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	expect_seen(&peer, "2/snapshot/raised 4/live/closed ");
	buf_free(&peer.seen.trail);
}

static void
on_wake(void *who)
{
	struct peer *peer = who;

	/* Waiting again from within must not wake twice in one turn. */
	peer->woken++;
	assert_true(hub_wait(peer->fixture->hub, on_wake, peer) != 0);
}

static void
test_wait(void **state)
{
	struct fixture *fixture = *state;
	struct peer a = { .fixture = fixture };
	struct peer b = { .fixture = fixture };
	uint64_t token = hub_wait(fixture->hub, on_wake, &b);

	assert_true(hub_wait(fixture->hub, on_wake, &a) != 0);
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(a.woken + b.woken, 0);
	hub_wait_cancel(fixture->hub, token);
	hub_wait_cancel(fixture->hub, token);
	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(a.woken, 1);
	assert_int_equal(b.woken, 0);
	write_noise(fixture);
	publish_from(fixture, store_durable(fixture->rig.store));
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(a.woken, 1);
	ring(fixture, 1, ALARM_CLOSED, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(a.woken, 2);
}

static int
list_alert(void *who, uint32_t alert, uint64_t seq, enum alarm_status status,
    struct text map)
{
	struct value value;

	assert_true(value_of(map, &value));
	assert_int_equal(alert_id_parse(value_find_text(&value, "id")), alert);
	buf_printf(who, "%u@%llu=%s ", alert, (unsigned long long)seq,
	    alarm_status_name(status));
	return 0;
}

static int
stop_at_two(void *who, uint32_t alert, uint64_t seq, enum alarm_status status,
    struct text map)
{
	(void)list_alert(who, alert, seq, status, map);
	return alert == 2 ? 42 : 0;
}

static void
expect_list(struct fixture *fixture, uint64_t since, const char *expected)
{
	struct buf list = { 0 };

	assert_int_equal(hub_each(fixture->hub, since, list_alert, &list), 0);
	buf_u8(&list, 0);
	assert_string_equal((const char *)list.at, expected);
	buf_free(&list);
}

static void
test_each_and_alert(void **state)
{
	struct fixture *fixture = *state;
	struct buf scratch = { 0 };
	struct text map;
	struct value value;
	uint64_t seq;

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	ring(fixture, 2, ALARM_OPEN, "minor", "FR");
	ring(fixture, 1, ALARM_CLOSED, "severe", "FR");
	ring(fixture, 3, ALARM_HELD, "minor", "FR");
	expect_list(fixture, 0, "1@3=closed 2@2=open 3@4=held ");
	expect_list(fixture, 2, "1@3=closed 3@4=held ");
	expect_list(fixture, 4, "");
	assert_int_equal(hub_each(fixture->hub, 0, stop_at_two, &scratch), 42);
	assert_true(hub_alert(fixture->hub, 1, &scratch, &map, &seq));
	assert_int_equal(seq, 3);
	assert_true(value_of(map, &value));
	assert_true(text_is(value_find_text(&value, "severity"), "severe"));
	assert_false(hub_alert(fixture->hub, 0, &scratch, &map, &seq));
	assert_false(hub_alert(fixture->hub, 4, &scratch, &map, &seq));
	assert_false(hub_alert(fixture->hub, UINT32_MAX, &scratch, &map, &seq));
	buf_free(&scratch);
}

/* A pseudo-random history: ids, states and countries from a small wheel. */
static unsigned
roll(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

static void
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

static char *
trail_of(struct fixture *fixture, struct fetch_options options)
{
	struct seen seen = { 0 };

	fetch_all(fixture, options, &seen);
	buf_u8(&seen.trail, 0);
	return (char *)seen.trail.at;
}

/*
 * Fetched in bites of any size, from any cursor that was ever given, the rest
 * of the sequence is the same as in one go.
 */
static void
test_resume_is_gapless(void **state)
{
	static const char *const filters[] = { NULL, "{'country': 'FR'}",
		"{'severity_min': 'severe', 'country': ['BE', 'DE']}",
		"{'product': ['p1', 'p3']}", "{'country': 'JP'}" };
	struct fixture *fixture = *state;
	unsigned seed = 7;

	write_history(fixture, &seed, 400);
	publish_from(fixture, 1);
	for (unsigned run = 0; run < 30; run++) {
		struct filter *filter = make_filter(fixture, filters[run % 5]);
		struct fetch_options options = { .filter = filter,
			.max = 1000 };
		struct seen bites = { 0 };
		struct fetch_result result = { .more = true };
		char *whole;

		if (run % 2 == 0)
			options.cursor.snapshot =
			    1 + roll(&seed, (unsigned)hub_head(fixture->hub));
		whole = trail_of(fixture, options);
		while (result.more) {
			struct buf out = { 0 };
			struct refusal why;
			struct text rest;

			options.max = 1 + roll(&seed, 7);
			assert_int_equal(hub_fetch(fixture->hub, &options, &out,
					     &result, &why),
			    0);
			rest = buf_text(&out);
			for (unsigned i = 0; i < result.count; i++) {
				struct value event;
				const uint8_t *at =
				    out.at + (out.len - rest.len);

				assert_true(
				    value_read(at, out.at + out.len, &event));
				see(fixture, &bites, &event);
				rest.len -= event.span.len;
			}
			/* Either cursor will do: the last event's, or that
			 * of the whole fetch. */
			options.cursor = result.count && roll(&seed, 2)
			    ? bites.cursor
			    : result.cursor;
			buf_free(&out);
		}
		buf_u8(&bites.trail, 0);
		assert_string_equal((const char *)bites.trail.at, whole);
		buf_free(&bites.trail);
		filter_free(filter);
		free(whole);
	}
}

/* What is pushed equals what is fetched, and a new hub says the same. */
static void
test_push_equals_fetch_after_restart(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };
	struct fetch_options options = { .max = 50 };
	struct filter *filter;
	unsigned seed = 11;
	unsigned turns = 0;
	char *before, *after;

	write_history(fixture, &seed, 300);
	publish_from(fixture, 1);
	filter = make_filter(fixture, "{'country': 'BE'}");
	options.filter = filter;
	options.cursor.snapshot = hub_head(fixture->hub) / 2;
	before = trail_of(fixture, options);
	hub_free(fixture->hub);
	rig_settle(&fixture->rig, true);
	open_hub(fixture);
	after = trail_of(fixture, options);
	assert_string_equal(before, after);
	subscribe(&peer, "{'country': 'BE'}", NULL, options.cursor);
	while (hub_turn(fixture->hub))
		assert_true(turns++ < 1000);
	expect_seen(&peer, before);
	write_history(fixture, &seed, 40);
	hub_free(fixture->hub);
	rig_settle(&fixture->rig, false);
	open_hub(fixture);
	assert_int_equal(hub_head(fixture->hub),
	    store_durable(fixture->rig.store));
	free(after);
	after = trail_of(fixture, options);
	assert_true(strlen(after) > strlen(before));
	assert_memory_equal(before, after, strlen(before));
	free(before);
	free(after);
	filter_free(filter);
	buf_free(&peer.seen.trail);
}

/* Who waits for live alerts is served while others dig through the past. */
static void
test_digging_starves_nobody(void **state)
{
	struct fixture *fixture = *state;
	struct peer digger = { .fixture = fixture, .drains = true };
	struct peer live = { .fixture = fixture, .drains = true };
	unsigned turns = 0;
	uint64_t seq;

	for (unsigned i = 0; i < 3000; i++)
		(void)write_alert(fixture, 1 + i, ALARM_OPEN, "minor", "FR");
	hub_free(fixture->hub);
	rig_settle(&fixture->rig, false);
	open_hub(fixture);
	subscribe(&live, "{'country': 'DE'}", NULL,
	    (struct cursor){ 0, hub_head(fixture->hub) });
	subscribe(&digger, "{'country': 'JP'}", NULL, (struct cursor){ 0 });
	seq = ring(fixture, 5000, ALARM_OPEN, "minor", "DE");
	assert_true(hub_turn(fixture->hub));
	assert_int_equal(live.told, seq);
	while (hub_turn(fixture->hub))
		assert_true(turns++ < 10);
	assert_in_range(turns, 1, 10);
	assert_int_equal(digger.frames, 0);
	buf_free(&live.seen.trail);
	buf_free(&digger.seen.trail);
}

/* Flip one bit of the marker wherever it stands in a file of the log. */
static unsigned
damage_file(const char *path, const char *marker)
{
	FILE *file = fopen(path, "r+b");
	struct buf bytes = { 0 };
	unsigned damaged = 0;
	uint8_t *found;
	int byte;

	if (file == NULL)
		return 0;
	while ((byte = fgetc(file)) != EOF)
		buf_u8(&bytes, (uint8_t)byte);
	found = bytes.len == 0
	    ? NULL
	    : memmem(bytes.at, bytes.len, marker, strlen(marker));
	if (found != NULL) {
		assert_int_equal(fseek(file, found - bytes.at, SEEK_SET), 0);
		assert_int_equal(fputc(*found ^ 1, file), *found ^ 1);
		damaged = 1;
	}
	assert_int_equal(fclose(file), 0);
	buf_free(&bytes);
	return damaged;
}

static unsigned
damage(struct fixture *fixture, const char *marker)
{
	char pattern[128];
	glob_t files;
	unsigned damaged = 0;

	snprintf(pattern, sizeof(pattern), "%s/*/*", fixture->rig.dir);
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		if (strstr(files.gl_pathv[i], ".mdb") == NULL)
			damaged += damage_file(files.gl_pathv[i], marker);
	}
	globfree(&files);
	return damaged;
}

/* What cannot be read is said, never skipped. */
static void
test_damaged_log(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };
	struct subscription *broken;
	struct fetch_options options = { .max = 10 };
	struct fetch_result result;
	struct refusal why = { 0 };
	struct buf out = { 0 };

	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	ring(fixture, 2, ALARM_OPEN, "damaged-here", "FR");
	ring(fixture, 3, ALARM_OPEN, "minor", "FR");
	hub_free(fixture->hub);
	rig_settle(&fixture->rig, true);
	open_hub(fixture);
	assert_int_equal(damage(fixture, "damaged-here"), 1);
	assert_int_equal(hub_fetch(fixture->hub, &options, &out, &result, &why),
	    ERROR_INTERNAL);
	assert_int_equal(why.code, ERROR_INTERNAL);
	broken = subscribe(&peer, NULL, NULL, (struct cursor){ 0 });
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(peer.broken, 1);
	assert_int_equal(peer.frames, 0);
	/* Once is enough, and who does not need that event is served. */
	hub_poke(fixture->hub, broken);
	assert_int_equal(peer.broken, 1);
	expect_fetch(fixture, NULL, (struct cursor){ 0, 3 }, false, "");
	buf_free(&out);
	buf_free(&peer.seen.trail);
}

static void
test_empty(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(hub_head(fixture->hub), 0);
	assert_int_equal(hub_open_alerts(fixture->hub), 0);
	expect_fetch(fixture, NULL, (struct cursor){ 0 }, false, "");
	expect_list(fixture, 0, "");
	assert_false(hub_turn(fixture->hub));
	hub_unsubscribe(fixture->hub, NULL);
	hub_free(NULL);
}

#define WITH_HUB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HUB(test_empty),
		WITH_HUB(test_snapshot_then_live),
		WITH_HUB(test_snapshot_beyond_head),
		WITH_HUB(test_left_filter),
		WITH_HUB(test_push),
		WITH_HUB(test_shared_frames),
		WITH_HUB(test_slow_reader),
		WITH_HUB(test_except),
		WITH_HUB(test_wait),
		WITH_HUB(test_each_and_alert),
		WITH_HUB(test_resume_is_gapless),
		WITH_HUB(test_push_equals_fetch_after_restart),
		WITH_HUB(test_digging_starves_nobody),
		WITH_HUB(test_damaged_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
