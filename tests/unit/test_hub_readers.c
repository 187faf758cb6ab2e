/* hub: what is watched, held or muted, to those who are trusted and to all. */
#include "daemon/feed/alerts.h"
#include "tests/unit/hub_rig.h"

/* An event with a mute, or without. */
static void
tell(struct fixture *fixture, uint32_t id, enum alarm_status status,
    enum alarm_change change, bool is_muted)
{
	const struct alarm alarm = { .id = id,
		.rule = 1,
		.product = id % 5 + 1,
		.episode = 1,
		.is_hidden = status == ALARM_WATCH || status == ALARM_HELD,
		.muted_seq = is_muted,
		.status = (uint8_t)status };

	publish_from(fixture,
	    rig_alert(&fixture->rig, &alarm, change,
		alert_map(id, alarm.product, "minor", "FR")));
}

static void
expect(struct fixture *fixture, enum event_reader reader, struct cursor cursor,
    bool latest, const char *expected)
{
	char *trail = trail_of(fixture,
	    (struct fetch_options){ .reader = reader,
		.cursor = cursor,
		.latest = latest,
		.max = 100 });

	assert_string_equal(trail, expected);
	free(trail);
}

static void
test_hidden_events(void **state)
{
	struct fixture *fixture = *state;
	const struct cursor all = { 0, 0 };
	struct cursor snapshot = { 0 };

	tell(fixture, 1, ALARM_HELD, CHANGE_HELD, false);           /* 1 */
	tell(fixture, 2, ALARM_OPEN, CHANGE_RAISED, false);         /* 2 */
	tell(fixture, 1, ALARM_OPEN, CHANGE_RELEASED, false);       /* 3 */
	tell(fixture, 3, ALARM_WATCH, CHANGE_WATCH, false);         /* 4 */
	tell(fixture, 2, ALARM_SUBSIDING, CHANGE_SUBSIDING, false); /* 5 */
	tell(fixture, 2, ALARM_HELD, CHANGE_HELD, false);           /* 6 */
	assert_int_equal(hub_open_alerts(fixture->hub, READER_PUBLIC), 2);
	assert_int_equal(hub_open_alerts(fixture->hub, READER_TRUSTED), 3);
	expect(fixture, READER_TRUSTED, all, false,
	    "1/live/held 2/live/raised 3/live/released 4/live/watch "
	    "5/live/subsiding 6/live/held ");
	expect(fixture, READER_PUBLIC, all, false,
	    "2/live/raised 3/live/released 5/live/subsiding ");
	expect(fixture, READER_TRUSTED, all, true,
	    "3/live/released 4/live/watch 6/live/held ");
	/* What is hidden does not make older news of what is not. */
	expect(fixture, READER_PUBLIC, all, true,
	    "3/live/released 5/live/subsiding ");
	snapshot.snapshot = hub_head(fixture->hub);
	expect(fixture, READER_TRUSTED, snapshot, false,
	    "3/snapshot/released 4/snapshot/watch 6/snapshot/held ");
	expect(fixture, READER_PUBLIC, snapshot, false,
	    "3/snapshot/released 5/snapshot/subsiding ");
}

static void
test_hidden_before_the_filter(void **state)
{
	struct fixture *fixture = *state;
	struct fetch_options options = { .reader = READER_PUBLIC,
		.max = 100,
		.filter = make_filter(fixture, "{'country': 'BE'}") };
	char *trail;

	/* It matched while nobody was told: it cannot leave a filter. */
	ring(fixture, 1, ALARM_HELD, "minor", "BE");
	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	trail = trail_of(fixture, options);
	assert_string_equal(trail, "");
	free(trail);
	ring(fixture, 1, ALARM_OPEN, "minor", "BE");
	ring(fixture, 1, ALARM_OPEN, "minor", "FR");
	trail = trail_of(fixture, options);
	assert_string_equal(trail, "3/live/raised 4/live/left_filter ");
	free(trail);
	filter_free((struct filter *)(uintptr_t)options.filter);
}

