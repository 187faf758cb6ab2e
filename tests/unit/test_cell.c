/* test_cell.c - rows packed, sealed and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/db/cell.h"
#include "daemon/store/log/fault.h"

static uint64_t
next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1;
	return *state >> 33;
}

/* A row of this length in which so many of 256 bytes are not zero. */
static struct text
make_row(uint8_t row[ROW_MAX], size_t len, unsigned density, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)next(&seed);

		row[i] = next(&seed) % 256 < density ? byte : 0;
	}
	return (struct text){ (const char *)row, len };
}

static void
every_row_comes_back(void **state)
{
	(void)state;
	static const unsigned density[] = { 0, 3, 40, 128, 250, 256 };
	uint8_t row[ROW_MAX], again[ROW_MAX], packed[PACK_MAX];
	for (size_t len = 0; len <= ROW_MAX; len += len < 150 ? 1 : 25) {
		for (size_t i = 0; i < sizeof(density) / sizeof(*density);
		     i++) {
			struct text text =
			    make_row(row, len, density[i], len + i);
			size_t n = pack(text, packed);
			size_t back;
			assert_true(n <= PACK_MAX);
			assert_true(
			    unpack((struct text){ (const char *)packed, n },
				again, &back));
			assert_int_equal(back, len);
			assert_memory_equal(again, row, len);
		}
	}
}

/* The bytes are a format: docs/storage.md says how they come about. */
static void
the_bytes_are_for_ever(void **state)
{
	(void)state;
	static const uint8_t row[20] = { 0, 7, 0, 0, 0, 0, 0, 9, [16] = 5 };
	static const uint8_t expected[] = { 20, 0x05, 0x82, 7, 9, 0x01, 5 };
	uint8_t packed[PACK_MAX];
	size_t n =
	    pack((struct text){ (const char *)row, sizeof(row) }, packed);
	assert_int_equal(n, sizeof(expected));
	assert_memory_equal(packed, expected, n);
}

/* Other bytes are refused or give some row; nothing is touched beyond. */
static void
strange_bytes_do_no_harm(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} refused[] = {
		{ "", 0 }, { "\x80", 1 },  /* half a length */
		{ "\xed\x0e", 2 },         /* ROW_MAX + 1 */
		{ "\xff\xff", 2 },         /* as long as can be said */
		{ "\x08", 1 },             /* no words */
		{ "\x08\x01", 2 },         /* no word */
		{ "\x08\x01\x03\x01", 4 }, /* half a word */
		{ "\x08\x02\x01\x01", 4 }, /* a word beyond the row */
		{ "\x08\x00\x00", 3 },     /* bytes beyond the row */
	};
	uint8_t row[ROW_MAX];
	uint64_t seed = 7;
	size_t len;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_false(
		    unpack((struct text){ refused[i].bytes, refused[i].len },
			row, &len));
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = next(&seed) % 300;
		/* Of its own size, so that a sanitizer sees its end. */
		char *bytes = malloc(n + 1);
		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)next(&seed);
		if (unpack((struct text){ bytes, n }, row, &len))
			assert_true(len <= ROW_MAX);
		free(bytes);
	}
}

static void
a_cell_is_read_where_it_was_written(void **state)
{
	(void)state;
	uint8_t row[ROW_MAX], room[ROW_MAX], cell[CELL_MAX];
	for (unsigned i = 0; i < KEYSPACE_COUNT; i++) {
		struct cell_place place = { (enum keyspace)i,
			cell_seed((enum keyspace)i), TEXT("key") };
		struct cell_place other = place;
		struct text text = make_row(row, 200, 40, i + 1);
		struct text back;
		size_t n = cell_write(&place, text, cell);
		struct text bytes = { (const char *)cell, n };
		assert_int_equal(cell_read(&place, bytes, room, &back),
		    STORE_OK);
		assert_true(text_equal(back, text));
		other.key = TEXT("kez");
		assert_int_equal(cell_read(&other, bytes, room, &back),
		    STORE_CORRUPT);
		other = place;
		other.seed =
		    cell_seed((enum keyspace)((i + 1) % KEYSPACE_COUNT));
		assert_int_equal(cell_read(&other, bytes, room, &back),
		    STORE_CORRUPT);
	}
}

/* Sparse rows become shorter, full ones at least no longer. */
static void
only_what_gains_is_packed(void **state)
{
	(void)state;
	uint8_t row[ROW_MAX], cell[CELL_MAX];
	struct cell_place group = { KEYSPACE_GROUP, cell_seed(KEYSPACE_GROUP),
		TEXT("key") };
	struct cell_place report = { KEYSPACE_REPORT,
		cell_seed(KEYSPACE_REPORT), TEXT("key") };
	struct text sparse = make_row(row, 200, 20, 1);
	assert_true(cell_write(&group, sparse, cell) < 100);
	assert_true(cell[0] & CELL_PACKED);
	assert_int_equal(cell_write(&report, sparse, cell), CELL_PREFIX + 200);
	assert_false(cell[0] & CELL_PACKED);
	assert_int_equal(cell_write(&group, make_row(row, 200, 256, 1), cell),
	    CELL_PREFIX + 200);
	assert_false(cell[0] & CELL_PACKED);
	assert_int_equal(cell_write(&group, (struct text){ NULL, 0 }, cell),
	    CELL_PREFIX);
	assert_int_equal(cell_write(&group, make_row(row, ROW_MAX, 256, 1),
			     cell),
	    CELL_PREFIX + ROW_MAX);
}

static void
no_bit_flips_unseen(void **state)
{
	(void)state;
	static const unsigned density[] = { 40, 256 };
	uint8_t row[ROW_MAX], room[ROW_MAX], cell[CELL_MAX];
	struct cell_place place = { KEYSPACE_GROUP, cell_seed(KEYSPACE_GROUP),
		TEXT("key") };
	for (size_t d = 0; d < 2; d++) {
		size_t n =
		    cell_write(&place, make_row(row, 120, density[d], 3), cell);
		struct text back;
		for (size_t bit = 0; bit < 8 * n; bit++) {
			cell[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(cell_read(&place,
					     (struct text){ (const char *)cell,
						 n },
					     room, &back),
			    STORE_CORRUPT);
			cell[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t len = 0; len < n; len++)
			assert_int_equal(cell_read(&place,
					     (struct text){ (const char *)cell,
						 len },
					     room, &back),
			    STORE_CORRUPT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_comes_back),
		cmocka_unit_test(the_bytes_are_for_ever),
		cmocka_unit_test(strange_bytes_do_no_harm),
		cmocka_unit_test(a_cell_is_read_where_it_was_written),
		cmocka_unit_test(only_what_gains_is_packed),
		cmocka_unit_test(no_bit_flips_unseen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
