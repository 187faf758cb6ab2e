#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/rehearsal.h"

enum { UNSTATED = 9, FIRE = 1, HEARD_MAX = 32, START = 20000 };

static const struct rules rules = {
	.count = 3,
	.rule = {
		{ .name = "two", .id = 1, .window_days = 28, .sources = 2 },
		{ .name = "three", .id = 2, .scope = SCOPE_MODE,
		    .window_days = 7, .sources = 3, .watch_sources = 2 },
		{ .name = "fire", .id = 3, .window_days = 366, .sources = 2,
		    .hazards = FIRE },
	},
};

struct heard {
	int32_t day;
	enum alarm_change change;
	char rule[RULE_NAME_MAX + 1];
	uint16_t mode;
	uint32_t sources;
};

struct ear {
	unsigned count;
	struct heard heard[HEARD_MAX];
	struct rehearsal *rehearsal;
	uint64_t seq;
};

static void
hear(void *who, const struct rehearsed *what)
{
	struct ear *ear = who;
	struct heard *heard = &ear->heard[ear->count++];

	assert_in_range(ear->count, 1, HEARD_MAX);
	heard->day = what->day - START;
	heard->change = what->change;
	heard->mode = what->mode;
	heard->sources = what->counts->sources;
	(void)snprintf(heard->rule, sizeof(heard->rule), "%s",
	    what->rule->name);
	assert_int_equal(what->product, 7);
	assert_int_equal(what->alarm->rule, what->rule->id);
}

static int
set_up(void **state)
{
	struct ear *ear = calloc(1, sizeof(*ear));

	assert_non_null(ear);
	ear->rehearsal = rehearsal_new(&rules, NULL, hear, ear);
	assert_non_null(ear->rehearsal);
	*state = ear;
	return 0;
}

static int
tear_down(void **state)
{
	struct ear *ear = *state;

	rehearsal_free(ear->rehearsal);
	free(ear);
	return 0;
}

static void
begin(struct ear *ear)
{
	const struct rehearsal_product product = { .product = 7,
		.category = -1,
		.unstated = UNSTATED };

	rehearsal_begin(ear->rehearsal, &product);
	ear->count = 0;
}

static struct facts
facts_of(int32_t day, uint32_t source, uint16_t mode)
{
	return (struct facts){ .product = 7,
		.source = source,
		.organisation = 1,
		.mode = mode,
		.filed = START + day };
}

/* On its day, of a source, in a mode; its number. */
static uint64_t
come(struct ear *ear, int32_t day, uint32_t source, uint16_t mode)
{
	struct facts facts = facts_of(day, source, mode);

	assert_int_equal(rehearsal_move(ear->rehearsal, NULL, &facts,
			     ++ear->seq, START + day),
	    0);
	return ear->seq;
}

static void
expect(struct ear *ear, unsigned nth, const struct heard *wanted)
{
	const struct heard *heard = &ear->heard[nth];

	if (nth >= ear->count || heard->day != wanted->day ||
	    heard->change != wanted->change ||
	    strcmp(heard->rule, wanted->rule) != 0 ||
	    heard->mode != wanted->mode || heard->sources != wanted->sources)
		fail_msg("%u of %u: day %d change %d %s mode %u sources %u",
		    nth, ear->count, heard->day, heard->change, heard->rule,
		    heard->mode, heard->sources);
}

#define EXPECT(ear, nth, ...) \
	expect((ear), (nth), &(const struct heard){ __VA_ARGS__ })

static void
test_rings(void **state)
{
	struct ear *ear = *state;

	begin(ear);
	come(ear, 0, 1, 2);
	come(ear, 0, 1, 2);
	assert_int_equal(ear->count, 0);
	come(ear, 3, 2, 2);
	EXPECT(ear, 0, 3, CHANGE_RAISED, "two", 0, 2);
	EXPECT(ear, 1, 3, CHANGE_WATCH, "three", 2, 2);
	come(ear, 7, 3, 2);
	EXPECT(ear, 2, 7, CHANGE_UPDATED, "two", 0, 3);
	EXPECT(ear, 3, 7, CHANGE_RAISED, "three", 2, 3);
	assert_int_equal(ear->count, 4);
	/* Another product remembers nothing of it. */
	begin(ear);
	come(ear, 0, 5, 2);
	assert_int_equal(ear->count, 0);
}

