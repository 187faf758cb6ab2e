/* Frames, one segment's file, and its sealed twin. */
#include "tests/unit/store_rig.h"

#include <stdatomic.h>

#include "daemon/store/log/reader.h"
#include "daemon/store/log/seal.h"

enum { SEED = 0x5eed, NFRAMES = 3000 };

static struct frame_maker
new_maker(void)
{
	struct frame_maker maker = { .seed = SEED, .salt = 1 };

	frame_reset(&maker, 0, 0);
	return maker;
}

static void
add_event(struct frame_maker *maker)
{
	uint64_t seq = maker->next_seq;
	uint8_t header[12];
	char body[BODY_MAX];
	size_t len = event_body(seq, body);

	event_header(seq, header);
	assert_int_equal(frame_add(maker, (uint8_t)(seq % 5 + 1),
			     (struct text){ (const char *)header, 12 },
			     (struct text){ body, len }),
	    seq);
}

static void
test_frame(void **state)
{
	struct frame_maker maker = new_maker();
	struct frame_cursor cursor;
	struct store_event event;
	struct frame frame;
	bool is_bad;

	(void)state;
	frame_begin(&maker, 1764000000123);
	for (int i = 0; i < 5; i++)
		add_event(&maker);
	frame_end(&maker, 0);
	frame_begin(&maker, 1764000000124);
	add_event(&maker);
	frame_end(&maker, 5);
	/* A frame without events leaves nothing. */
	frame_begin(&maker, 1764000000125);
	frame_end(&maker, 5);
	assert_int_equal(maker.next_seq, 7);
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &frame),
	    FRAME_OK);
	assert_int_equal(frame.first_seq, 1);
	assert_int_equal(frame.last_seq, 5);
	assert_int_equal(frame.received_ms, 1764000000123);
	assert_int_equal(frame.prev, 0);
	assert_int_equal(frame_proves(&frame), 0);
	cursor = frame_cursor_of(&frame, maker.bytes.at);
	for (uint64_t seq = 1; seq <= 5; seq++) {
		assert_true(frame_next(&cursor, &event, &is_bad));
		assert_false(is_bad);
		assert_false(event.is_erased);
		assert_int_equal(event.seq, seq);
		assert_true(event_is_right(&event));
	}
	assert_false(frame_next(&cursor, &event, &is_bad));
	assert_int_equal(frame_read(maker.bytes.at + frame.length,
			     maker.bytes.len - frame.length, SEED, &frame),
	    FRAME_OK);
	assert_int_equal(frame_proves(&frame), 5);
	assert_int_equal(frame.crc, maker.chain);
	frame_maker_free(&maker);
}

