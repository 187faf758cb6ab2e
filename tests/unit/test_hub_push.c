/* test_hub_push.c - alerts pushed: shared, held back, and after a restart. */
#include "tests/unit/hub_rig.h"

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
			frame[i % 2] = peer[i].last_push;
		assert_ptr_equal(frame[i % 2], peer[i].last_push);
		buf_free(&peer[i].seen.trail);
	}
	assert_ptr_not_equal(frame[0], frame[1]);
}

/*
 * What is due at once is one push of several whole frames, the same bytes for
 * all, as long as a queue could hold them.
 */
static void
test_bursts(void **state)
{
	enum { PEERS = 5, EVENTS = 40, MANY = 1000 };
	struct fixture *fixture = *state;
	struct peer peer[PEERS] = { 0 };

	hub_free(fixture->hub);
	fixture->queue_bytes = 256 << 10;
	open_hub(fixture);
	for (unsigned i = 0; i < PEERS; i++) {
		peer[i] = (struct peer){ .fixture = fixture, .drains = true };
		subscribe(&peer[i], NULL, NULL, (struct cursor){ 0 });
	}
	for (uint32_t id = 1; id <= EVENTS; id++)
		ring(fixture, id, ALARM_OPEN, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	for (unsigned i = 0; i < PEERS; i++) {
		assert_int_equal(peer[i].seen.events, EVENTS);
		assert_int_equal(peer[i].frames, 3);
		assert_int_equal(peer[i].pushes, 1);
		assert_int_equal(peer[i].told, EVENTS);
		assert_ptr_equal(peer[i].last_push, peer[0].last_push);
	}
	for (uint32_t id = EVENTS + 1; id <= MANY; id++)
		ring(fixture, id, ALARM_OPEN, "minor", "FR");
	assert_false(hub_turn(fixture->hub));
	for (unsigned i = 0; i < PEERS; i++) {
		assert_int_equal(peer[i].seen.events, MANY);
		assert_int_equal(peer[i].frames, 3 + (MANY - EVENTS) / 16);
		assert_in_range(peer[i].pushes, 3, 10);
		buf_free(&peer[i].seen.trail);
	}
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

/* What is pushed equals what is fetched, and a new hub says the same. */
static void
test_push_equals_fetch_after_restart(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };
	struct fetch_options options = { .reader = READER_TRUSTED, .max = 50 };
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HUB(test_push),
		WITH_HUB(test_shared_frames),
		WITH_HUB(test_bursts),
		WITH_HUB(test_slow_reader),
		WITH_HUB(test_except),
		WITH_HUB(test_wait),
		WITH_HUB(test_push_equals_fetch_after_restart),
		WITH_HUB(test_digging_starves_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
