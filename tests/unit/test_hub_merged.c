/*
 * test_hub_merged.c - who asked for a product that was merged hears of what it
 * was merged into, for as long as it is.
 */
#include "tests/unit/hub_rig.h"

#include "proto/codec.h"

/* An event of an alert of one product, which has this other one in it. */
struct told {
	uint32_t alert, product, member; /* 0 none */
	enum alarm_status status;
	enum alarm_change change;
};

static void
tell(struct fixture *fixture, const struct told *told)
{
	const struct alarm alarm = { .id = told->alert,
		.rule = 1,
		.product = told->product,
		.episode = 1,
		.status = (uint8_t)told->status };
	char members[40] = "", text[300];

	if (told->member)
		snprintf(members, sizeof(members), ", 'members': ['p%u']",
		    told->member);
	snprintf(text, sizeof(text),
	    "{'id': 'a%u', 'severity': 'minor', 'product': {'id': 'p%u'%s}}",
	    told->alert, told->product, members);
	publish_from(fixture,
	    rig_alert(&fixture->rig, &alarm, told->change, text));
}

static const struct told story[] = {
	{ 1, 3, 0, ALARM_OPEN, CHANGE_RAISED },         /* 1 */
	{ 2, 5, 0, ALARM_OPEN, CHANGE_RAISED },         /* 2 */
	{ 2, 5, 0, ALARM_WITHDRAWN, CHANGE_MERGED },    /* 3: p5 into p3 */
	{ 1, 3, 5, ALARM_OPEN, CHANGE_MERGED },         /* 4 */
	{ 1, 3, 5, ALARM_OPEN, CHANGE_UPDATED },        /* 5 */
	{ 1, 3, 0, ALARM_OPEN, CHANGE_SPLIT },          /* 6: p5 off p3 */
	{ 2, 5, 0, ALARM_OPEN, CHANGE_SPLIT },          /* 7 */
	{ 1, 3, 0, ALARM_OPEN, CHANGE_UPDATED },        /* 8 */
	{ 2, 5, 0, ALARM_WITHDRAWN, CHANGE_WITHDRAWN }, /* 9 */
};
enum { NTOLD = sizeof(story) / sizeof(story[0]) };

static const char p5[] = "{'product': 'p5'}";
static const char p3[] = "{'product': 'p3'}";

/* What they see, from the beginning, of a snapshot, and of the latest. */
static void
expect_story(struct fixture *fixture)
{
	const struct cursor all = { 0 };

	expect_fetch(fixture, p5, all, false,
	    "2/live/raised 3/live/merged 4/live/merged 5/live/updated "
	    "6/live/left_filter 7/live/split 9/live/withdrawn ");
	expect_fetch(fixture, p3, all, false,
	    "1/live/raised 4/live/merged 5/live/updated 6/live/split "
	    "8/live/updated ");
	expect_fetch(fixture, "{'product': ['p1', 'p5', 'p9']}", all, true,
	    "8/live/left_filter 9/live/withdrawn ");
	/* Before, while and after they were one. */
	expect_fetch(fixture, p5, (struct cursor){ 2, 0 }, false,
	    "2/snapshot/raised 3/live/merged 4/live/merged 5/live/updated "
	    "6/live/left_filter 7/live/split 9/live/withdrawn ");
	expect_fetch(fixture, p5, (struct cursor){ 5, 0 }, false,
	    "5/snapshot/updated 6/live/left_filter 7/live/split "
	    "9/live/withdrawn ");
	expect_fetch(fixture, p5, (struct cursor){ 7, 0 }, false,
	    "7/snapshot/split 9/live/withdrawn ");
	expect_fetch(fixture, p5, (struct cursor){ 9, 0 }, false, "");
	expect_fetch(fixture, p3, (struct cursor){ 9, 0 }, false,
	    "8/snapshot/updated ");
	assert_int_equal(hub_open_alerts(fixture->hub, READER_TRUSTED), 1);
}

