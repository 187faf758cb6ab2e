#include "daemon/store/log/recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/log/reader.h"

/* --- is LMDB's anchor in this log --- */

static int
other_history(const struct recovery *recovery, struct store_fault *fault)
{
	return fault_set(fault, STORE_REFUSED,
	    "db holds another history than log: they part at sequence %" PRIu64
	    " or before; restore both together, or rebuild db from the log",
	    recovery->anchor_seq);
}

/* The segment that holds the sequence after the anchor, else the last. */
static size_t
anchor_segment(const struct recovery *recovery, const struct segment_list *list)
{
	size_t i = list->n - 1;

	while (i > 0 && list->at[i]->head.first_seq > recovery->anchor_seq + 1)
		i--;
	return i;
}

/* For an anchor in a closed segment; the last one is checked in scan. */
static int
check_anchor(const struct recovery *recovery, struct segment *segment,
    struct store_fault *fault)
{
	struct reader reader = { .chunk = READER_WALK_BYTES };
	struct frame frame = { .last_seq = 0 };
	const uint8_t *bytes;
	int result = STORE_OK;

	if (recovery->anchor_seq + 1 == segment->head.first_seq)
		return recovery->anchor_chain == segment->head.chain
		    ? STORE_OK
		    : other_history(recovery, fault);
	if (!segment->is_closed)
		return STORE_OK;
	result = segment_reopen(recovery->dir, segment, fault);
	reader_seek(&reader, segment, recovery->anchor_seq);
	while (result == STORE_OK && frame.last_seq < recovery->anchor_seq)
		result = reader_next(&reader, &frame, &bytes, fault);
	if (result == STORE_NOT_FOUND)
		result = reader_corrupt(segment, reader.at,
		    "the log breaks off", fault);
	if (result == STORE_OK &&
	    (frame.last_seq != recovery->anchor_seq ||
		frame.crc != recovery->anchor_chain))
		result = other_history(recovery, fault);
	reader_free(&reader);
	return result;
}

/* --- the last segment --- */

struct scan {
	const struct recovery *recovery;
	struct segment *segment;
	struct reader reader;
	uint64_t durable; /* proven */
	uint64_t end;     /* offset after the last good frame */
	uint64_t last_seq;
	uint32_t chain;
	const char *trouble; /* what stands at end, NULL when nothing */
};

static int
scan_frame(struct scan *scan, const struct frame *frame, uint64_t offset,
    struct segment_mark *mark)
{
	const struct recovery *recovery = scan->recovery;
	uint64_t proves = frame_proves(frame);

	if (frame->first_seq <= recovery->anchor_seq &&
	    frame->last_seq >= recovery->anchor_seq &&
	    (frame->last_seq != recovery->anchor_seq ||
		frame->crc != recovery->anchor_chain))
		return STORE_REFUSED;
	if (proves > scan->durable)
		scan->durable = proves;
	scan->end = offset + frame->length;
	scan->last_seq = frame->last_seq;
	scan->chain = frame->crc;
	if (mark->offset && offset < mark->offset + SEGMENT_MARK_BYTES)
		return STORE_OK;
	*mark =
	    (struct segment_mark){ .seq = frame->first_seq, .offset = offset };
	return segment_mark_add(scan->segment, mark);
}

/* Read frames until something is not one. */
static int
scan_frames(struct scan *scan, struct store_fault *fault)
{
	struct segment_mark mark = { .offset = 0 };
	struct frame frame;
	const uint8_t *bytes;
	int result;

	reader_seek(&scan->reader, scan->segment, 0);
	for (;;) {
		uint64_t at = scan->reader.at;

		result = reader_next(&scan->reader, &frame, &bytes, fault);
		if (result == STORE_CORRUPT)
			scan->trouble = "a damaged frame";
		if (result == STORE_CORRUPT || result == STORE_NOT_FOUND)
			return STORE_OK;
		if (result != STORE_OK)
			return result;
		if (!frame_has_bodies(&frame, bytes)) {
			scan->trouble = "a damaged body";
			return STORE_OK;
		}
		result = scan_frame(scan, &frame, at, &mark);
		if (result == STORE_REFUSED)
			return other_history(scan->recovery, fault);
		if (result != STORE_OK)
			return fault_set(fault, STORE_MEMORY, "out of memory");
	}
}

