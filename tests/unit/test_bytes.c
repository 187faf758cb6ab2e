/* Building and cutting byte strings, and the CRC that seals them. */
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
fixed_widths_are_little_endian(void **state)
{
	(void)state;
	static const uint8_t expected[] = { 0x01, 0x03, 0x02, 0x07, 0x06, 0x05,
		0x04, 0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x09, 0x08 };
	struct buf buf = { 0 };
	buf_u8(&buf, 0x01);
	buf_u16(&buf, 0x0203);
	buf_u32(&buf, 0x04050607);
	buf_u64(&buf, 0x08090a0b0c0d0e0f);
	assert_int_equal(buf.len, sizeof(expected));
	assert_memory_equal(buf.at, expected, sizeof(expected));

	struct cut cut = cut_of(buf.at, buf.len);
	assert_int_equal(cut_u8(&cut), 0x01);
	assert_int_equal(cut_u16(&cut), 0x0203);
	assert_int_equal(cut_u32(&cut), 0x04050607);
	assert_false(cut_is_done(&cut));
	assert_true(cut_u64(&cut) == 0x08090a0b0c0d0e0f);
	assert_true(cut_is_done(&cut));
	assert_int_equal(cut_u8(&cut), 0);
	assert_true(cut.bad);
	assert_false(cut_is_done(&cut));
	buf_free(&buf);
}

static void
varints_return_what_went_in(void **state)
{
	(void)state;
	static const struct {
		uint64_t value;
		size_t len;
	} rows[] = { { 0, 1 }, { 1, 1 }, { 127, 1 }, { 128, 2 }, { 16383, 2 },
		{ 16384, 3 }, { UINT32_MAX, 5 }, { (1ULL << 63) - 1, 9 },
		{ 1ULL << 63, 10 }, { UINT64_MAX, 10 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = { 0 };
		buf_varint(&buf, rows[i].value);
		assert_int_equal(buf.len, rows[i].len);
		struct cut cut = cut_of(buf.at, buf.len);
		assert_true(cut_varint(&cut) == rows[i].value);
		assert_true(cut_is_done(&cut));
		for (size_t len = 0; len < buf.len; len++) {
			cut = cut_of(buf.at, len);
			assert_true(cut_varint(&cut) == 0);
			assert_true(cut.bad);
		}
		buf_free(&buf);
	}
}

static void
zigzag_keeps_small_numbers_small(void **state)
{
	(void)state;
	static const struct {
		int64_t value;
		size_t len;
	} rows[] = { { 0, 1 }, { -1, 1 }, { 1, 1 }, { -64, 1 }, { 64, 2 },
		{ INT32_MIN, 5 }, { INT64_MIN, 10 }, { INT64_MAX, 10 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf = { 0 };
		buf_zigzag(&buf, rows[i].value);
		assert_int_equal(buf.len, rows[i].len);
		struct cut cut = cut_of(buf.at, buf.len);
		assert_true(cut_zigzag(&cut) == rows[i].value);
		assert_true(cut_is_done(&cut));
		buf_free(&buf);
	}
}

static void
malformed_varints_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "\x80\x00", 2 },     /* a padded zero */
		{ "\xff\x80\x00", 3 }, /* a padded 127 */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cut cut = cut_of(rows[i].bytes, rows[i].len);
		assert_true(cut_varint(&cut) == 0);
		assert_true(cut.bad);
	}
}

static void
strings_never_reach_past_the_end(void **state)
{
	(void)state;
	struct buf buf = { 0 };
	buf_string(&buf, TEXT("kettle"));
	buf_string(&buf, (struct text){ 0 });
	struct cut cut = cut_of(buf.at, buf.len);
	assert_true(text_is(cut_string(&cut), "kettle"));
	assert_int_equal(cut_string(&cut).len, 0);
	assert_true(cut_is_done(&cut));
	cut = cut_of(buf.at, 4);
	assert_int_equal(cut_string(&cut).len, 0);
	assert_true(cut.bad);
	buf_clear(&buf);
	buf_varint(&buf, UINT64_MAX);
	cut = cut_of(buf.at, buf.len);
	assert_int_equal(cut_string(&cut).len, 0);
	assert_true(cut.bad);
	buf_free(&buf);
}

static void
nothing_can_be_cut_from_nothing(void **state)
{
	(void)state;
	struct cut cut = cut_of(NULL, 0);
	assert_true(cut_is_done(&cut));
	assert_non_null(cut_bytes(&cut, 0));
	assert_true(cut_is_done(&cut));
	assert_null(cut_bytes(&cut, 1));
	assert_null(cut_bytes(&cut, 0));
	assert_true(cut.bad);
}

