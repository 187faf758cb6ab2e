#include "daemon/store/log/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "daemon/store/log/seal.h"

void
reader_free(struct reader *reader)
{
	if (reader)
		buf_free(&reader->bytes);
}

int
reader_corrupt(const struct segment *segment, uint64_t offset, const char *what,
    struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, segment->head.number,
	    segment->is_sealed ? ".zseg" : ".seg");
	return fault_set(fault, STORE_CORRUPT,
	    "log/%s: %s at offset %" PRIu64 "%s", name, what, offset,
	    segment->is_sealed ? " (of the unsealed segment)" : "");
}

void
reader_seek(struct reader *reader, struct segment *segment, uint64_t seq)
{
	struct segment_mark mark = segment_mark_find(segment, seq);

	reader->segment = segment;
	buf_clear(&reader->bytes);
	reader->base = mark.offset;
	reader->at = mark.offset;
	reader->next_seq = 0;
	if (mark.offset == SEGMENT_HEADER) {
		reader->next_seq = segment->head.first_seq;
		reader->chain = segment->head.chain;
	}
}

static int
load_block(struct reader *reader, struct store_fault *fault)
{
	struct segment *segment = reader->segment;
	const struct segment_mark *mark = NULL;
	struct segment_mark found;

	pthread_mutex_lock(&segment->lock);
	for (size_t low = 0, high = segment->nmarks; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (segment->mark[middle].offset <= reader->at) {
			mark = &segment->mark[middle];
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (mark)
		found = *mark;
	pthread_mutex_unlock(&segment->lock);
	if (!mark || reader->at >= found.offset + found.raw_len)
		return STORE_NOT_FOUND;
	reader->base = found.offset;
	return seal_block_read(segment, &found, &reader->bytes, fault);
}

/* Have need bytes at reader->at, or as many as the file holds. */
static int
load_plain(struct reader *reader, size_t need, struct store_fault *fault)
{
	size_t want = need > reader->chunk ? need : reader->chunk;
	struct stat st;
	int64_t n;

	if (need > 4096) {
		if (fstat(reader->segment->fd, &st) != 0)
			return fault_system(fault, errno, "log: fstat");
		if (reader->at + need > (uint64_t)st.st_size)
			return STORE_NOT_FOUND;
	}
	buf_clear(&reader->bytes);
	if (!buf_reserve(&reader->bytes, want))
		return fault_set(fault, STORE_MEMORY, "out of memory");
	n = segment_pread(reader->segment->fd, reader->bytes.at, want,
	    reader->at);
	if (n < 0)
		return fault_system(fault, errno,
		    "log: segment %" PRIu64 " at offset %" PRIu64,
		    reader->segment->head.number, reader->at);
	reader->bytes.len = (size_t)n;
	reader->base = reader->at;
	return n == 0 ? STORE_NOT_FOUND : STORE_OK;
}

/* FRAME_NONE also for the very end of the file. */
static int
fetch(struct reader *reader, struct frame *frame, enum frame_state *state,
    struct store_fault *fault)
{
	size_t need = 1;

	for (unsigned attempt = 0; attempt < 3; attempt++) {
		size_t skip = (size_t)(reader->at - reader->base);
		int result;

		if (skip < reader->bytes.len) {
			*state = frame_read(reader->bytes.at + skip,
			    reader->bytes.len - skip,
			    reader->segment->head.seed, frame);
			if (*state != FRAME_SHORT)
				return STORE_OK;
			need = frame->length ? frame->length : 4;
			if (reader->segment->is_sealed)
				break;
		}
		result = reader->segment->is_sealed
		    ? load_block(reader, fault)
		    : load_plain(reader, need, fault);
		if (result == STORE_NOT_FOUND)
			*state = need == 1 ? FRAME_NONE : FRAME_BAD;
		if (result != STORE_OK)
			return result == STORE_NOT_FOUND ? STORE_OK : result;
	}
	*state = FRAME_BAD;
	return STORE_OK;
}

int
reader_next(struct reader *reader, struct frame *frame, const uint8_t **bytes,
    struct store_fault *fault)
{
	enum frame_state state;
	int result = fetch(reader, frame, &state, fault);

	if (result != STORE_OK)
		return result;
	if (state == FRAME_NONE)
		return STORE_NOT_FOUND;
	if (state != FRAME_OK)
		return reader_corrupt(reader->segment, reader->at,
		    "a damaged frame", fault);
	if (reader->next_seq != 0 &&
	    (frame->first_seq != reader->next_seq ||
		frame->prev != reader->chain))
		return reader_corrupt(reader->segment, reader->at,
		    "a frame that does not follow the one before", fault);
	*bytes = reader->bytes.at + (reader->at - reader->base);
	reader->at += frame->length;
	reader->next_seq = frame->last_seq + 1;
	reader->chain = frame->crc;
	return STORE_OK;
}

int
reader_mark_all(struct segment *segment, struct store_fault *fault)
{
	struct reader reader = { .chunk = READER_WALK_BYTES };
	struct segment_mark mark = { .offset = 0 };
	struct frame frame;
	const uint8_t *bytes;
	int result = STORE_OK;

	if (segment->is_marked)
		return STORE_OK;
	segment->nmarks = 0;
	reader_seek(&reader, segment, segment->head.first_seq);
	while (result == STORE_OK && reader.next_seq <= segment->last_seq) {
		uint64_t at = reader.at;

		result = reader_next(&reader, &frame, &bytes, fault);
		if (result == STORE_NOT_FOUND)
			result = reader_corrupt(segment, at,
			    "the log breaks off", fault);
		if (result != STORE_OK ||
		    (mark.offset && at < mark.offset + SEGMENT_MARK_BYTES))
			continue;
		mark = (struct segment_mark){ .seq = frame.first_seq,
			.offset = at };
		result = segment_mark_add(segment, &mark);
	}
	if (result == STORE_OK && reader.chain != segment->chain)
		result = reader_corrupt(segment, reader.at,
		    "the next segment does not follow the last frame", fault);
	segment->end = reader.at;
	segment->is_marked = result == STORE_OK;
	reader_free(&reader);
	return result;
}
