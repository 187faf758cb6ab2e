/* test_hub.c - alerts reach who wants them: once, in order, none missing. */
#include "daemon/feed/alerts.h"
#include "tests/unit/hub_rig.h"

#include <glob.h>

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
	assert_int_equal(hub_open_alerts(fixture->hub, READER_TRUSTED), 2);
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
	const struct alerts_walk walk = { READER_TRUSTED, since };
	struct buf list = { 0 };

	assert_int_equal(alerts_each(hub_events(fixture->hub), &walk,
			     list_alert, &list),
	    0);
	buf_u8(&list, 0);
	assert_string_equal((const char *)list.at, expected);
	buf_free(&list);
}

static bool
get_alert(struct fixture *fixture, uint32_t alert, struct buf *scratch,
    struct text *map, uint64_t *seq)
{
	bool is_there;

	buf_clear(scratch);
	is_there = alerts_get(hub_events(fixture->hub), alert, READER_TRUSTED,
	    scratch, seq);
	*map = buf_text(scratch);
	return is_there;
}

static void
test_each_and_alert(void **state)
{
	struct fixture *fixture = *state;
	struct buf scratch = { 0 };
	const struct alerts_walk walk = { READER_TRUSTED, 0 };
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
	assert_int_equal(alerts_each(hub_events(fixture->hub), &walk,
			     stop_at_two, &scratch),
	    42);
	assert_true(get_alert(fixture, 1, &scratch, &map, &seq));
	assert_int_equal(seq, 3);
	assert_true(value_of(map, &value));
	assert_true(text_is(value_find_text(&value, "severity"), "severe"));
	assert_false(get_alert(fixture, 0, &scratch, &map, &seq));
	assert_false(get_alert(fixture, 4, &scratch, &map, &seq));
	assert_false(get_alert(fixture, UINT32_MAX, &scratch, &map, &seq));
	buf_free(&scratch);
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
		struct fetch_options options = { .reader = READER_TRUSTED,
			.filter = filter,
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
	struct fetch_options options = { .reader = READER_TRUSTED, .max = 10 };
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

/* Whole frames before what cannot be read are pushed all the same. */
static void
test_damage_behind_frames(void **state)
{
	enum { GOOD = 20, WHOLE = 16 };
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };
	struct subscription *subscription;

	for (uint32_t id = 1; id <= GOOD; id++)
		ring(fixture, id, ALARM_OPEN, "minor", "FR");
	ring(fixture, GOOD + 1, ALARM_OPEN, "damaged-here", "FR");
	hub_free(fixture->hub);
	rig_settle(&fixture->rig, true);
	fixture->queue_bytes = 256 << 10;
	open_hub(fixture);
	assert_int_equal(damage(fixture, "damaged-here"), 1);
	subscription = subscribe(&peer, NULL, NULL, (struct cursor){ 0 });
	assert_false(hub_turn(fixture->hub));
	assert_int_equal(peer.broken, 1);
	assert_int_equal(peer.frames, 1);
	assert_int_equal(peer.told, WHOLE);
	assert_int_equal(hub_subscription_cursor(subscription).position, WHOLE);
	buf_free(&peer.seen.trail);
}

static void
test_empty(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(hub_head(fixture->hub), 0);
	assert_int_equal(hub_open_alerts(fixture->hub, READER_TRUSTED), 0);
	expect_fetch(fixture, NULL, (struct cursor){ 0 }, false, "");
	expect_list(fixture, 0, "");
	assert_false(hub_turn(fixture->hub));
	hub_unsubscribe(fixture->hub, NULL);
	hub_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HUB(test_empty),
		WITH_HUB(test_snapshot_then_live),
		WITH_HUB(test_snapshot_beyond_head),
		WITH_HUB(test_left_filter),
		WITH_HUB(test_each_and_alert),
		WITH_HUB(test_resume_is_gapless),
		WITH_HUB(test_damaged_log),
		WITH_HUB(test_damage_behind_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
