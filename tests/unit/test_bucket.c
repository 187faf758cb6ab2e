/* Token buckets and their table against hand-made and hostile histories. */
#include "daemon/core/buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digest.h"

enum { SECOND = 1000000, ROWS = 4096 };

static const int64_t DAY = 86400ll * SECOND;

/* Ten a second, and thirty saved up. */
static const struct bucket_rate ten = { 10, SECOND, 3ll * SECOND };

static const uint8_t key[16] = { 7, 1, 9 };

static void
a_full_one_gives_what_it_holds(void **state)
{
	struct bucket bucket = { 0 };
	int64_t now = 5 * DAY;
	(void)state;
	for (int i = 0; i < 30; i++) {
		assert_int_equal(bucket_wait(&bucket, &ten, 1, now), 0);
		bucket_take(&bucket, &ten, 1, now);
	}
	assert_int_equal(bucket_wait(&bucket, &ten, 1, now), SECOND / 10);
	assert_int_equal(bucket_wait(&bucket, &ten, 1, now + SECOND / 10), 0);
	assert_int_equal(bucket_wait(&bucket, &ten, 20, now), 2 * SECOND);
	assert_false(bucket_is_full(&bucket, now + 3 * SECOND - 1));
	assert_true(bucket_is_full(&bucket, now + 3 * SECOND));
}

/* A batch of 100 into a bucket that holds 30. */
static void
what_is_larger_than_it_passes_in_time(void **state)
{
	struct bucket bucket = { 0 };
	int64_t now = DAY;
	(void)state;
	assert_int_equal(bucket_wait(&bucket, &ten, 100, now), 0);
	bucket_take(&bucket, &ten, 100, now);
	assert_int_equal(bucket_wait(&bucket, &ten, 1, now),
	    7 * SECOND + SECOND / 10);
	/* The next one as large waits until all is paid for, and passes. */
	assert_int_equal(bucket_wait(&bucket, &ten, 100, now), 10 * SECOND);
	assert_int_equal(bucket_wait(&bucket, &ten, 100, now + 10 * SECOND), 0);
}

/* Whoever takes all he is let in chunks of any size gets the rate. */
static void
in_the_long_run_the_rate_holds(void **state)
{
	static const uint32_t chunks[] = { 1, 3, 7, 29, 30, 31, 250 };
	(void)state;
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct bucket bucket = { 0 };
		int64_t now = 0, hour = 3600ll * SECOND;
		int64_t taken = 0;
		while (now < hour) {
			int64_t wait =
			    bucket_wait(&bucket, &ten, chunks[i], now);
			if (wait) {
				now += wait;
				continue;
			}
			bucket_take(&bucket, &ten, chunks[i], now);
			taken += chunks[i];
		}
		assert_in_range(taken, 36000 - 30, 36000 + 30 + chunks[i]);
	}
}

static void
no_limit_is_no_limit(void **state)
{
	static const struct bucket_rate none = { 0, SECOND, 0 };
	struct bucket bucket = { 0 };
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(bucket_wait(&bucket, &none, BUCKET_WANT_MAX,
				     5),
		    0);
		bucket_take(&bucket, &none, BUCKET_WANT_MAX, 5);
	}
	assert_true(bucket_is_full(&bucket, 5));
}

/* One a day: nothing is for free because it is divided to nothing. */
static void
slow_rates_and_fast_ones_are_exact(void **state)
{
	const struct bucket_rate slow = { 1, DAY, DAY };
	const struct bucket_rate fast = { 1000000000, DAY, DAY };
	struct bucket bucket = { 0 };
	(void)state;
	bucket_take(&bucket, &slow, 1, 0);
	assert_int_equal(bucket_wait(&bucket, &slow, 1, 0), DAY);
	assert_int_equal(bucket_wait(&bucket, &slow, 1, DAY - 1), 1);
	bucket_take(&bucket, &slow, BUCKET_WANT_MAX, DAY);
	assert_int_equal(bucket_wait(&bucket, &slow, 1, DAY),
	    BUCKET_WANT_MAX * DAY);
	bucket = (struct bucket){ 0 };
	bucket_take(&bucket, &fast, 1, 0);
	assert_false(bucket_is_full(&bucket, 0));
}

