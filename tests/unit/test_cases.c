/* Which case a report joins, and who speaks for it. */
#include "daemon/core/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DAY = 20000 };

static const char fire[] =
    "The toaster caught fire while we were asleep and the curtain burnt, "
    "firemen came with two engines.";
static const char leak[] =
    "Water ran out at the bottom, the display showed an error and the floor "
    "of our office had to be replaced.";

static struct evidence
evidence(uint64_t seq, uint16_t sender, const char *text)
{
	struct evidence it = { .organisation = sender,
		.sender = sender,
		.product = 7,
		.mode = 3,
		.occurred = DAY * 4 + DATE_DAY,
		.filed = (uint16_t)(DAY + seq),
		.region = 11,
		.is_model = 1,
		.completeness = 10 };
	it.seq_low = (uint32_t)seq;
	it.shingles = (uint8_t)minhash_of_text(text_of(text), it.signature);
	return it;
}

struct rig {
	struct linkage_weights weights;
	struct linkage_block block;
	struct evidence fresh;
	const struct evidence *at[4];
};

static void
rig_up(struct rig *rig, const struct evidence *a, const struct evidence *b)
{
	rig->at[0] = a;
	rig->at[1] = b;
	linkage_weights_init(&rig->weights, LINKAGE_PRIOR_ODDS);
	linkage_block_init(&rig->block, &rig->weights, &rig->fresh, rig->at,
	    b ? 2 : 1);
}

static void
a_report_joins_the_case_it_is_like(void **state)
{
	struct evidence one = evidence(1, 1, fire), two = evidence(2, 2, leak);
	struct cases_offer offer[2] = { { &two, 1 }, { &one, 1 } };
	struct rig rig = { .fresh = evidence(3, 3, fire) };
	(void)state;
	rig_up(&rig, &one, &two);
	assert_int_equal(cases_choose(&rig.block, offer, 0), -1);
	assert_int_equal(cases_choose(&rig.block, offer, 1), -1);
	assert_int_equal(cases_choose(&rig.block, offer, 2), 1);
}

/* One member that does not agree keeps the report out. */
static void
every_member_must_agree(void **state)
{
	struct evidence member[2] = { evidence(1, 1, fire),
		evidence(2, 2, leak) };
	struct cases_offer offer = { member, 1 };
	struct rig rig = { .fresh = evidence(3, 3, fire) };
	(void)state;
	rig_up(&rig, &member[0], &member[1]);
	assert_int_equal(cases_choose(&rig.block, &offer, 1), 0);
	offer.count = 2;
	assert_int_equal(cases_choose(&rig.block, &offer, 1), -1);
}

static void
a_full_case_takes_no_more(void **state)
{
	struct evidence member[CASES_MEMBERS_MAX];
	struct cases_offer offer = { member, CASES_MEMBERS_MAX };
	struct rig rig = { .fresh = evidence(90, 3, fire) };
	(void)state;
	for (unsigned i = 0; i < CASES_MEMBERS_MAX; i++)
		member[i] = evidence(i + 1, 1, fire);
	rig_up(&rig, &member[0], NULL);
	assert_int_equal(cases_choose(&rig.block, &offer, 1), -1);
	offer.count--;
	assert_int_equal(cases_choose(&rig.block, &offer, 1), 0);
}

/* The order of the offers decides nothing: the earliest of equals. */
static void
the_order_of_offers_decides_nothing(void **state)
{
	struct evidence late = evidence(9, 1, fire),
			soon = evidence(4, 1, fire);
	struct evidence worse = evidence(1, 1, fire);
	struct cases_offer forth[3] = { { &late, 1 }, { &soon, 1 },
		{ &worse, 1 } };
	struct cases_offer back[3] = { { &worse, 1 }, { &soon, 1 },
		{ &late, 1 } };
	struct rig rig = { .fresh = evidence(20, 3, fire) };
	(void)state;
	worse.occurred += 2 * 4;
	rig_up(&rig, &late, &soon);
	assert_int_equal(cases_choose(&rig.block, forth, 3), 1);
	assert_int_equal(cases_choose(&rig.block, back, 3), 1);
	assert_int_equal(cases_choose(&rig.block, back + 1, 2), 0);
}

static void
the_most_complete_speaks(void **state)
{
	struct evidence member[3] = { evidence(5, 1, fire),
		evidence(6, 2, fire), evidence(4, 3, fire) };
	(void)state;
	member[0].filed = member[1].filed = member[2].filed = DAY;
	assert_int_equal(cases_master(member, 3), 2);
	member[1].filed--;
	assert_int_equal(cases_master(member, 3), 1);
	member[0].completeness++;
	assert_int_equal(cases_master(member, 3), 0);
	assert_int_equal(cases_master(&member[1], 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_joins_the_case_it_is_like),
		cmocka_unit_test(every_member_must_agree),
		cmocka_unit_test(a_full_case_takes_no_more),
		cmocka_unit_test(the_order_of_offers_decides_nothing),
		cmocka_unit_test(the_most_complete_speaks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