/* Every truncation and every flipped bit of a frame is noticed. */
static void
test_frame_damage(void **state)
{
	struct frame_maker maker = new_maker();
	struct frame frame, other;
	uint8_t *at;

	(void)state;
	frame_begin(&maker, 1764000000123);
	add_event(&maker);
	add_event(&maker);
	frame_end(&maker, 0);
	at = maker.bytes.at;
	assert_int_equal(frame_read(at, maker.bytes.len, SEED, &frame),
	    FRAME_OK);
	for (size_t len = 0; len < maker.bytes.len; len++)
		assert_int_equal(frame_read(at, len, SEED, &other),
		    FRAME_SHORT);
	for (size_t i = 0; i < 8 * maker.bytes.len; i++) {
		enum frame_state seen;
		struct frame_cursor cursor;
		struct store_event event;
		bool is_bad, is_noticed;

		at[i / 8] ^= (uint8_t)(1u << i % 8);
		seen = frame_read(at, maker.bytes.len, SEED, &other);
		is_noticed = seen != FRAME_OK;
		cursor = frame_cursor_of(&frame, at);
		while (!is_noticed && frame_next(&cursor, &event, &is_bad))
			is_noticed = is_bad;
		assert_true(is_noticed);
		at[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	/* The seed is part of it: a stranger cannot make a frame. */
	assert_int_equal(frame_read(at, maker.bytes.len, SEED + 1, &frame),
	    FRAME_BAD);
	frame_maker_free(&maker);
}

/* Salt, crc and body zeroed: still a sound frame, the body is gone. */
static void
test_frame_erased(void **state)
{
	struct frame_maker maker = new_maker();
	struct frame_cursor cursor;
	struct store_event event;
	struct frame frame;
	bool is_bad;
	uint8_t *seal;

	(void)state;
	frame_begin(&maker, 1);
	(void)frame_add(&maker, 5, TEXT("header"), TEXT("secret body"));
	(void)frame_add(&maker, 5, TEXT("header"), TEXT("other body"));
	frame_end(&maker, 0);
	seal = maker.bytes.at + FRAME_HEADER + 3;
	memset(seal, 0, 8);
	memset(seal + 8 + 6, 0, 11);
	assert_int_equal(frame_read(maker.bytes.at, maker.bytes.len, SEED,
			     &frame),
	    FRAME_OK);
	cursor = frame_cursor_of(&frame, maker.bytes.at);
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_false(is_bad);
	assert_true(event.is_erased);
	assert_int_equal(event.body.len, 0);
	assert_true(text_is(event.header, "header"));
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_false(is_bad || event.is_erased);
	assert_true(text_is(event.body, "other body"));
	/* Half erased is damage. */
	seal[8 + 6] = 's';
	cursor = frame_cursor_of(&frame, maker.bytes.at);
	assert_true(frame_next(&cursor, &event, &is_bad));
	assert_true(is_bad);
	frame_maker_free(&maker);
}

static void
test_head(void **state)
{
	struct segment_head head = { 7, 1000, 999, 0xabcd, SEED, "instance" };
	struct segment_head back;
	uint8_t bytes[SEGMENT_HEADER];
	struct store_fault fault;

	(void)state;
	segment_head_write(bytes, &head);
	assert_int_equal(segment_head_read(bytes, &back, "x", &fault),
	    STORE_OK);
	assert_int_equal(back.number, 7);
	assert_int_equal(back.first_seq, 1000);
	assert_int_equal(back.durable_seq, 999);
	assert_int_equal(back.chain, 0xabcd);
	assert_int_equal(back.seed, SEED);
	assert_memory_equal(back.instance, head.instance, 16);
	for (unsigned i = 0; i < 8 * SEGMENT_HEADER; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(segment_head_read(bytes, &back, "x", &fault),
		    STORE_CORRUPT);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

/* A closed segment of NFRAMES frames of one event. */
static struct segment *
new_segment(int dir)
{
	struct segment_head head = { .number = 1,
		.first_seq = 1,
		.seed = SEED };
	struct frame_maker maker = new_maker();
	struct store_fault fault = { .text = "" };
	struct segment *segment;

	for (int i = 0; i < NFRAMES; i++) {
		frame_begin(&maker, 1764000000000 + i);
		add_event(&maker);
		frame_end(&maker, 0);
	}
	segment = segment_create(dir, &head, &maker.bytes, 4096, &fault);
	assert_non_null(segment);
	segment->last_seq = NFRAMES;
	segment->chain = maker.chain;
	segment->is_closed = true;
	frame_maker_free(&maker);
	return segment;
}

/* Read all from seq on; returns the events seen or -1. */
static int64_t
read_from(struct segment *segment, uint64_t seq, size_t chunk)
{
	struct reader reader = { .chunk = chunk };
	struct store_fault fault = { .text = "" };
	struct store_event event;
	struct frame_cursor cursor;
	struct frame frame;
	const uint8_t *bytes;
	int64_t nevents = 0;
	bool is_bad;
	int result;

	reader_seek(&reader, segment, seq);
	while ((result = reader_next(&reader, &frame, &bytes, &fault)) ==
	    STORE_OK) {
		cursor = frame_cursor_of(&frame, bytes);
		while (frame_next(&cursor, &event, &is_bad)) {
			if (event.seq < seq)
				continue;
			assert_int_equal(event.seq, seq + (uint64_t)nevents);
			assert_true(!is_bad && event_is_right(&event));
			nevents++;
		}
	}
	reader_free(&reader);
	return result == STORE_NOT_FOUND ? nevents : -1;
}

static void
test_read_and_seal(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY);
	atomic_bool stop = false;
	const struct seal_options sealing = { .dir = dir, .stop = &stop };
	struct store_fault fault = { .text = "" };
	struct segment *plain, *sealed;
	static const uint64_t from[] = { 1, 2, 500, 1777, NFRAMES - 1,
		NFRAMES };

	assert_true(dir >= 0);
	plain = new_segment(dir);
	assert_int_equal(reader_mark_all(plain, &fault), STORE_OK);
	assert_true(plain->nmarks > 5);
	atomic_store(&stop, true);
	assert_int_equal(seal_write(&sealing, plain, &fault), STORE_REFUSED);
	assert_int_not_equal(faccessat(dir, "0000000001.zseg", F_OK, 0), 0);
	assert_int_not_equal(faccessat(dir, "0000000001.znew", F_OK, 0), 0);
	atomic_store(&stop, false);
	assert_int_equal(seal_write(&sealing, plain, &fault), STORE_OK);
	sealed = segment_open(dir, 1, true, &fault);
	assert_non_null(sealed);
	assert_int_equal(seal_index_read(sealed, &fault), STORE_OK);
	assert_int_equal(sealed->last_seq, NFRAMES);
	assert_int_equal(sealed->chain, plain->chain);
	assert_int_equal(sealed->end, plain->end);
	assert_true(sealed->nmarks > 1);
	assert_true(sealed->file_bytes < plain->file_bytes);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		int64_t want = (int64_t)(NFRAMES - from[i] + 1);

		assert_int_equal(read_from(plain, from[i], 100), want);
		assert_int_equal(read_from(plain, from[i], READER_WALK_BYTES),
		    want);
		assert_int_equal(read_from(sealed, from[i], 100), want);
	}
	segment_free(sealed);
	segment_free(plain);
	(void)close(dir);
}

/* A flipped bit anywhere in a sealed file is told, never read over. */
static void
test_sealed_damage(void **state)
{
	int dir = open(*state, O_RDONLY | O_DIRECTORY);
	atomic_bool stop = false;
	const struct seal_options sealing = { .dir = dir, .stop = &stop };
	struct store_fault fault = { .text = "" };
	struct segment *segment;
	struct file_copy file;

	assert_true(dir >= 0);
	segment = new_segment(dir);
	assert_int_equal(seal_write(&sealing, segment, &fault), STORE_OK);
	segment_free(segment);
	file = file_read(*state, "0000000001.zseg");
	for (size_t i = 0; i < file.len; i += i < 80 ? 1 : 97) {
		int result = STORE_OK;

		file.at[i] ^= 0x20;
		file_write(*state, "0000000001.zseg", file.at, file.len);
		file.at[i] ^= 0x20;
		segment = segment_open(dir, 1, true, &fault);
		if (!segment)
			result = (int)fault.result;
		else
			result = seal_index_read(segment, &fault);
		if (result == STORE_OK && read_from(segment, 1, 100) < 0)
			result = STORE_CORRUPT;
		assert_int_equal(result, STORE_CORRUPT);
		segment_free(segment);
	}
	/* So is a missing end, at every length near it. */
	for (size_t len = 0; len < file.len; len += len < 200 ? 13 : 1009) {
		file_write(*state, "0000000001.zseg", file.at, len);
		segment = segment_open(dir, 1, true, &fault);
		if (segment)
			assert_int_equal(seal_index_read(segment, &fault),
			    STORE_CORRUPT);
		segment_free(segment);
	}
	free(file.at);
	(void)close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_frame_damage),
		cmocka_unit_test(test_frame_erased),
		cmocka_unit_test(test_head),
		IN_DIR(test_read_and_seal),
		IN_DIR(test_sealed_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
