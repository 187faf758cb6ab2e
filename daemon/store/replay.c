#include "daemon/store/replay.h"

#include <string.h>

#include "base/bytes.h"
#include "daemon/store/log/walk.h"

enum {
	AHEAD = 64, /* events known before their turn */
	AHEAD_BYTES = 256 * 1024,
};

struct replay {
	const struct replay_options *options;
	struct buf bytes; /* of the frames the events are of */
	unsigned nevents;
	struct store_event event[AHEAD];
	struct log_position after[AHEAD]; /* seq 0: not the frame's last */
};

static void
look_ahead(const struct replay *replay, bool is_row)
{
	const struct replay_options *options = replay->options;

	for (unsigned i = 0; i < replay->nevents && options->peek; i++)
		options->peek(options->who, &replay->event[i], is_row);
}

/* Visit the events gathered; the rows are whole where a frame ends. */
static int
flush(struct replay *replay)
{
	const struct replay_options *options = replay->options;

	look_ahead(replay, false);
	look_ahead(replay, true);
	for (unsigned i = 0; i < replay->nevents; i++) {
		int result = options->visit(options->who, &replay->event[i]);

		if (result != 0)
			return result;
		if (replay->after[i].seq == 0)
			continue;
		layers_advance(options->layers, &replay->after[i]);
		layers_release(options->layers);
		layers_freeze_if_full(options->layers);
	}
	replay->nevents = 0;
	return 0;
}

/* Frames move on under a walk: copy this one.  NULL without memory. */
static const uint8_t *
keep_frame(struct replay *replay, const struct frame *frame,
    const uint8_t *bytes)
{
	if (!buf_reserve(&replay->bytes, frame->length))
		return NULL;
	buf_add(&replay->bytes, bytes, frame->length);
	return replay->bytes.at + replay->bytes.len - frame->length;
}

static int
gather(struct replay *replay, const struct frame *frame, const uint8_t *bytes)
{
	struct frame_cursor cursor = frame_cursor_of(frame, bytes);
	struct store_event event;
	bool is_bad;
	int result = 0;

	while (result == 0 && frame_next(&cursor, &event, &is_bad)) {
		if (is_bad)
			return walk_body_bad(replay->options->shelf, event.seq);
		if (replay->nevents == AHEAD)
			result = flush(replay);
		replay->after[replay->nevents].seq = 0;
		replay->event[replay->nevents++] = event;
	}
	return result;
}

static int
take_frame(void *who, const struct frame *frame, const uint8_t *bytes,
    const struct log_position *after)
{
	struct replay *replay = who;
	int result = 0;

	/* What is gathered points into the bytes, which may not move. */
	if (replay->nevents >= AHEAD / 2 ||
	    replay->bytes.cap - replay->bytes.len < frame->length) {
		result = flush(replay);
		buf_clear(&replay->bytes);
	}
	if (result != 0)
		return result;
	bytes = keep_frame(replay, frame, bytes);
	if (!bytes)
		return STORE_MEMORY;
	result = gather(replay, frame, bytes);
	if (result == 0)
		replay->after[replay->nevents - 1] = *after;
	return result;
}

int
replay_run(const struct replay_options *options)
{
	struct replay replay = { .options = options };
	int result = STORE_MEMORY;

	if (buf_reserve(&replay.bytes, AHEAD_BYTES))
		result = walk_frames(options->shelf,
		    layers_position(options->layers).seq + 1, options->to,
		    take_frame, &replay);
	if (result == 0)
		result = flush(&replay);
	buf_free(&replay.bytes);
	return result;
}
