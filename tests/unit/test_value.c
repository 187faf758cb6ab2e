/* test_value.c - every encoding, and msgpack-c as a second opinion. */
#include "proto/value.h"

#include <msgpack.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "notation.h"
#include "proto/scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct buf
encoded(const char *text)
{
	struct buf out = { 0 };

	notation(&out, text);
	return out;
}

static void
integers_come_in_any_width(void **state)
{
	static const struct {
		const char *hex;
		int64_t number;
	} row[] = {
		{ "<00>", 0 },
		{ "<7f>", 127 },
		{ "<e0>", -32 },
		{ "<ff>", -1 },
		{ "<cc 05>", 5 },
		{ "<cd 00 05>", 5 },
		{ "<ce 00 00 00 05>", 5 },
		{ "<cf 00 00 00 00 00 00 00 05>", 5 },
		{ "<cf 7f ff ff ff ff ff ff ff>", INT64_MAX },
		{ "<d0 05>", 5 },
		{ "<d0 80>", -128 },
		{ "<d1 80 00>", -32768 },
		{ "<d1 00 05>", 5 },
		{ "<d2 80 00 00 00>", INT32_MIN },
		{ "<d3 80 00 00 00 00 00 00 00>", INT64_MIN },
		{ "<d3 00 00 00 00 00 00 00 05>", 5 },
		{ "<ca 40 a0 00 00>", 5 },
		{ "<cb 40 14 00 00 00 00 00 00>", 5 },
		{ "<cb c0 14 00 00 00 00 00 00>", -5 },
		{ "<cb 80 00 00 00 00 00 00 00>", 0 }, /* -0.0 */
		{ "<cb 43 3f ff ff ff ff ff ff>", 9007199254740991 },
		{ "<cb c3 3f ff ff ff ff ff ff>", -9007199254740991 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf bytes = encoded(row[i].hex);
		struct value value;
		int64_t number = 99;

		assert_true(value_of(buf_text(&bytes), &value));
		assert_int_equal(value.kind,
		    row[i].number < 0 ? VALUE_INT : VALUE_UINT);
		assert_true(value_int(&value, &number));
		assert_true(number == row[i].number);
		buf_free(&bytes);
	}
}

static const struct {
	const char *text;
	enum value_kind kind;
	bool is_absent;
} kinds[] = {
	{ "nil", VALUE_NIL, true },
	{ "true", VALUE_BOOL, false },
	{ "false", VALUE_BOOL, false },
	{ "<cf ff ff ff ff ff ff ff ff>", VALUE_UINT, false },
	{ "1.5", VALUE_FLOAT, false },
	{ "<cb 43 40 00 00 00 00 00 00>", VALUE_FLOAT, false }, /* 2^53 */
	{ "<cb 7f f8 00 00 00 00 00 00>", VALUE_FLOAT, false },
	{ "<ca 7f 80 00 00>", VALUE_FLOAT, false },
	{ "''", VALUE_STR, true },
	{ "'a'", VALUE_STR, false },
	{ "<d9 00>", VALUE_STR, true },
	{ "<d9 01 61>", VALUE_STR, false },
	{ "<da 00 01 61>", VALUE_STR, false },
	{ "<db 00 00 00 01 61>", VALUE_STR, false },
	{ "b'caf\\xc3\\xa9'", VALUE_STR, false },
	{ "b'\\xff'", VALUE_BIN, false },
	{ "b''", VALUE_STR, true },
	{ "<c5 00 01 61>", VALUE_STR, false },
	{ "<c6 00 00 00 01 61>", VALUE_STR, false },
	{ "[]", VALUE_LIST, true },
	{ "[nil]", VALUE_LIST, false },
	{ "<dc 00 01 c0>", VALUE_LIST, false },
	{ "<dd 00 00 00 01 c0>", VALUE_LIST, false },
	{ "{}", VALUE_MAP, true },
	{ "<de 00 01 a1 61 c0>", VALUE_MAP, false },
	{ "<df 00 00 00 01 a1 61 c0>", VALUE_MAP, false },
	{ "<d4 05 00>", VALUE_EXT, false },
	{ "<d5 05 00 00>", VALUE_EXT, false },
	{ "<d6 ff 00 00 00 00>", VALUE_EXT, false },
	{ "<d7 ff 00 00 00 00 00 00 00 00>", VALUE_EXT, false },
	{ "<d8 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00>", VALUE_EXT,
	    false },
	{ "<c7 00 05>", VALUE_EXT, false },
	{ "<c8 00 01 05 00>", VALUE_EXT, false },
	{ "<c9 00 00 00 01 05 00>", VALUE_EXT, false },
};

static void
kinds_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct buf bytes = encoded(kinds[i].text);
		struct value value;

		assert_true(value_of(buf_text(&bytes), &value));
		assert_int_equal(value.kind, kinds[i].kind);
		assert_int_equal(value_is_absent(&value), kinds[i].is_absent);
		assert_int_equal(value.span.len, bytes.len);
		/* One byte short, one byte more. */
		for (size_t len = 0; len < bytes.len; len++)
			assert_false(
			    value_of((struct text){ (char *)bytes.at, len },
				&value));
		buf_u8(&bytes, 0);
		assert_false(value_of(buf_text(&bytes), &value));
		buf_free(&bytes);
	}
}