static void
test_unstated_and_silent(void **state)
{
	struct ear *ear = *state;
	const struct rehearsal_product silent = { .product = 7,
		.category = -1,
		.is_silent = true };
	struct facts history = facts_of(0, 3, 2);

	begin(ear);
	for (uint32_t source = 1; source < 4; source++)
		come(ear, 0, source, UNSTATED);
	EXPECT(ear, 0, 0, CHANGE_RAISED, "two", 0, 2);
	EXPECT(ear, 1, 0, CHANGE_UPDATED, "two", 0, 3);
	assert_int_equal(ear->count, 2);
	rehearsal_begin(ear->rehearsal, &silent);
	for (uint32_t source = 1; source < 9; source++)
		come(ear, 0, source, 2);
	assert_int_equal(ear->count, 2);
	/* History counts nowhere. */
	begin(ear);
	come(ear, 0, 1, 2);
	history.is_backfill = true;
	assert_int_equal(rehearsal_move(ear->rehearsal, NULL, &history, 99,
			     START),
	    0);
	assert_int_equal(ear->count, 0);
}

/* Two on one day, then nobody: closed 56 days on, then the next episode. */
static void
test_days(void **state)
{
	struct ear *ear = *state;

	begin(ear);
	come(ear, 0, 1, UNSTATED);
	come(ear, 0, 2, UNSTATED);
	rehearsal_until(ear->rehearsal, START + 200);
	EXPECT(ear, 0, 0, CHANGE_RAISED, "two", 0, 2);
	assert_int_equal(ear->heard[ear->count - 1].day, ALARM_QUIET_DAYS);
	assert_int_equal(ear->heard[ear->count - 1].change, CHANGE_CLOSED);
	assert_int_equal(ear->heard[ear->count - 1].sources, 2);
	ear->count = 0;
	come(ear, 300, 1, UNSTATED);
	come(ear, 300, 2, UNSTATED);
	EXPECT(ear, 0, 300, CHANGE_RAISED, "two", 0, 2);
	/* What came last is not forgotten between milestones. */
	ear->count = 0;
	come(ear, 340, 1, UNSTATED);
	rehearsal_until(ear->rehearsal, START + 395);
	for (unsigned i = 0; i < ear->count; i++)
		assert_int_not_equal(ear->heard[i].change, CHANGE_CLOSED);
	rehearsal_until(ear->rehearsal, START + 396);
	assert_int_equal(ear->heard[ear->count - 1].change, CHANGE_CLOSED);
}

static void
test_leaving(void **state)
{
	struct ear *ear = *state;
	struct facts first = facts_of(0, 1, 2), now = facts_of(0, 2, 2);
	uint64_t seq;

	begin(ear);
	seq = come(ear, 0, 1, 2);
	come(ear, 0, 2, 2);
	ear->count = 0;
	/* Amended so that one source is left, and so on. */
	assert_int_equal(rehearsal_move(ear->rehearsal, &first, &now, seq,
			     START + 1),
	    0);
	EXPECT(ear, 0, 1, CHANGE_WITHDRAWN, "two", 0, 1);
	assert_int_equal(rehearsal_move(ear->rehearsal, &now, &first, seq,
			     START + 2),
	    0);
	EXPECT(ear, 1, 2, CHANGE_RAISED, "two", 0, 2);
	assert_int_equal(rehearsal_move(ear->rehearsal, &first, NULL, seq,
			     START + 3),
	    0);
	EXPECT(ear, 2, 3, CHANGE_WITHDRAWN, "two", 0, 1);
	/* Amended without a difference that counts. */
	come(ear, 4, 3, 2);
	ear->count = 0;
	assert_int_equal(rehearsal_move(ear->rehearsal, &now, &now, 2,
			     START + 5),
	    0);
	assert_int_equal(ear->count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unstated_and_silent,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_days, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaving, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
