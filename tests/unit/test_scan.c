/* test_scan.c - limits, truncation, dripping, allocation bombs. */
#include "proto/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "notation.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct scan_limits wide = { 1048576, 131072, 16 };

static enum scan_result
verdict(const struct scan_limits *limits, const char *text)
{
	struct buf bytes = { 0 };
	struct scan scan = { 0 };
	enum scan_result result;

	notation(&bytes, text);
	result = scan_more(&scan, limits, bytes.at, bytes.len);
	if (result == SCAN_WHOLE)
		assert_int_equal(scan.offset, bytes.len);
	if (result == SCAN_BAD) {
		assert_non_null(scan.why);
		assert_int_equal(scan_more(&scan, limits, bytes.at, bytes.len),
		    SCAN_BAD);
	}
	buf_free(&bytes);
	return result;
}

static const char *const frames[] = {
	"[0, 1, 'hello', [{'protocol': 1}]]",
	"[1, 3, nil, {'items': [{'i': 0}, {'i': 1}], 'counts': {}}]",
	"[2, 'alerts', [[{'cursor': 'c', 'seq': 9}]]]",
	"[0, 4294967295, b'report.submit', [{'a': 1.5, 'b': -1, 'c': <c7 01 "
	"05 00>, 'd': <d8 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	"00>, 'e': <df 00 00 00 01 a1 61 dd 00 00 00 00>}]]",
	"[[], {}, <c6 00 00 00 03 01 02 03>]",
	"<93 c0 db 00 00 00 02 61 62 da 00 01 63>",
};

static void
every_prefix_of_a_frame_wants_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct buf bytes = { 0 };
		struct scan dripped = { 0 };

		notation(&bytes, frames[i]);
		for (size_t len = 0; len < bytes.len; len++) {
			struct scan fresh = { 0 };

			assert_int_equal(scan_more(&fresh, &wide, bytes.at,
					     len),
			    SCAN_MORE);
			assert_int_equal(scan_more(&dripped, &wide, bytes.at,
					     len),
			    SCAN_MORE);
			assert_int_equal(fresh.offset, dripped.offset);
		}
		assert_int_equal(scan_more(&dripped, &wide, bytes.at,
				     bytes.len),
		    SCAN_WHOLE);
		assert_int_equal(dripped.offset, bytes.len);
		/* What follows is the next frame's. */
		dripped = (struct scan){ 0 };
		buf_u8(&bytes, 0x93);
		assert_int_equal(scan_more(&dripped, &wide, bytes.at,
				     bytes.len),
		    SCAN_WHOLE);
		assert_int_equal(dripped.offset, bytes.len - 1);
		buf_free(&bytes);
	}
}

static void
a_frame_begins_as_a_list_of_3_or_4(void **state)
{
	(void)state;
	for (unsigned lead = 0; lead < 256; lead++) {
		uint8_t byte = (uint8_t)lead;
		struct scan scan = { 0 };

		assert_int_equal(scan_more(&scan, &wide, &byte, 1),
		    lead == 0x93 || lead == 0x94 ? SCAN_MORE : SCAN_BAD);
	}
	assert_int_equal(verdict(&wide, "<dc 00 03 00 00 00>"), SCAN_BAD);
	assert_int_equal(verdict(&wide, "<93 00 c1 00>"), SCAN_BAD);
}

/* A list of 3 whose last item is depth - 1 lists deep. */
static enum scan_result
nested(const struct scan_limits *limits, unsigned depth)
{
	uint8_t bytes[64] = { 0x93, 0, 0 };
	struct scan scan = { 0 };

	memset(bytes + 3, 0x91, depth - 1);
	bytes[3 + depth - 2] = 0x90;
	return scan_more(&scan, limits, bytes, 3 + depth - 1);
}

static void
depth_is_limited(void **state)
{
	const struct scan_limits four = { 1000, 1000, 4 };
	const struct scan_limits beyond = { 1000, 1000, 1000 };

	(void)state;
	assert_int_equal(nested(&wide, 16), SCAN_WHOLE);
	assert_int_equal(nested(&wide, 17), SCAN_BAD);
	assert_int_equal(nested(&beyond, 16), SCAN_WHOLE);
	assert_int_equal(nested(&beyond, 17), SCAN_BAD);
	assert_int_equal(nested(&four, 4), SCAN_WHOLE);
	assert_int_equal(nested(&four, 5), SCAN_BAD);
}

static void
elements_are_summed_over_all_levels(void **state)
{
	const char *text = "[0, [1, 2], {'a': 1, 'b': [3]}]";
	struct scan_limits limits = { 1000, 3 + 2 + 4 + 1, 16 };

	(void)state;
	assert_int_equal(verdict(&limits, text), SCAN_WHOLE);
	limits.elements--;
	assert_int_equal(verdict(&limits, text), SCAN_BAD);
	limits.elements = 0;
	assert_int_equal(verdict(&limits, text), SCAN_BAD);
}

