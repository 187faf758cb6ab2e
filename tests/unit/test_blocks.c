/* The newest reports by their blocks: what is found, what gives way. */
#include "daemon/intake/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SMALL = 64 };

/* A report of a product that happened on a day. */
static struct evidence
evidence_at(uint64_t seq, uint32_t product, int32_t day)
{
	struct evidence evidence = { .product = product,
		.mode = 1,
		.occurred = day * 4 + DATE_DAY };

	evidence_set_seq(&evidence, seq);
	return evidence;
}

static void
test_newest_first(void **state)
{
	struct blocks *blocks = blocks_new(SMALL);
	struct evidence fresh = evidence_at(100, 7, 20000);
	struct candidates found;

	(void)state;
	assert_non_null(blocks);
	for (unsigned i = 1; i <= 40; i++) {
		struct evidence held = evidence_at(i, i % 2 ? 7 : 8, 20000);

		blocks_add(blocks, &held);
	}
	blocks_gather(blocks, &fresh, &found);
	assert_int_equal(found.count, BLOCKS_ENOUGH);
	for (unsigned i = 0; i < found.count; i++) {
		assert_int_equal(evidence_seq(&found.at[i]), 39 - 2 * i);
		assert_int_equal(found.at[i].product, 7);
	}
	blocks_free(blocks);
}

/* What happened long before or after is in other blocks. */
static void
test_time_parts(void **state)
{
	struct blocks *blocks = blocks_new(SMALL);
	struct evidence near = evidence_at(1, 7, 20003);
	struct evidence far = evidence_at(2, 7, 20200);
	struct evidence fresh = evidence_at(3, 7, 20000);
	struct candidates found;

	(void)state;
	blocks_add(blocks, &near);
	blocks_add(blocks, &far);
	blocks_add(blocks, &fresh);
	blocks_gather(blocks, &fresh, &found);
	assert_int_equal(found.count, 1);
	assert_int_equal(evidence_seq(&found.at[0]), 1);
	blocks_free(blocks);
}

/* The oldest give way, however many came, and links to them lead nowhere. */
static void
test_ring_comes_round(void **state)
{
	struct blocks *blocks = blocks_new(SMALL);
	struct candidates found;

	(void)state;
	for (unsigned i = 1; i <= 10 * SMALL; i++) {
		struct evidence held = evidence_at(i, i % 50, 20000);
		struct evidence fresh = evidence_at(9999, i % 50, 20000);
		unsigned left = 0;

		blocks_add(blocks, &held);
		blocks_gather(blocks, &fresh, &found);
		for (unsigned j = i; j > 0 && i - j < SMALL; j--)
			left += j % 50 == i % 50;
		assert_int_equal(found.count, left);
		for (unsigned j = 0; j < found.count; j++)
			assert_int_equal(found.at[j].product, i % 50);
	}
	blocks_free(blocks);
}

/* A report in two of the blocks that are looked through is found once. */
static void
test_serial_and_time(void **state)
{
	struct blocks *blocks = blocks_new(SMALL);
	struct evidence held = evidence_at(1, 7, 20000);
	struct evidence other = evidence_at(2, 9, 19000);
	struct evidence fresh = evidence_at(3, 7, 20001);
	struct candidates found;

	(void)state;
	held.serial = other.serial = fresh.serial = 4711;
	blocks_add(blocks, &held);
	blocks_add(blocks, &other);
	blocks_gather(blocks, &fresh, &found);
	assert_int_equal(found.count, 2);
	assert_int_equal(evidence_seq(&found.at[0]), 2);
	assert_int_equal(evidence_seq(&found.at[1]), 1);
	blocks_free(blocks);
}

static void
test_removed_and_cleared(void **state)
{
	struct blocks *blocks = blocks_new(SMALL);
	struct evidence one = evidence_at(1, 7, 20000);
	struct evidence two = evidence_at(2, 7, 20000);
	struct evidence fresh = evidence_at(3, 7, 20000);
	struct candidates found;

	(void)state;
	blocks_add(blocks, &one);
	blocks_add(blocks, &two);
	blocks_remove(blocks, &one);
	blocks_remove(blocks, &fresh);
	blocks_gather(blocks, &fresh, &found);
	assert_int_equal(found.count, 1);
	assert_int_equal(evidence_seq(&found.at[0]), 2);
	blocks_clear(blocks);
	blocks_gather(blocks, &fresh, &found);
	assert_int_equal(found.count, 0);
	blocks_free(blocks);
	blocks_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(test_time_parts),
		cmocka_unit_test(test_ring_comes_round),
		cmocka_unit_test(test_serial_and_time),
		cmocka_unit_test(test_removed_and_cleared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