/*
 * Does a sound frame stand somewhere in these bytes that proves the sequence
 * after scan->last_seq to have been durable?
 */
static bool
proof_follows(const struct scan *scan, const struct buf *rest)
{
	uint64_t seq = scan->last_seq + 1;
	struct frame frame;

	for (size_t i = 0; i + FRAME_HEADER < rest->len; i++) {
		const uint8_t *at = rest->at + i;
		uint64_t first = 0;

		if (at[12] == 0 && at[0] == 0 && at[1] == 0)
			continue;
		memcpy(&first, at + 12, 6);
		if (first <= seq || first > seq + rest->len)
			continue;
		if (frame_read(at, rest->len - i, scan->segment->head.seed,
			&frame) == FRAME_OK &&
		    frame_proves(&frame) >= seq)
			return true;
	}
	return false;
}

/* Look at what stands after the last good frame: is it a torn tail? */
static int
judge_rest(struct scan *scan, struct store_fault *fault)
{
	struct segment *segment = scan->segment;
	struct buf rest = { 0 };
	struct stat st;
	int result = STORE_OK;

	if (fstat(segment->fd, &st) != 0)
		return fault_system(fault, errno, "log: fstat");
	if ((uint64_t)st.st_size > scan->end) {
		if (!buf_reserve(&rest, (size_t)st.st_size - scan->end))
			return fault_set(fault, STORE_MEMORY, "out of memory");
		rest.len = (size_t)st.st_size - scan->end;
	}
	if (segment_pread(segment->fd, rest.at, rest.len, scan->end) !=
	    (int64_t)rest.len) {
		buf_free(&rest);
		return fault_system(fault, errno ? errno : EIO,
		    "log: segment %" PRIu64 " cannot be read",
		    segment->head.number);
	}
	if (!scan->trouble && rest.len &&
	    (rest.at[0] || memcmp(rest.at, rest.at + 1, rest.len - 1) != 0))
		scan->trouble = "the log breaks off";
	if (!scan->trouble && scan->last_seq < scan->recovery->anchor_seq)
		result = fault_set(fault, STORE_REFUSED,
		    "db is ahead of log: it holds events up to %" PRIu64
		    ", the log ends with %" PRIu64 " (log is older than db)",
		    scan->recovery->anchor_seq, scan->last_seq);
	else if (scan->last_seq < scan->durable ||
	    (scan->trouble && proof_follows(scan, &rest)))
		result = reader_corrupt(segment, scan->end,
		    scan->trouble ? scan->trouble : "the log breaks off",
		    fault);
	buf_free(&rest);
	return result;
}

/* Where the part proven durable ends. */
static int
find_cut(struct scan *scan, uint64_t *offset, uint64_t *seq, uint32_t *chain)
{
	struct frame frame;
	const uint8_t *bytes;

	*offset = SEGMENT_HEADER;
	*seq = scan->segment->head.first_seq - 1;
	*chain = scan->segment->head.chain;
	reader_seek(&scan->reader, scan->segment, 0);
	while (scan->reader.at < scan->end) {
		int result = reader_next(&scan->reader, &frame, &bytes, NULL);

		if (result != STORE_OK)
			return result;
		if (frame.last_seq > scan->durable)
			return STORE_OK;
		*offset = scan->reader.at;
		*seq = frame.last_seq;
		*chain = frame.crc;
	}
	return STORE_OK;
}

/*
 * Copy the frames that are not known to be on disk into a new segment, synced
 * before it has a name; then shorten the old one.  If nothing in the old one
 * is known to be on disk, the new one takes its place and name.
 */
static int
rewrite_tail(struct scan *scan, struct segment_list *list,
    struct store_fault *fault)
{
	struct segment *old = scan->segment;
	struct segment_head head = old->head;
	struct segment *fresh = NULL;
	struct buf frames = { 0 };
	uint64_t offset;
	int result = find_cut(scan, &offset, &head.first_seq, &head.chain);

