/* test_plan.c - products and keys on paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "daemon/intake/plan.h"

enum { KEYS = 5000 };

static void
make_hash(uint32_t number, uint8_t hash[16])
{
	digest_blake2b(NULL, 0, &number, sizeof(number), hash, 16);
}

static void
test_an_empty_plan_finds_nothing(void **state)
{
	struct plan plan = { 0 };
	uint8_t hash[16];

	(void)state;
	make_hash(1, hash);
	assert_int_equal(plan_find(&plan, hash)->product, 0);
	assert_int_equal(plan_count(&plan), 0);
	assert_int_equal(plan_brand(&plan, PLANNED | 1), 0);
	plan_fini(&plan);
}

static void
test_many_keys_are_found_again(void **state)
{
	struct plan plan = { 0 };
	uint8_t hash[16];

	(void)state;
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t product = i % 2 ? plan_add(&plan, i) : i + 1;

		make_hash(i, hash);
		plan_teach(&plan, hash, product);
	}
	assert_false(plan.failed);
	assert_int_equal(plan_count(&plan), KEYS / 2);
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t product;

		make_hash(i, hash);
		product = plan_find(&plan, hash)->product;
		assert_memory_equal(plan_find(&plan, hash)->hash, hash, 16);
		if (i % 2) {
			assert_int_equal(product, PLANNED | (i / 2 + 1));
			assert_int_equal(plan_brand(&plan, product), i);
		} else {
			assert_int_equal(product, i + 1);
		}
	}
	make_hash(KEYS, hash);
	assert_int_equal(plan_find(&plan, hash)->product, 0);
	plan_fini(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_plan_finds_nothing),
		cmocka_unit_test(test_many_keys_are_found_again),
	};

	if (digest_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