static void
what_is_no_value_is_refused(void **state)
{
	static const char *const row[] = {
		"<c1>",
		"<91 c1>",
		"<dd ff ff ff ff>",
		"<df ff ff ff ff 00>",
		"<df 80 00 00 00>",
		"<db ff ff ff ff 61>",
		"<c6 ff ff ff ff 61>",
		"<c9 ff ff ff ff 61>",
		"<82 a1 61 c0>",
	};
	struct value value;

	(void)state;
	assert_false(value_of((struct text){ NULL, 0 }, &value));
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf bytes = encoded(row[i]);

		assert_false(value_of(buf_text(&bytes), &value));
		assert_int_equal(value.kind, VALUE_NIL);
		buf_free(&bytes);
	}
}

static void
maps_and_lists_are_walked(void **state)
{
	struct buf bytes = encoded(
	    "{'a': [1, [2, 3], {'x': nil}], 'b': {'c': 'd'}, 7: true,"
	    " b'e': 'f', 'n': -4, 'yes': true, 'big': <cf ff ff ff ff ff ff "
	    "ff ff>}");
	struct value map, item, key;
	struct value_walk walk;
	int64_t number = 17;
	unsigned pairs = 0;

	(void)state;
	assert_true(value_of(buf_text(&bytes), &map));
	assert_int_equal(map.count, 7);
	for (walk = value_walk(&map); value_next_pair(&walk, &key, &item);)
		pairs++;
	assert_int_equal(pairs, 7);
	assert_false(value_next_pair(&walk, &key, &item));
	assert_true(value_find(&map, "a", &item));
	walk = value_walk(&item);
	for (pairs = 0; value_next(&walk, &key); pairs++)
		assert_true(key.span.len > 0);
	assert_int_equal(pairs, 3);
	assert_false(value_find(&map, "x", &item));
	assert_int_equal(item.kind, VALUE_NIL);
	assert_true(text_is(value_find_text(&map, "e"), "f"));
	assert_int_equal(value_find_text(&map, "n").len, 0);
	assert_int_equal(value_find_int(&map, "n", 5), -4);
	assert_int_equal(value_find_int(&map, "zz", 5), 5);
	assert_int_equal(value_find_int(&map, "big", 5), 5);
	assert_true(value_find_bool(&map, "yes"));
	assert_false(value_find_bool(&map, "n"));
	assert_true(value_find(&map, "b", &item));
	assert_true(text_is(value_find_text(&item, "c"), "d"));
	assert_true(value_find(&map, "big", &item));
	assert_false(value_int(&item, &number));
	assert_int_equal(number, 17);
	walk = value_walk(&item);
	assert_false(value_next(&walk, &key));
	assert_false(value_find(&item, "a", &key));
	buf_free(&bytes);
}