static void
test_muted_events(void **state)
{
	struct fixture *fixture = *state;
	const struct cursor all = { 0, 0 };
	struct cursor snapshot = { 0 };
	struct buf scratch = { 0 };
	uint64_t seq;

	tell(fixture, 1, ALARM_OPEN, CHANGE_RAISED, false); /* 1 */
	tell(fixture, 1, ALARM_OPEN, CHANGE_MUTED, true);   /* 2 */
	tell(fixture, 1, ALARM_OPEN, CHANGE_UPDATED, true); /* 3 */
	snapshot.snapshot = hub_head(fixture->hub);
	expect(fixture, READER_PUBLIC, all, false,
	    "1/live/raised 2/live/muted ");
	expect(fixture, READER_TRUSTED, all, false,
	    "1/live/raised 2/live/muted 3/live/updated ");
	/* All may look it up as it is. */
	assert_true(alerts_get(hub_events(fixture->hub), 1, READER_PUBLIC,
	    &scratch, &seq));
	assert_int_equal(seq, 3);
	expect(fixture, READER_PUBLIC, snapshot, false, "3/snapshot/updated ");
	tell(fixture, 1, ALARM_OPEN, CHANGE_UNMUTED, false); /* 4 */
	expect(fixture, READER_PUBLIC, all, false,
	    "1/live/raised 2/live/muted 4/live/unmuted ");
	expect(fixture, READER_PUBLIC, snapshot, false,
	    "3/snapshot/updated 4/live/unmuted ");
	buf_free(&scratch);
}

static int
list_one(void *who, uint32_t alert, uint64_t seq, enum alarm_status status,
    struct text map)
{
	(void)map;
	buf_printf(who, "%u@%llu=%s ", alert, (unsigned long long)seq,
	    alarm_status_name(status));
	return 0;
}

static void
expect_listed(struct fixture *fixture, enum event_reader reader,
    const char *expected)
{
	const struct alerts_walk walk = { .reader = reader };
	struct buf list = { 0 };

	assert_int_equal(alerts_each(hub_events(fixture->hub), &walk, list_one,
			     &list),
	    0);
	buf_u8(&list, 0);
	assert_string_equal((const char *)list.at, expected);
	buf_free(&list);
}

static void
test_listed(void **state)
{
	struct fixture *fixture = *state;
	uint64_t seq[8];

	tell(fixture, 1, ALARM_WATCH, CHANGE_WATCH, false);   /* 1 */
	tell(fixture, 2, ALARM_OPEN, CHANGE_RAISED, false);   /* 2 */
	tell(fixture, 2, ALARM_CLOSED, CHANGE_CLOSED, false); /* 3 */
	tell(fixture, 2, ALARM_HELD, CHANGE_HELD, false);     /* 4 */
	expect_listed(fixture, READER_TRUSTED, "1@1=watch 2@4=held ");
	expect_listed(fixture, READER_PUBLIC, "2@3=closed ");
	assert_int_equal(alerts_events(hub_events(fixture->hub), 2,
			     READER_PUBLIC, seq, 8),
	    2);
	assert_int_equal(seq[0], 2);
	assert_int_equal(seq[1], 3);
	assert_int_equal(alerts_events(hub_events(fixture->hub), 2,
			     READER_TRUSTED, seq, 2),
	    2);
	assert_int_equal(seq[0], 3);
	assert_int_equal(seq[1], 4);
	assert_int_equal(alerts_events(hub_events(fixture->hub), 1,
			     READER_PUBLIC, seq, 8),
	    0);
	assert_int_equal(alerts_events(hub_events(fixture->hub), 9,
			     READER_TRUSTED, seq, 8),
	    0);
	/* The same from LMDB as from the log. */
	rig_settle(&fixture->rig, true);
	hub_free(fixture->hub);
	open_hub(fixture);
	expect_listed(fixture, READER_TRUSTED, "1@1=watch 2@4=held ");
	expect_listed(fixture, READER_PUBLIC, "2@3=closed ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HUB(test_hidden_events),
		WITH_HUB(test_hidden_before_the_filter),
		WITH_HUB(test_muted_events),
		WITH_HUB(test_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
