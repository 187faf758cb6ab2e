/* test_moves.c - moves added up: by group, by product, by pair of products. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/calls/moves.h"

enum { PRODUCTS = 3000 };

static void
add(struct moves *moves, uint32_t from, uint32_t to, uint16_t mode,
    uint64_t contents)
{
	const struct regroup_move move = { .from = from,
		.to = to,
		.mode = mode,
		.is_live = contents == 9,
		.contents = contents };

	moves_add(moves, &move);
}

struct seen {
	uint32_t in[8], out[8];
	unsigned visits;
};

static void
see(void *who, const struct moved_group *product)
{
	struct seen *seen = who;

	assert_true(product->product < 8);
	seen->in[product->product] = product->in;
	seen->out[product->product] = product->out;
	seen->visits++;
}

static void
test_few(void **state)
{
	struct moves moves = { 0 };
	struct seen seen = { 0 };

	(void)state;
	add(&moves, 1, 2, 5, 7);
	add(&moves, 1, 2, 5, 9);
	add(&moves, 1, 2, 6, 8);
	add(&moves, 3, 1, 5, 8);
	add(&moves, 3, 4, 5, 8);
	moves_sort(&moves);
	moves_sort(&moves);
	assert_int_equal(moves.count, 4);
	assert_int_equal(moves.at[0].reports, 2);
	assert_int_equal(moves.at[0].move.contents, 7);
	assert_true(moves.at[0].move.is_live);
	assert_false(moves.at[1].move.is_live);
	/* 1 and 2 in two modes each, 3 and 4 in one. */
	assert_int_equal(moves_groups(&moves, see, &seen), 6);
	assert_int_equal(seen.visits, 4);
	assert_int_equal(seen.out[1], 3);
	assert_int_equal(seen.in[1], 1);
	assert_int_equal(seen.in[2], 3);
	assert_int_equal(seen.out[3], 2);
	moves_pair(&moves);
	assert_int_equal(moves.count, 3);
	assert_int_equal(moves.at[0].reports, 3);
	assert_int_equal(moves.at[0].move.to, 2);
	assert_int_equal(moves.at[1].move.to, 1);
	moves_fini(&moves);
}

static void
test_many(void **state)
{
	struct moves moves = { 0 };

	(void)state;
	for (unsigned turn = 0; turn < 3; turn++)
		for (uint32_t i = 1; i <= PRODUCTS; i++)
			add(&moves, i, i % 7 + 1, 1, turn + 1);
	moves_sort(&moves);
	assert_int_equal(moves.count, PRODUCTS);
	for (uint32_t i = 0; i < PRODUCTS; i++) {
		assert_int_equal(moves.at[i].move.from, i + 1);
		assert_int_equal(moves.at[i].reports, 3);
		assert_int_equal(moves.at[i].move.contents, 1);
	}
	assert_false(moves.failed);
	moves_fini(&moves);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