static void
utf8_is_judged_strictly(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} row[] = {
		{ "", true },
		{ "plain ascii, longer than one word of it", true },
		{ "caf\xc3\xa9", true },
		{ "1234567\xc3\xa9", true }, /* across a word's end */
		{ "\xe2\x82\xac\xf0\x9f\x94\xa5", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xed\x9f\xbf\xee\x80\x80", true },
		{ "\x80", false },
		{ "\xbf", false },
		{ "\xc3", false },
		{ "\xc3(", false },
		{ "\xc0\x80", false },
		{ "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xff", false },
		{ "1234567\xc3", false },
		{ "12345678\xe2\x82", false },
		{ "12345678123456\xf0\x9f\x94", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++)
		assert_int_equal(utf8_is_valid(text_of(row[i].text)),
		    row[i].is_valid);
	assert_true(utf8_is_valid((struct text){ NULL, 0 }));
	assert_true(utf8_is_valid((struct text){ "a\0b", 3 }));
}

/* --- msgpack-c's opinion -------------------------------------------------- */

static uint64_t
random_next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void compare(const struct value *ours, const msgpack_object *theirs);

static void
compare_text(const struct value *ours, const char *at, uint32_t len)
{
	assert_true(text_equal(ours->as.text, (struct text){ at, len }));
}

static void
compare_real(const struct value *ours, double real)
{
	int64_t number;

	if (ours->kind == VALUE_FLOAT) {
		assert_memory_equal(&ours->as.real, &real, sizeof(real));
		return;
	}
	assert_true(value_int(ours, &number));
	assert_true((double)number == real);
}

static void
compare_list(const struct value *ours, const msgpack_object_array *theirs)
{
	struct value_walk walk = value_walk(ours);
	struct value item;

	assert_int_equal(ours->kind, VALUE_LIST);
	assert_int_equal(ours->count, theirs->size);
	for (uint32_t i = 0; i < theirs->size; i++) {
		assert_true(value_next(&walk, &item));
		compare(&item, &theirs->ptr[i]);
	}
}

static void
compare_map(const struct value *ours, const msgpack_object_map *theirs)
{
	struct value_walk walk = value_walk(ours);
	struct value key, item;

	assert_int_equal(ours->kind, VALUE_MAP);
	assert_int_equal(ours->count, theirs->size);
	for (uint32_t i = 0; i < theirs->size; i++) {
		assert_true(value_next_pair(&walk, &key, &item));
		compare(&key, &theirs->ptr[i].key);
		compare(&item, &theirs->ptr[i].val);
	}
}

static void
compare(const struct value *ours, const msgpack_object *theirs)
{
	switch (theirs->type) {
	case MSGPACK_OBJECT_NIL:
		assert_int_equal(ours->kind, VALUE_NIL);
		break;
	case MSGPACK_OBJECT_BOOLEAN:
		assert_int_equal(ours->kind, VALUE_BOOL);
		assert_int_equal(ours->as.yes, theirs->via.boolean);
		break;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		assert_int_equal(ours->kind, VALUE_UINT);
		assert_true(ours->as.uint == theirs->via.u64);
		break;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		assert_int_equal(ours->kind, VALUE_INT);
		assert_true(ours->as.sint == theirs->via.i64);
		break;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		compare_real(ours, theirs->via.f64);
		break;
	case MSGPACK_OBJECT_STR:
		assert_int_equal(ours->kind, VALUE_STR);
		compare_text(ours, theirs->via.str.ptr, theirs->via.str.size);
		break;
	case MSGPACK_OBJECT_BIN:
		assert_true(ours->kind == VALUE_STR || ours->kind == VALUE_BIN);
		compare_text(ours, theirs->via.bin.ptr, theirs->via.bin.size);
		break;
	case MSGPACK_OBJECT_EXT:
		assert_int_equal(ours->kind, VALUE_EXT);
		break;
	case MSGPACK_OBJECT_ARRAY:
		compare_list(ours, &theirs->via.array);
		break;
	case MSGPACK_OBJECT_MAP:
		compare_map(ours, &theirs->via.map);
		break;
	default:
		fail_msg("msgpack-c gave type %d", (int)theirs->type);
	}
}

/*
 * The scanner's verdict against msgpack-c's.  Where a limit speaks, msgpack-c
 * is not asked: it would reserve what the bytes promise.  Returns whether the
 * bytes were whole.
 */
static bool
second_opinion(const uint8_t *bytes, size_t len)
{
	const struct scan_limits limits = { 4096, 1024, SCAN_MAX_DEPTH };
	struct scan scan = { 0 };
	enum scan_result result = scan_value(&scan, &limits, bytes, len);
	msgpack_unpacked unpacked;
	msgpack_unpack_return theirs;
	size_t offset = 0;
	struct value value;

	if (result == SCAN_BAD && !strstr(scan.why, "0xc1"))
		return false;
	msgpack_unpacked_init(&unpacked);
	theirs =
	    msgpack_unpack_next(&unpacked, (const char *)bytes, len, &offset);
	if (result == SCAN_WHOLE) {
		assert_true(theirs == MSGPACK_UNPACK_SUCCESS ||
		    theirs == MSGPACK_UNPACK_EXTRA_BYTES);
		assert_int_equal(offset, scan.offset);
		assert_true(value_read(bytes, bytes + len, &value));
		assert_int_equal(value.span.len, offset);
		compare(&value, &unpacked.data);
	} else if (result == SCAN_MORE) {
		assert_int_equal(theirs, MSGPACK_UNPACK_CONTINUE);
		assert_false(value_read(bytes, bytes + len, &value));
	} else {
		assert_int_equal(theirs, MSGPACK_UNPACK_PARSE_ERROR);
		assert_false(value_read(bytes, bytes + len, &value));
	}
	msgpack_unpacked_destroy(&unpacked);
	return result == SCAN_WHOLE;
}

static void
random_bytes_read_as_msgpack_c_does(void **state)
{
	uint64_t seed = 20261124;
	uint8_t bytes[64];
	unsigned whole = 0;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		size_t len = 1 + random_next(&seed) % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)random_next(&seed);
		/* Containers first, or most rounds are one small integer. */
		if (round % 2)
			bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x1f));
		whole += second_opinion(bytes, len);
	}
	assert_in_range(whole, 50000, 199999);
}