	if (result != STORE_OK)
		return fault_set(fault, STORE_IO, "log: changed while read");
	head.first_seq++;
	head.durable_seq = scan->last_seq;
	if (offset > SEGMENT_HEADER)
		head.number++;
	if (!buf_reserve(&frames, scan->end - offset))
		return fault_set(fault, STORE_MEMORY, "out of memory");
	frames.len = scan->end - offset;
	if (segment_pread(old->fd, frames.at, frames.len, offset) ==
	    (int64_t)frames.len)
		fresh = segment_create(scan->recovery->dir, &head, &frames,
		    scan->recovery->segment_bytes, fault);
	else
		fault_system(fault, errno ? errno : EIO, "log: read");
	buf_free(&frames);
	if (!fresh)
		return fault ? (int)fault->result : STORE_IO;
	fresh->last_seq = scan->last_seq;
	fresh->chain = scan->chain;
	result = reader_mark_all(fresh, fault);
	if (result != STORE_OK) {
		segment_free(fresh);
		return result;
	}
	if (head.number == old->head.number) {
		list->at[list->n - 1] = fresh;
		segment_free(old);
		return STORE_OK;
	}
	if (segment_list_add(list, fresh) != STORE_OK) {
		segment_free(fresh);
		return fault_set(fault, STORE_MEMORY, "out of memory");
	}
	old->is_closed = true;
	old->end = offset;
	old->last_seq = head.first_seq - 1;
	old->chain = head.chain;
	if (ftruncate(old->fd, (off_t)offset) != 0 || fsync(old->fd) != 0)
		return fault_system(fault, errno, "log: cannot be shortened");
	return STORE_OK;
}

/* Remove what a torn write left after the last frame. */
static int
clear_rest(struct scan *scan, struct store_fault *fault)
{
	int fd = scan->segment->fd;

	if (!scan->trouble)
		return STORE_OK;
	if (ftruncate(fd, (off_t)scan->end) != 0 || fsync(fd) != 0)
		return fault_system(fault, errno, "log: cannot be shortened");
	scan->segment->file_bytes = scan->end;
	return STORE_OK;
}

static int
recover_last(const struct recovery *recovery, struct segment_list *list,
    struct store_fault *fault)
{
	struct segment *segment = list->at[list->n - 1];
	struct scan scan = { .recovery = recovery, .segment = segment };
	int result;

	scan.reader.chunk = READER_WALK_BYTES;
	scan.end = SEGMENT_HEADER;
	scan.last_seq = segment->head.first_seq - 1;
	scan.chain = segment->head.chain;
	scan.durable = segment->head.durable_seq;
	if (recovery->anchor_seq > scan.durable)
		scan.durable = recovery->anchor_seq;
	result = scan_frames(&scan, fault);
	if (result == STORE_OK)
		result = judge_rest(&scan, fault);
	segment->end = scan.end;
	segment->last_seq = scan.last_seq;
	segment->chain = scan.chain;
	segment->is_marked = true;
	if (result == STORE_OK && scan.last_seq > scan.durable)
		result = rewrite_tail(&scan, list, fault);
	else if (result == STORE_OK)
		result = clear_rest(&scan, fault);
	reader_free(&scan.reader);
	return result;
}

static int
begin_log(const struct recovery *recovery, struct segment_list *list,
    struct store_fault *fault)
{
	struct segment_head head = { .number = 1, .first_seq = 1 };
	struct segment *segment;

	if (recovery->anchor_seq > 0)
		return fault_set(fault, STORE_REFUSED,
		    "db holds events up to %" PRIu64 ", but log is empty",
		    recovery->anchor_seq);
	head.seed = recovery->seed;
	memcpy(head.instance, recovery->instance, 16);
	segment = segment_create(recovery->dir, &head, NULL,
	    recovery->segment_bytes, fault);
	if (!segment)
		return fault ? (int)fault->result : STORE_IO;
	segment->is_marked = true;
	if (segment_list_add(list, segment) == STORE_OK)
		return STORE_OK;
	segment_free(segment);
	return fault_set(fault, STORE_MEMORY, "out of memory");
}

int
recovery_run(const struct recovery *recovery, struct segment_list *list,
    struct store_fault *fault)
{
	int result =
	    inventory_take(recovery->dir, recovery->instance, list, fault);

	if (result == STORE_OK && list->n == 0)
		return begin_log(recovery, list, fault);
	if (result == STORE_OK)
		result = check_anchor(recovery,
		    list->at[anchor_segment(recovery, list)], fault);
	if (result == STORE_OK)
		result = recover_last(recovery, list, fault);
	return result;
}