static void
a_failed_buffer_stays_failed(void **state)
{
	(void)state;
	struct buf buf = { 0 };
	buf_add_string(&buf, "kept");
	assert_false(buf_reserve(&buf, SIZE_MAX));
	assert_true(buf.failed);
	buf_add_string(&buf, "not added");
	buf_u64(&buf, 1);
	buf_printf(&buf, "%d", 1);
	assert_int_equal(buf.len, 4);
	assert_true(text_is(buf_text(&buf), "kept"));
	buf_clear(&buf);
	assert_false(buf.failed);
	buf_add_string(&buf, "again");
	assert_true(text_is(buf_text(&buf), "again"));
	buf_free(&buf);
	assert_null(buf.at);
	buf_free(NULL);
}

static void
printf_grows_the_buffer(void **state)
{
	(void)state;
	struct buf buf = { 0 };
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%04d,", i);
	assert_int_equal(buf.len, 5000);
	assert_memory_equal(buf.at, "0000,0001,", 10);
	assert_memory_equal(buf.at + 4990, "0998,0999,", 10);
	buf_printf(&buf, "%s", "");
	assert_int_equal(buf.len, 5000);
	buf_free(&buf);
}

/* RFC 3720 B.4, and the check value of the catalogue of CRCs. */
static void
crc32c_matches_published_values(void **state)
{
	(void)state;
	uint8_t zeros[32] = { 0 };
	uint8_t ones[32];
	uint8_t rising[32];
	uint8_t falling[32];
	for (size_t i = 0; i < 32; i++) {
		ones[i] = 0xff;
		rising[i] = (uint8_t)i;
		falling[i] = (uint8_t)(31 - i);
	}
	const struct {
		const void *bytes;
		size_t len;
		uint32_t crc;
	} rows[] = { { zeros, 32, 0x8a9136aa }, { ones, 32, 0x62a8ab43 },
		{ rising, 32, 0x46dd794e }, { falling, 32, 0x113fdb5c },
		{ "123456789", 9, 0xe3069283 }, { "", 0, 0 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(
		    crc32c(0, rows[i].bytes, rows[i].len) == rows[i].crc);
		assert_true(crc32c_portable(0, rows[i].bytes, rows[i].len) ==
		    rows[i].crc);
	}
}

/* Every length and alignment near the word size, whole and in two parts. */
static void
crc32c_is_the_same_both_ways(void **state)
{
	(void)state;
	uint8_t bytes[300];
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
	for (size_t start = 0; start < 9; start++) {
		for (size_t len = 0; len <= 256; len++) {
			const uint8_t *at = bytes + start;
			uint32_t whole = crc32c_portable(7, at, len);
			assert_true(crc32c(7, at, len) == whole);
			size_t half = len / 3;
			uint32_t parts = crc32c(7, at, half);
			parts = crc32c(parts, at + half, len - half);
			assert_true(parts == whole);
		}
	}
}

static void
utf8_is_read_in_shortest_form_only(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t code;
	} rows[] = { { "A", 1, 'A' }, { "\xc3\xa9", 2, 0xe9 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x94\x94", 4, 0x1f514 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\xed\x9f\xbf", 3, 0xd7ff }, { "\xee\x80\x80", 3, 0xe000 },
		/* Overlong, surrogate, past the end, lone, cut short. */
		{ "\xc0\x80", 0, 0 }, { "\xc1\xbf", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 }, { "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 }, { "\xed\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 }, { "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\x80", 0, 0 }, { "\xff", 0, 0 }, { "\xe2\x82", 0, 0 },
		{ "\xc3(", 0, 0 } };
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 0;
		size_t len = utf8_next(text_of(rows[i].bytes), &code);
		assert_int_equal(len, rows[i].len);
		assert_int_equal(code, rows[i].code);
	}
}

static void
utf8_knows_what_upsets_a_terminal(void **state)
{
	(void)state;
	static const uint32_t bad[] = { 0, 0x1b, 0x1f, 0x7f, 0x80, 0x9f, 0x61c,
		0x200e, 0x200f, 0x2028, 0x202e, 0x2066, 0x2069, 0xfeff };
	static const uint32_t good[] = { ' ', '~', 0xa0, 0x200d, 0x2027, 0x202f,
		0x2065, 0x206a, 0x1f514 };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(utf8_is_control(bad[i]));
	for (size_t i = 0; i < COUNT(good); i++)
		assert_false(utf8_is_control(good[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_widths_are_little_endian),
		cmocka_unit_test(varints_return_what_went_in),
		cmocka_unit_test(zigzag_keeps_small_numbers_small),
		cmocka_unit_test(malformed_varints_are_refused),
		cmocka_unit_test(strings_never_reach_past_the_end),
		cmocka_unit_test(nothing_can_be_cut_from_nothing),
		cmocka_unit_test(a_failed_buffer_stays_failed),
		cmocka_unit_test(printf_grows_the_buffer),
		cmocka_unit_test(crc32c_matches_published_values),
		cmocka_unit_test(crc32c_is_the_same_both_ways),
		cmocka_unit_test(utf8_is_read_in_shortest_form_only),
		cmocka_unit_test(utf8_knows_what_upsets_a_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
