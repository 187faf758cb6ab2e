#include "daemon/store/log/eraser.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "daemon/store/log/reader.h"
#include "daemon/store/log/scrub.h"
#include "daemon/store/log/seal.h"

/* Is there anything to edit in the frames of a held segment? */
static int
look(struct eraser *eraser, struct segment *segment, uint64_t last, bool *found)
{
	struct reader reader = { .chunk = READER_WALK_BYTES };
	struct store_fault fault = { .result = STORE_OK };
	struct frame frame = { .last_seq = 0 };
	struct buf copy = { 0 };
	const uint8_t *bytes;
	int result = STORE_OK;

	*found = false;
	reader_seek(&reader, segment, eraser->from);
	while (result == STORE_OK && frame.last_seq < last && !*found) {
		result = reader_next(&reader, &frame, &bytes, &fault);
		if (result == STORE_OK && atomic_load(eraser->stop))
			result = STORE_REFUSED;
		if (result != STORE_OK || frame.last_seq < eraser->from)
			continue;
		buf_clear(&copy);
		buf_add(&copy, bytes, frame.length);
		if (copy.failed)
			result = STORE_MEMORY;
		else
			*found = frame_edit_run(copy.at, &frame,
			    segment->head.seed, &eraser->editor);
	}
	buf_free(&copy);
	reader_free(&reader);
	return result;
}

/* Wait for those who still read a segment that was swapped. */
static bool
wait_alone(struct shelf *shelf, struct segment *segment,
    const atomic_bool *stop)
{
	static const struct timespec moment = { .tv_nsec = 2000000 };

	while (!shelf_is_alone(shelf, segment)) {
		if (atomic_load(stop))
			return false;
		(void)nanosleep(&moment, NULL);
	}
	return true;
}

/* Write a held segment anew.  *done: it had not been swapped meanwhile. */
static int
rewrite(struct shelf *shelf, struct eraser *eraser, struct segment *segment,
    bool *done)
{
	const struct seal_options options = { .dir = shelf->dir,
		.stop = eraser->stop,
		.editor = eraser->editor };
	struct store_fault fault = { .result = STORE_OK };
	char name[SEGMENT_NAME_MAX];
	int result = STORE_OK;
	int old = -1;

	segment_name(name, segment->head.number,
	    segment->is_sealed ? ".zseg" : ".seg");
	shelf_begin_swap(shelf);
	*done = shelf_has(shelf, segment);
	if (*done) {
		old = openat(shelf->dir, name, O_WRONLY | O_CLOEXEC);
		result = seal_write(&options, segment, &fault);
		if (result == STORE_OK)
			result = shelf_swap(shelf, segment);
		else if (result != STORE_REFUSED)
			shelf_fail(shelf, &fault);
	}
	shelf_end_swap(shelf);
	if (result == STORE_OK && *done &&
	    wait_alone(shelf, segment, eraser->stop))
		scrub_close(old);
	else if (old >= 0)
		(void)close(old);
	return result;
}

/* One held segment; eraser->from moves behind it, or stays to look again. */
static int
erase_segment(struct shelf *shelf, struct eraser *eraser,
    struct segment *segment, uint64_t last)
{
	bool is_open = last == UINT64_MAX, found, done = true;
	uint64_t to = last < eraser->to ? last : eraser->to;
	int result = look(eraser, segment, to, &found);

	if (result != STORE_OK)
		return result;
	eraser->segments += found;
	if (found && is_open)
		eraser->open_from = eraser->from;
	else if (found && !eraser->only_looks)
		result = rewrite(shelf, eraser, segment, &done);
	if (done)
		eraser->from = to + 1;
	else
		eraser->segments--;
	return result;
}

int
eraser_run(struct shelf *shelf, struct eraser *eraser)
{
	int result = STORE_OK;

	eraser->segments = eraser->open_from = 0;
	if (eraser->from == 0)
		eraser->from = 1;
	while (result == STORE_OK && eraser->from <= eraser->to) {
		struct segment *segment;
		uint64_t last;

		result = shelf_hold(shelf, eraser->from, &segment, &last);
		if (result != STORE_OK)
			break;
		result = erase_segment(shelf, eraser, segment, last);
		shelf_drop(shelf, segment);
	}
	return result;
}