static void
leaps_of_the_clock_do_no_lasting_harm(void **state)
{
	struct bucket bucket = { 0 };
	int64_t now = 400 * DAY, wait;
	(void)state;
	for (int i = 0; i < 30; i++)
		bucket_take(&bucket, &ten, 1, now);
	/* Ten years back: waited for as for the largest debt, not ten years. */
	wait = bucket_wait(&bucket, &ten, 1, now - 3650 * DAY);
	assert_true(wait > 0);
	assert_true(wait <= (BUCKET_WANT_MAX / 10 + 1) * (int64_t)SECOND);
	bucket_take(&bucket, &ten, 1, now - 3650 * DAY);
	assert_true(bucket_is_full(&bucket,
	    now - 3650 * DAY + (BUCKET_WANT_MAX / 10 + 4) * (int64_t)SECOND));
	/* Ten years on: full, and no fuller than that. */
	now += 3650 * DAY;
	assert_int_equal(bucket_wait(&bucket, &ten, 30, now), 0);
	bucket_take(&bucket, &ten, 30, now);
	assert_int_equal(bucket_wait(&bucket, &ten, 1, now), SECOND / 10);
}

/* --- the table ----------------------------------------------------------- */

static struct buckets_row *
find(struct buckets *table, uint64_t name, int64_t now)
{
	struct text text = { (const char *)&name, sizeof(name) };
	return buckets_find(table, text, now);
}

static void
spend(struct buckets_row *row, int64_t now)
{
	bucket_take(&row->bucket[1], &ten, 30, now);
}

static void
a_name_keeps_its_row(void **state)
{
	struct buckets *table = buckets_new(ROWS, key);
	(void)state;
	for (uint64_t name = 0; name < ROWS / 4; name++)
		spend(find(table, name, DAY), DAY);
	for (uint64_t name = 0; name < ROWS / 4; name++)
		assert_int_equal(bucket_wait(&find(table, name, DAY)->bucket[1],
				     &ten, 30, DAY),
		    3 * SECOND);
	buckets_free(table);
}

/* Patterns that a weak hash would pile up: all find room at half load. */
static void
hostile_names_find_room(void **state)
{
	static const uint64_t steps[] = { 1, 256, 1ull << 16, 1ull << 32, ROWS,
		0x0101010101010101 };
	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buckets *table = buckets_new(ROWS, key);
		for (uint64_t n = 0; n < ROWS / 2; n++) {
			struct buckets_row *row =
			    find(table, n * steps[i], DAY);
			assert_non_null(row);
			spend(row, DAY);
		}
		buckets_free(table);
	}
}

static void
a_full_table_says_so_and_recovers(void **state)
{
	struct buckets *table = buckets_new(ROWS, key);
	uint64_t held = 0, refused = 0;
	(void)state;
	for (uint64_t name = 0; name < 4 * ROWS; name++) {
		struct buckets_row *row = find(table, name, DAY);
		if (row)
			spend(row, DAY);
		held += row != NULL;
		refused += row == NULL;
	}
	assert_true(held <= ROWS);
	assert_true(held > ROWS * 9 / 10);
	assert_true(refused >= 3 * ROWS);
	/* Nobody lost his row to those who came later. */
	for (uint64_t name = 0; name < ROWS / 2; name++)
		assert_int_equal(bucket_wait(&find(table, name, DAY)->bucket[1],
				     &ten, 1, DAY),
		    SECOND / 10);
	/* When their buckets are full again there is room. */
	for (uint64_t name = 0; name < ROWS / 2; name++)
		assert_non_null(find(table, 1000000 + name, DAY + 3 * SECOND));
	buckets_free(table);
}

/* Two keys put the same names into different places. */
static void
the_key_decides_the_place(void **state)
{
	static const uint8_t other[16] = { 8, 1, 9 };
	struct buckets *a = buckets_new(16, key);
	struct buckets *b = buckets_new(16, other);
	unsigned differ = 0;
	(void)state;
	for (uint64_t name = 0; name < 64; name++)
		differ += find(a, name, DAY)->hash != find(b, name, DAY)->hash;
	assert_int_equal(differ, 64);
	buckets_free(a);
	buckets_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_one_gives_what_it_holds),
		cmocka_unit_test(what_is_larger_than_it_passes_in_time),
		cmocka_unit_test(in_the_long_run_the_rate_holds),
		cmocka_unit_test(no_limit_is_no_limit),
		cmocka_unit_test(slow_rates_and_fast_ones_are_exact),
		cmocka_unit_test(leaps_of_the_clock_do_no_lasting_harm),
		cmocka_unit_test(a_name_keeps_its_row),
		cmocka_unit_test(hostile_names_find_room),
		cmocka_unit_test(a_full_table_says_so_and_recovers),
		cmocka_unit_test(the_key_decides_the_place),
	};
	if (digest_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