static void
mutated_frames_read_as_msgpack_c_does(void **state)
{
	struct buf frame = encoded(
	    "[0, 7, 'report.submit', [{'id': '0190', 'kind': 'incident',"
	    "'product': {'category': 'kettle', 'gtin': [4006381333931, '12'],"
	    " 'name': b'x\\xff'}, 'occurred': '2026-11', 'age': 1.25,"
	    "'deep': [[[[<c7 02 05 00 00>]]]], 'n': -70000, 'u': 70000,"
	    "'f': <ca 3f 00 00 00>, 'yes': true, 'no': nil}]]");
	uint64_t seed = 7;
	uint8_t *copy = malloc(frame.len);
	unsigned whole = 0;

	(void)state;
	assert_non_null(copy);
	assert_true(second_opinion(frame.at, frame.len));
	for (size_t len = 0; len < frame.len; len++)
		assert_false(second_opinion(frame.at, len));
	for (unsigned round = 0; round < 100000; round++) {
		memcpy(copy, frame.at, frame.len);
		for (uint64_t n = 1 + random_next(&seed) % 3; n > 0; n--)
			copy[random_next(&seed) % frame.len] =
			    (uint8_t)random_next(&seed);
		whole += second_opinion(copy, frame.len);
	}
	assert_in_range(whole, 10000, 99999);
	free(copy);
	buf_free(&frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_come_in_any_width),
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(maps_and_lists_are_walked),
		cmocka_unit_test(utf8_is_judged_strictly),
		cmocka_unit_test(random_bytes_read_as_msgpack_c_does),
		cmocka_unit_test(mutated_frames_read_as_msgpack_c_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
