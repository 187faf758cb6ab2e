#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/db/keys.h"

static void
test_bytes(void **state)
{
	static const uint8_t id[16] = "0123456789abcdef";
	static const struct {
		size_t len;
		const char *bytes;
	} expected[] = {
		{ 16, "0123456789abcdef" },
		{ 12, "\x01\x02\x03\x04\0\0\0\0\0\0\x02\x01" },
		{ 4, "\0\0\0\x07" },
		{ 16, "0123456789abcdef" },
		{ 8, "\0\0\0\x07\xff\xff\xff\xfe" },
		{ 11, "\0\0\0\x07\x01\x02\x03\0\0\0\x09" },
		{ 10, "\0\0\x51\x2d\0\0\0\x07\0\x03" },
		{ 9, "\x03\x80\0\0\0\0\0\0\x01" },
		{ 6, "\x03\0\0\0\0\x05" },
		{ 4, "\xff\xff\xff\xff" },
		{ 8, "\0\x1f\xff\xff\xff\xff\xff\xff" },
		{ 16, "0123456789abcdef" },
		{ 7, "reports" },
		{ 8, "\0\0\0\x07\x01\x02\x03\x04" },
		{ 16, "0123456789abcdef" },
		{ 20, "\0\0\0\x07\0\0\0\x08\0\0\0\0\0\0\0\x09\0\0\0\x0a" },
	};
	struct key made[] = {
		key_report(id),
		key_import(0x01020304, 0x0201),
		key_product(7),
		key_product_key(id),
		key_spelling(7, 0xfffffffe),
		key_group(7, 0x0102, PART_ALARM, 9),
		key_day(20781, 7, 3),
		key_name_hash(NAME_LICENCE, UINT64_C(0x8000000000000001)),
		key_name_ordinal(NAME_LICENCE, 5),
		key_alert(UINT32_MAX),
		key_alert_event((UINT64_C(1) << 53) - 1),
		key_durable(id),
		key_counter("reports"),
		key_origin(7, 0x01020304),
		key_release_id(id),
		key_match(7, 8, 9, 10),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		assert_int_equal(made[i].len, expected[i].len);
		assert_memory_equal(made[i].at, expected[i].bytes,
		    expected[i].len);
	}
}

/* A name found by its hash never looks like one found by its ordinal. */
static void
test_names_apart(void **state)
{
	struct key hash = key_name_hash(NAME_MODE, 0);
	struct key ordinal = key_name_ordinal(NAME_MODE, 0);

	(void)state;
	assert_int_not_equal(hash.len, ordinal.len);
}

static void
test_order(void **state)
{
	static const uint32_t number[] = { 0, 1, 255, 256, 65535, 65536,
		0x7fffffff, 0x80000000, UINT32_MAX };

	(void)state;
	for (size_t i = 1; i < sizeof(number) / sizeof(number[0]); i++) {
		struct key a = key_product(number[i - 1]);
		struct key b = key_product(number[i]);
		struct key c =
		    key_group(number[i - 1], UINT16_MAX, PART_ALARM, 1);
		struct key d = key_group(number[i], 0, PART_AGGREGATE, 0);

		assert_true(memcmp(a.at, b.at, a.len) < 0);
		assert_true(memcmp(c.at, d.at, c.len) < 0);
	}
}

static void
test_numbers_back(void **state)
{
	struct key key = key_group(0xdeadbeef, 0xcafe, PART_SOURCE, 77);
	struct key day = key_day(20781, 5, 6);
	struct key import = key_import(3, UINT64_C(1) << 52);

	(void)state;
	assert_int_equal(key_u32(key_text(&key), 0), 0xdeadbeef);
	assert_int_equal(key_u16(key_text(&key), 4), 0xcafe);
	assert_int_equal(key_u32(key_text(&key), 7), 77);
	assert_int_equal(key_u32(key_text(&day), 0), 20781);
	assert_int_equal(key_u64(key_text(&import), 4), UINT64_C(1) << 52);
}

static void
test_table(void **state)
{
	char *page = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&page, &len);

	(void)state;
	assert_non_null(out);
	keyspaces_describe(out);
	assert_int_equal(fclose(out), 0);
	for (unsigned i = 0; i < KEYSPACE_COUNT; i++) {
		char cell[64];

		(void)snprintf(cell, sizeof(cell), "| `%s` | %u |",
		    keyspaces[i].name, (unsigned)keyspaces[i].version);
		assert_non_null(strstr(page, cell));
		assert_true(keyspaces[i].version > 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(keyspaces[i].name,
			    keyspaces[k].name);
	}
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_names_apart),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_numbers_back),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
