#include "daemon/store/log/walk.h"

#include <inttypes.h>

#include "daemon/store/log/reader.h"

struct walk {
	struct shelf *shelf;
	struct reader reader;
	uint64_t from, to; /* from moves */
	walk_frame *visit;
	void *who;
};

static int
next_frame(struct walk *walk, struct frame *frame, const uint8_t **bytes)
{
	struct store_fault fault = { .result = STORE_OK };
	int result = reader_next(&walk->reader, frame, bytes, &fault);

	if (result == STORE_NOT_FOUND)
		result = reader_corrupt(walk->reader.segment, walk->reader.at,
		    "the log breaks off", &fault);
	if (result != STORE_OK)
		shelf_fail(walk->shelf, &fault);
	return result;
}

static int
walk_segment(struct walk *walk, struct segment *segment, uint64_t last)
{
	uint64_t to = walk->to < last ? walk->to : last;
	struct frame frame;
	const uint8_t *bytes;

	reader_seek(&walk->reader, segment, walk->from);
	while (walk->from <= to) {
		struct log_position after;
		int result = next_frame(walk, &frame, &bytes);

		if (result != STORE_OK)
			return result;
		if (frame.last_seq < walk->from)
			continue;
		after = (struct log_position){ frame.last_seq,
			segment->head.number, walk->reader.at, frame.crc };
		result = walk->visit(walk->who, &frame, bytes, &after);
		if (result != 0)
			return result;
		walk->from = frame.last_seq + 1;
	}
	return STORE_OK;
}

int
walk_frames(struct shelf *shelf, uint64_t from, uint64_t to, walk_frame *visit,
    void *who)
{
	struct walk walk = { .shelf = shelf,
		.reader = { .chunk = READER_WALK_BYTES },
		.from = from ? from : 1,
		.to = to,
		.visit = visit,
		.who = who };
	int result = STORE_OK;

	while (result == STORE_OK && walk.from <= to) {
		struct segment *segment;
		uint64_t last;

		result = shelf_hold(shelf, walk.from, &segment, &last);
		if (result != STORE_OK)
			break;
		result = walk_segment(&walk, segment, last);
		shelf_drop(shelf, segment);
	}
	reader_free(&walk.reader);
	return result;
}

struct event_walk {
	struct shelf *shelf;
	uint64_t from, to;
	store_visit *visit;
	void *who;
};

int
walk_body_bad(struct shelf *shelf, uint64_t seq)
{
	struct store_fault fault;
	int result = fault_set(&fault, STORE_CORRUPT,
	    "log: the body of event %" PRIu64 " is damaged", seq);

	shelf_fail(shelf, &fault);
	return result;
}

static int
visit_events(void *who, const struct frame *frame, const uint8_t *bytes,
    const struct log_position *after)
{
	struct event_walk *walk = who;
	struct frame_cursor cursor = frame_cursor_of(frame, bytes);
	struct store_event event;
	bool is_bad;

	(void)after;
	while (frame_next(&cursor, &event, &is_bad)) {
		int result;

		if (event.seq < walk->from || event.seq > walk->to)
			continue;
		if (is_bad)
			return walk_body_bad(walk->shelf, event.seq);
		result = walk->visit(walk->who, &event);
		if (result != 0)
			return result;
	}
	return 0;
}

int
walk_events(struct shelf *shelf, uint64_t from, uint64_t to, store_visit *visit,
    void *who)
{
	struct event_walk walk = { shelf, from, to, visit, who };

	return walk_frames(shelf, from, to, visit_events, &walk);
}

static int
take_event(struct walk *walk, struct buf *scratch, struct store_event *event)
{
	struct frame frame = { .last_seq = 0 };
	struct frame_cursor cursor;
	const uint8_t *bytes;
	bool is_bad = false;

	while (frame.last_seq < walk->from) {
		int result = next_frame(walk, &frame, &bytes);

		if (result != STORE_OK)
			return result;
	}
	cursor = frame_cursor_of(&frame, bytes);
	do {
		if (!frame_next(&cursor, event, &is_bad))
			return STORE_NOT_FOUND;
	} while (event->seq < walk->from);
	if (is_bad)
		return walk_body_bad(walk->shelf, event->seq);
	buf_clear(scratch);
	buf_add_text(scratch, event->header);
	buf_add_text(scratch, event->body);
	if (scratch->failed)
		return STORE_MEMORY;
	event->header.at = (const char *)scratch->at;
	event->body.at = (const char *)scratch->at + event->header.len;
	return STORE_OK;
}

int
walk_read(struct shelf *shelf, uint64_t seq, struct buf *scratch,
    struct store_event *event)
{
	struct walk walk = { .shelf = shelf,
		.reader = { .chunk = READER_SINGLE_BYTES },
		.from = seq };
	struct shelf_block block;
	struct segment *segment;
	uint64_t last;
	int result = shelf_hold(shelf, seq, &segment, &last);

	if (result != STORE_OK)
		return result;
	reader_seek(&walk.reader, segment, seq);
	if (segment->is_sealed &&
	    shelf_take_block(shelf, segment->head.number, walk.reader.at,
		&block)) {
		walk.reader.bytes = block.bytes;
		walk.reader.base = block.base;
	}
	result = take_event(&walk, scratch, event);
	if (segment->is_sealed && result == STORE_OK) {
		block = (struct shelf_block){ .number = segment->head.number,
			.base = walk.reader.base,
			.bytes = walk.reader.bytes };
		walk.reader.bytes = (struct buf){ 0 };
		shelf_keep_block(shelf, segment, &block);
	}
	reader_free(&walk.reader);
	shelf_drop(shelf, segment);
	return result;
}