static void
test_fetched(void **state)
{
	struct fixture *fixture = *state;
	static const unsigned open[NTOLD] = { 1, 2, 1, 1, 1, 1, 2, 2, 1 };

	for (unsigned i = 0; i < NTOLD; i++) {
		tell(fixture, &story[i]);
		assert_int_equal(hub_open_alerts(fixture->hub, READER_TRUSTED),
		    open[i]);
	}
	expect_story(fixture);
	/* A cursor kept over a restart finds the same. */
	rig_settle(&fixture->rig, true);
	hub_free(fixture->hub);
	open_hub(fixture);
	expect_story(fixture);
	expect_fetch(fixture, p5, (struct cursor){ 0, 5 }, false,
	    "6/live/left_filter 7/live/split 9/live/withdrawn ");
}

static void
test_pushed(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };

	tell(fixture, &story[0]);
	tell(fixture, &story[1]);
	subscribe(&peer, p5, NULL,
	    (struct cursor){ hub_head(fixture->hub), 0 });
	for (unsigned i = 2; i < NTOLD; i++) {
		tell(fixture, &story[i]);
		assert_false(hub_turn(fixture->hub));
	}
	expect_seen(&peer,
	    "2/snapshot/raised 3/live/merged 4/live/merged 5/live/updated "
	    "6/live/left_filter 7/live/split 9/live/withdrawn ");
	buf_free(&peer.seen.trail);
}

/* A new filter is sent what only it matches, members too. */
static void
test_replaced_filter(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer = { .fixture = fixture, .drains = true };
	struct subscription *subscription;

	for (unsigned i = 0; i < 5; i++)
		tell(fixture, &story[i]);
	subscription =
	    subscribe(&peer, p5, p3, (struct cursor){ .snapshot = 5 });
	assert_false(hub_turn(fixture->hub));
	expect_seen(&peer, "");
	hub_unsubscribe(fixture->hub, subscription);
	subscribe(&peer, p5, "{'product': 'p4'}",
	    (struct cursor){ .snapshot = 5 });
	assert_false(hub_turn(fixture->hub));
	expect_seen(&peer, "5/snapshot/updated ");
	buf_free(&peer.seen.trail);
}

/* An alert of p1000 with this many members, from p1 on. */
static bool
matches(struct fixture *fixture, const char *text, unsigned nmembers)
{
	struct filter *filter = make_filter(fixture, text);
	struct buf out = { 0 };
	struct value alert;
	bool does;

	pack_map(&out, 1);
	pack_string(&out, "product");
	pack_map(&out, 2);
	pack_field_string(&out, "id", "p1000");
	pack_string(&out, "members");
	pack_list(&out, nmembers);
	for (unsigned i = 1; i <= nmembers; i++) {
		char id[PUBLIC_ID_MAX];

		product_id_format(i, id);
		pack_string(&out, id);
	}
	assert_false(out.failed);
	assert_true(value_of(buf_text(&out), &alert));
	does = filter_matches(filter, &alert);
	buf_free(&out);
	filter_free(filter);
	return does;
}

static void
test_as_many_members_as_there_can_be(void **state)
{
	struct fixture *fixture = *state;

	assert_true(matches(fixture, "{'product': 'p1000'}", 0));
	assert_false(matches(fixture, "{'product': 'p1'}", 0));
	assert_true(matches(fixture, "{'product': 'p1'}", FILTER_MEMBERS_MAX));
	assert_true(
	    matches(fixture, "{'product': 'p256'}", FILTER_MEMBERS_MAX));
	assert_true(matches(fixture, "{'product': ['p7', 'p300', 'p256']}",
	    FILTER_MEMBERS_MAX));
	assert_false(matches(fixture, "{'product': ['p257', 'p999', 'p1001']}",
	    FILTER_MEMBERS_MAX));
	/* More than a family can have are passed by. */
	assert_false(matches(fixture, "{'product': 'p290'}", 300));
	assert_true(matches(fixture, "{'product': 'p1000'}", 300));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HUB(test_fetched),
		WITH_HUB(test_pushed),
		WITH_HUB(test_replaced_filter),
		WITH_HUB(test_as_many_members_as_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
