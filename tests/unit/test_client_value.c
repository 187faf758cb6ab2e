/*
 * test_client_value.c - what libtocsin writes and reads, and addresses.
 */
#include "tests/unit/client_rig.h"

/* --- values and writers -------------------------------------------------- */

static void
test_writer_round_trip(void **state)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value map, list, item;
	struct tocsin_walk walk;
	(void)state;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", "é");
	tocsin_put_map(writer, "product");
	tocsin_put_int(writer, "n", -5);
	tocsin_put_key(writer, tocsin_text_of("a.b"));
	tocsin_put_bool(writer, NULL, true);
	tocsin_put_end(writer);
	tocsin_put_list(writer, "list");
	tocsin_put_real(writer, NULL, 0.5);
	tocsin_put_nil(writer, NULL);
	tocsin_put_bin(writer, NULL, (struct tocsin_text){ "\xff\xfe", 2 });
	tocsin_put_end(writer);
	tocsin_put_end(writer);
	assert_true(tocsin_writer_is_whole(writer));
	assert_true(tocsin_decode(tocsin_writer_bytes(writer), &map));
	assert_int_equal(map.kind, TOCSIN_MAP);
	assert_int_equal(map.count, 3);
	assert_true(tocsin_text_is(tocsin_get_text(&map, "name"), "é"));
	assert_int_equal(tocsin_get_int(&map, "product.n", 0), -5);
	assert_true(tocsin_get_bool(&map, "product.a.b"));
	assert_int_equal(tocsin_get_int(&map, "product.none", 7), 7);
	assert_int_equal(tocsin_get_int(&map, "name.deeper", 7), 7);
	list = tocsin_get(&map, "list");
	assert_int_equal(list.count, 3);
	walk = tocsin_walk_of(&list);
	assert_true(tocsin_walk_item(&walk, &item));
	assert_true(tocsin_as_real(&item, 0) > 0.4);
	assert_true(tocsin_walk_item(&walk, &item));
	assert_true(tocsin_is_absent(&item));
	assert_true(tocsin_walk_item(&walk, &item));
	assert_int_equal(item.kind, TOCSIN_BIN);
	assert_int_equal(tocsin_as_text(&item).len, 2);
	assert_false(tocsin_walk_item(&walk, &item));
	tocsin_writer_free(writer);
}

static void
misuse_key_missing(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, NULL, 1);
	tocsin_put_end(writer);
}

static void
misuse_key_in_list(struct tocsin_writer *writer)
{
	tocsin_put_list(writer, NULL);
	tocsin_put_int(writer, "key", 1);
	tocsin_put_end(writer);
}

static void
misuse_not_closed(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
}

static void
misuse_closed_twice(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
}

static void
misuse_key_without_value(struct tocsin_writer *writer)
{
	tocsin_put_map(writer, NULL);
	tocsin_put_key(writer, tocsin_text_of("key"));
	tocsin_put_end(writer);
}

static void
misuse_not_encoded(struct tocsin_writer *writer)
{
	tocsin_put_encoded(writer, NULL, (struct tocsin_text){ "\x92\x01", 2 });
}

static void
misuse_too_deep(struct tocsin_writer *writer)
{
	for (int i = 0; i < SCAN_MAX_DEPTH + 1; i++)
		tocsin_put_list(writer, NULL);
	for (int i = 0; i < SCAN_MAX_DEPTH + 1; i++)
		tocsin_put_end(writer);
}

static void
test_writer_misuse_sticks(void **state)
{
	void (*const cases[])(struct tocsin_writer *) = { misuse_key_missing,
		misuse_key_in_list, misuse_not_closed, misuse_closed_twice,
		misuse_key_without_value, misuse_not_encoded, misuse_too_deep };
	struct tocsin_writer *writer = tocsin_writer_new();
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i](writer);
		assert_false(tocsin_writer_is_whole(writer));
		tocsin_writer_clear(writer);
		tocsin_put_nil(writer, NULL);
		assert_true(tocsin_writer_is_whole(writer));
		tocsin_writer_clear(writer);
	}
	tocsin_writer_free(writer);
}

static void
test_decode_refuses_what_is_not_one_value(void **state)
{
	static const struct tocsin_text bad[] = { { "", 0 }, { NULL, 0 },
		{ "\x01\x02", 2 }, { "\x92\x01", 2 }, { "\xa5hi", 3 },
		{ "\xc1", 1 } };
	struct tocsin_value value;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(tocsin_decode(bad[i], &value));
		assert_int_equal(value.kind, TOCSIN_NIL);
	}
}

static void
test_uuid7_is_new_and_in_order(void **state)
{
	char first[37], second[37];
	(void)state;
	tocsin_uuid7(first);
	usleep(2000);
	tocsin_uuid7(second);
	assert_int_equal(strlen(first), 36);
	assert_int_equal(first[14], '7');
	assert_true(strcmp(first, second) < 0);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *server;
		bool is_good;
	} cases[] = { { "127.0.0.1:7171", true }, { "[::1]:1", true },
		{ "localhost:65535", true }, { "unix:/tmp/x", true },
		{ "", false }, { "host", false }, { "host:", false },
		{ ":7171", false }, { "host:0", false },
		{ "host:65536", false }, { "host:7x", false },
		{ "::1:7171", false }, { "[::1]", false }, { "[]:1", false },
		{ "[:1", false }, { "unix:", false }, { "host:-1", false } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tocsin_options options = { .server =
							    cases[i].server };
		struct tocsin_error error = { .code = TOCSIN_OK };
		struct tocsin *tocsin = tocsin_new(&options, &error);
		assert_int_equal(tocsin != NULL, cases[i].is_good);
		if (!tocsin)
			assert_int_equal(error.code, TOCSIN_MISUSE);
		tocsin_free(tocsin);
	}
}

static void
test_unix_path_has_a_limit(void **state)
{
	char server[256] = "unix:";
	const struct tocsin_options options = { .server = server };
	struct tocsin_error error;
	struct tocsin *tocsin;
	(void)state;
	memset(server + 5, 'x', 107);
	server[5 + 107] = '\0';
	tocsin = tocsin_new(&options, &error);
	assert_non_null(tocsin);
	tocsin_free(tocsin);
	server[5 + 107] = 'x';
	assert_null(tocsin_new(&options, &error));
	assert_int_equal(error.code, TOCSIN_MISUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer_round_trip),
		cmocka_unit_test(test_writer_misuse_sticks),
		cmocka_unit_test(test_decode_refuses_what_is_not_one_value),
		cmocka_unit_test(test_uuid7_is_new_and_in_order),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_unix_path_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
