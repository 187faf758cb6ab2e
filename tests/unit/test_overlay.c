#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/db/overlay.h"

enum { NROWS = 20000 };

static struct overlay *
new_overlay(void)
{
	struct overlay *overlay = overlay_new(UINT64_C(16) << 20, 99);

	assert_non_null(overlay);
	return overlay;
}

static struct overlay_row *
add(struct overlay *overlay, uint32_t product, const char *bytes)
{
	struct key key = key_product(product);

	return overlay_add(overlay, KEYSPACE_PRODUCT, key_text(&key),
	    text_of(bytes), 0);
}

static void
test_find(void **state)
{
	struct overlay *overlay = new_overlay();
	struct key key;

	(void)state;
	key = key_product(1);
	assert_null(overlay_find(overlay, KEYSPACE_PRODUCT, key_text(&key)));
	for (uint32_t i = 0; i < NROWS; i++) {
		char bytes[16];

		(void)snprintf(bytes, sizeof(bytes), "row %u", i);
		assert_non_null(add(overlay, i, bytes));
	}
	assert_int_equal(overlay_rows(overlay), NROWS);
	for (uint32_t i = 0; i < NROWS; i++) {
		const struct overlay_row *row;
		char bytes[16];

		(void)snprintf(bytes, sizeof(bytes), "row %u", i);
		key = key_product(i);
		row = overlay_find(overlay, KEYSPACE_PRODUCT, key_text(&key));
		assert_non_null(row);
		assert_true(text_is(overlay_row_text(row), bytes));
		assert_int_equal((uintptr_t)row->at % 8, 0);
		/* The same bytes are another key in another key space. */
		assert_null(
		    overlay_find(overlay, KEYSPACE_ALERT, key_text(&key)));
	}
	key = key_product(NROWS);
	assert_null(overlay_find(overlay, KEYSPACE_PRODUCT, key_text(&key)));
	overlay_free(overlay);
}

/* Keys of every length, and lengths that are part of the key. */
static void
test_key_lengths(void **state)
{
	struct overlay *overlay = new_overlay();
	char bytes[KEY_MAX] = { 0 };

	(void)state;
	for (size_t len = 1; len <= KEY_MAX; len++)
		assert_non_null(overlay_add(overlay, KEYSPACE_COUNTER,
		    (struct text){ bytes, len },
		    (struct text){ bytes, len % 20 }, 0));
	for (size_t len = 1; len <= KEY_MAX; len++) {
		const struct overlay_row *row = overlay_find(overlay,
		    KEYSPACE_COUNTER, (struct text){ bytes, len });

		assert_non_null(row);
		assert_int_equal(row->nkey, len);
		assert_int_equal(row->len, len % 20);
	}
	overlay_free(overlay);
}

static void
test_grow(void **state)
{
	struct overlay *overlay = new_overlay();
	struct overlay_row *row = add(overlay, 1, "abc");

	(void)state;
	for (size_t room = 1; room <= ROW_MAX; room += 97) {
		assert_true(overlay_grow(overlay, row, room));
		assert_true(row->room >= room);
		assert_int_equal((uintptr_t)row->at % 8, 0);
		assert_memory_equal(row->at, "abc", 3);
		for (size_t i = row->len; i < row->room; i++)
			assert_int_equal(row->at[i], 0);
	}
	overlay_row_len(row, 1000);
	memset(row->at, 'x', 1000);
	overlay_row_len(row, 2);
	assert_int_equal(row->at[2], 0);
	assert_int_equal(row->at[999], 0);
	overlay_free(overlay);
}

static void
test_full(void **state)
{
	struct overlay *overlay = overlay_new(4096, 1);
	struct overlay_row *first, *row;
	uint32_t n = 0;

	(void)state;
	assert_non_null(overlay);
	first = add(overlay, 0, "first");
	do
		row = add(overlay, ++n, "some bytes of a row");
	while (row && n < 1000);
	assert_null(row);
	assert_false(overlay_grow(overlay, first, 4000));
	assert_true(text_is(overlay_row_text(first), "first"));
	assert_int_equal(overlay_rows(overlay), n);
	overlay_clear(overlay, true);
	assert_int_equal(overlay_rows(overlay), 0);
	assert_true(overlay_bytes(overlay) <= 64);
	assert_non_null(add(overlay, 5, "again"));
	overlay_clear(overlay, false);
	assert_int_equal(overlay_rows(overlay), 0);
	row = add(overlay, 5, "");
	assert_non_null(row);
	assert_int_equal(row->at[0], 0);
	overlay_free(overlay);
}

static int
order(const struct overlay_row *a, const struct overlay_row *b)
{
	size_t n = a->nkey < b->nkey ? a->nkey : b->nkey;
	int by_bytes;

	if (a->keyspace != b->keyspace)
		return a->keyspace < b->keyspace ? -1 : 1;
	by_bytes = memcmp(a->key, b->key, n);
	return by_bytes ? by_bytes : (int)a->nkey - (int)b->nkey;
}

static void
test_sorted(void **state)
{
	struct overlay *overlay = new_overlay();
	const struct overlay_row **rows;
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char bytes[KEY_MAX];
		size_t len;
		struct text key;

		random = random * 1103515245u + 12345u;
		len = 1 + random / 65536 % KEY_MAX;
		/* Long common beginnings, zeroes at the end. */
		memset(bytes, 0, sizeof(bytes));
		bytes[len - 1] = (char)(random / 4096 % 3);
		bytes[len / 2] = (char)(random / 256 % 3);
		key = (struct text){ bytes, len };
		if (!overlay_find(overlay, KEYSPACE_GROUP, key))
			assert_non_null(overlay_add(overlay, KEYSPACE_GROUP,
			    key, (struct text){ NULL, 0 }, 8));
		if (!overlay_find(overlay, KEYSPACE_DAY, key))
			assert_non_null(overlay_add(overlay, KEYSPACE_DAY, key,
			    (struct text){ NULL, 0 }, 8));
	}
	rows = overlay_sorted(overlay);
	assert_non_null(rows);
	for (size_t i = 1; i < overlay_rows(overlay); i++)
		assert_true(order(rows[i - 1], rows[i]) < 0);
	free(rows);
	overlay_free(overlay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