static void
frames_are_limited_to_the_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct buf bytes = { 0 };

		notation(&bytes, frames[i]);
		for (uint32_t most = 0; most <= bytes.len + 1; most++) {
			struct scan_limits limits = { most, 1000, 16 };

			assert_int_equal(verdict(&limits, frames[i]),
			    most < bytes.len ? SCAN_BAD : SCAN_WHOLE);
		}
		buf_free(&bytes);
	}
}

static void
bombs_are_refused_by_their_header(void **state)
{
	static const struct {
		const char *text;
		size_t at; /* offset of the header that is refused */
	} row[] = {
		{ "<93 dd ff ff ff ff>", 1 },
		{ "<93 df ff ff ff ff>", 1 },
		{ "<93 df 80 00 00 00>", 1 },
		{ "<93 dd 00 10 00 00>", 1 }, /* as many bytes as a frame has */
		{ "<93 dd 00 02 00 01>", 1 },
		{ "<93 df 00 01 00 01>", 1 },
		{ "<93 c6 ff ff ff ff>", 1 },
		{ "<93 db 00 10 00 00>", 1 },
		{ "<93 c9 00 10 00 00>", 1 },
		{ "<93 00 dd 00 01 86 a0 dd 00 01 86 a0>", 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf bytes = { 0 };
		struct scan scan = { 0 };

		notation(&bytes, row[i].text);
		assert_int_equal(scan_more(&scan, &wide, bytes.at,
				     bytes.len - 1),
		    SCAN_MORE);
		assert_int_equal(scan.offset, row[i].at);
		assert_int_equal(scan_more(&scan, &wide, bytes.at, bytes.len),
		    SCAN_BAD);
		buf_free(&bytes);
	}
}

/* 31 nested lists of 2^24: msgpack-c reserves 15 GiB for these bytes. */
static void
nests_of_155_bytes_are_refused(void **state)
{
	static const uint32_t items[] = { 1u << 24, 1u << 16, 1u << 10, 16, 1 };
	const struct scan_limits shallow = { 1048576, 131072, 4 };

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++) {
		struct buf bytes = { 0 };
		struct scan scan = { 0 };

		notation(&bytes, "<93 00>");
		for (unsigned depth = 0; depth < 31; depth++) {
			uint32_t wire = __builtin_bswap32(items[i]);

			buf_u8(&bytes, 0xdd);
			buf_add(&bytes, &wire, sizeof(wire));
		}
		assert_int_equal(scan_more(&scan, &wide, bytes.at, bytes.len),
		    SCAN_BAD);
		assert_true(scan.offset < 90);
		scan = (struct scan){ 0 };
		assert_int_equal(scan_more(&scan, &shallow, bytes.at,
				     bytes.len),
		    SCAN_BAD);
		buf_free(&bytes);
	}
}

/*
 * A whole frame given a byte at a time.  Each call may look at what is new
 * and at one header, so half a million of them are quick; a scanner that
 * began again each time would need 10^11 steps.
 */
static void
dripping_costs_linear_time(void **state)
{
	enum { ITEMS = 120000, FILL = 400000 };
	struct buf bytes = { 0 };
	struct scan scan = { 0 };

	(void)state;
	notation(&bytes, "<93 dd 00 01 d4 c0>"); /* 120,000 items */
	for (unsigned i = 0; i < ITEMS; i++)
		buf_u8(&bytes, 0xc0);
	notation(&bytes, "<c6 00 06 1a 80>"); /* 400,000 bytes */
	for (unsigned i = 0; i < FILL; i++)
		buf_u8(&bytes, 0xff);
	buf_u8(&bytes, 1);
	for (size_t len = 0; len < bytes.len; len++)
		if (scan_more(&scan, &wide, bytes.at, len) != SCAN_MORE)
			fail_msg("judged at byte %zu", len);
	assert_int_equal(scan_more(&scan, &wide, bytes.at, bytes.len),
	    SCAN_WHOLE);
	assert_int_equal(scan.offset, bytes.len);
	buf_free(&bytes);
}

static void
single_values_are_scanned_too(void **state)
{
	static const struct {
		const char *text;
		enum scan_result result;
	} row[] = {
		{ "{'a': [1]}", SCAN_WHOLE },
		{ "7", SCAN_WHOLE },
		{ "''", SCAN_WHOLE },
		{ "<d9>", SCAN_MORE },
		{ "<c1>", SCAN_BAD },
		{ "<82 a1 61>", SCAN_MORE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct buf bytes = { 0 };
		struct scan scan = { 0 };

		notation(&bytes, row[i].text);
		assert_int_equal(scan_value(&scan, &wide, bytes.at, bytes.len),
		    row[i].result);
		buf_free(&bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_of_a_frame_wants_more),
		cmocka_unit_test(a_frame_begins_as_a_list_of_3_or_4),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(elements_are_summed_over_all_levels),
		cmocka_unit_test(frames_are_limited_to_the_byte),
		cmocka_unit_test(bombs_are_refused_by_their_header),
		cmocka_unit_test(nests_of_155_bytes_are_refused),
		cmocka_unit_test(dripping_costs_linear_time),
		cmocka_unit_test(single_values_are_scanned_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
