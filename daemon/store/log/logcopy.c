#include "daemon/store/log/logcopy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "daemon/store/log/inventory.h"
#include "daemon/store/log/reader.h"

enum {
	TRIES = 50, /* of a segment that is swapped, or a frame being written */
	PIECE_BYTES = 256 * 1024,
};

/* A segment as it was when it was copied. */
struct copied {
	ino_t file;
	struct timespec written;
	bool is_sealed;
	uint64_t last_seq; /* of an unsealed one */
};

static int
write_all(int fd, const uint8_t *at, size_t len)
{
	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : ENOSPC;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* --- one file ------------------------------------------------------------- */

static int
copy_bytes(int from, int to, struct store_fault *fault)
{
	struct buf piece = { 0 };
	uint64_t offset = 0;
	int64_t n = 1;
	int error = buf_reserve(&piece, PIECE_BYTES) ? 0 : ENOMEM;

	while (!error && n > 0) {
		n = segment_pread(from, piece.at, PIECE_BYTES, offset);
		if (n > 0)
			error = write_all(to, piece.at, (size_t)n);
		else if (n < 0)
			error = errno;
		offset += n > 0 ? (uint64_t)n : 0;
	}
	buf_free(&piece);
	return error ? fault_system(fault, error, "log: cannot be copied")
		     : STORE_OK;
}

/* The next frame, its bodies looked at; the reader stays before a bad one. */
static int
read_whole(struct reader *reader, struct frame *frame, const uint8_t **bytes,
    struct store_fault *fault)
{
	uint64_t at = reader->at, seq = reader->next_seq;
	uint32_t chain = reader->chain;
	int result = reader_next(reader, frame, bytes, fault);

	if (result != STORE_OK || frame_has_bodies(frame, *bytes))
		return result;
	reader->at = at;
	reader->next_seq = seq;
	reader->chain = chain;
	return reader_corrupt(reader->segment, at, "a damaged body", fault);
}

/*
 * The next frame, or STORE_NOT_FOUND where nothing is written yet.  One that
 * is being written looks damaged for a moment.
 */
static int
read_written(struct reader *reader, struct frame *frame, const uint8_t **bytes,
    struct store_fault *fault)
{
	static const struct timespec moment = { .tv_nsec = 20000000 };
	int result = read_whole(reader, frame, bytes, fault);

	for (int i = 0; result == STORE_CORRUPT && i < TRIES; i++) {
		(void)nanosleep(&moment, NULL);
		buf_clear(&reader->bytes);
		reader->base = reader->at;
		result = read_whole(reader, frame, bytes, fault);
	}
	return result;
}

/* Header and frames, but not what is preallocated behind them. */
static int
copy_frames(struct segment *segment, int to, struct store_fault *fault)
{
	struct reader reader = { .chunk = READER_WALK_BYTES };
	uint8_t header[SEGMENT_HEADER];
	struct frame frame;
	const uint8_t *bytes;
	int error, result = STORE_OK;

	segment_head_write(header, &segment->head);
	error = write_all(to, header, sizeof(header));
	reader_seek(&reader, segment, 0);
	while (!error && result == STORE_OK) {
		result = read_written(&reader, &frame, &bytes, fault);
		if (result != STORE_OK)
			break;
		error = write_all(to, bytes, frame.length);
		segment->last_seq = frame.last_seq;
	}
	reader_free(&reader);
	if (error)
		return fault_system(fault, error, "log: cannot be copied");
	return result == STORE_NOT_FOUND ? STORE_OK : result;
}

/* from is taken. */
static int
copy_plain(int from, const char *name, struct copied *copied, int to,
    struct store_fault *fault)
{
	uint8_t header[SEGMENT_HEADER];
	struct segment_head head;
	struct segment *segment = NULL;
	int result;

	if (segment_pread(from, header, sizeof(header), 0) != SEGMENT_HEADER)
		result = fault_set(fault, STORE_CORRUPT,
		    "log/%s: shorter than its header", name);
	else
		result = segment_head_read(header, &head, name, fault);
	if (result == STORE_OK && !(segment = segment_new(&head)))
		result = fault_set(fault, STORE_MEMORY, "out of memory");
	if (!segment) {
		(void)close(from);
		return result;
	}
	segment->fd = from;
	result = copy_frames(segment, to, fault);
	copied->last_seq = segment->last_seq;
	segment_free(segment);
	return result;
}

/* Has this file still a name?  One that lost it may be overwritten. */
static bool
has_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

static int
copy_open(const struct logcopy *copy, int from, const char *name,
    struct copied *copied, struct store_fault *fault)
{
	int to = openat(copy->to, name,
	    O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int watched = fcntl(from, F_DUPFD_CLOEXEC, 0);
	int result = STORE_OK;

	if (to < 0 || watched < 0) {
		result = fault_system(fault, errno, "log/%s", name);
		(void)close(from);
	} else if (copied->is_sealed) {
		result = copy_bytes(from, to, fault);
		(void)close(from);
	} else {
		result = copy_plain(from, name, copied, to, fault);
	}
	if (result == STORE_OK && fdatasync(to) != 0)
		result = fault_system(fault, errno, "log/%s", name);
	if (watched >= 0 && !has_name(watched))
		result = STORE_NOT_FOUND;
	if (result != STORE_OK && to >= 0)
		(void)unlinkat(copy->to, name, 0);
	if (to >= 0)
		(void)close(to);
	if (watched >= 0)
		(void)close(watched);
	return result;
}

/* --- one segment ---------------------------------------------------------- */

static const char *
suffix_of(bool is_sealed)
{
	return is_sealed ? ".zseg" : ".seg";
}

/* Look at a segment's file; false when it has none. */
static bool
look(int dir, uint64_t number, struct copied *copied)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	for (int is_sealed = 1; is_sealed >= 0; is_sealed--) {
		segment_name(name, number, suffix_of(is_sealed));
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		*copied = (struct copied){ .file = st.st_ino,
			.written = st.st_mtim,
			.is_sealed = is_sealed };
		return true;
	}
	return false;
}

static bool
is_same(const struct copied *a, const struct copied *b)
{
	return a->file == b->file && a->is_sealed == b->is_sealed &&
	    a->written.tv_sec == b->written.tv_sec &&
	    a->written.tv_nsec == b->written.tv_nsec;
}

/* STORE_NOT_FOUND: it was swapped, and again, and again. */
static int
copy_segment(const struct logcopy *copy, uint64_t number, struct copied *copied,
    struct store_fault *fault)
{
	char name[SEGMENT_NAME_MAX];
	int result = STORE_NOT_FOUND;

	segment_name(name, number, ".seg");
	(void)unlinkat(copy->to, name, 0);
	for (int i = 0; result == STORE_NOT_FOUND && i < TRIES; i++) {
		int fd;

		if (!look(copy->from, number, copied))
			continue;
		segment_name(name, number, suffix_of(copied->is_sealed));
		fd = openat(copy->from, name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			result = copy_open(copy, fd, name, copied, fault);
		else if (errno != ENOENT)
			return fault_system(fault, errno, "log/%s", name);
	}
	if (result == STORE_NOT_FOUND)
		(void)fault_set(fault, STORE_NOT_FOUND,
		    "log: segment %" PRIu64 " is missing", number);
	return result;
}

/* --- all of them ---------------------------------------------------------- */

/*
 * The first one without a successor is the one being written.  Whether there
 * is one is asked before it is copied: then it was whole.
 */
static int
copy_all(const struct logcopy *copy, struct buf *all, struct store_fault *fault)
{
	bool is_last = false;
	int result = STORE_OK;

	for (uint64_t number = 1; result == STORE_OK && !is_last; number++) {
		struct copied copied, next;

		is_last = !look(copy->from, number + 1, &next);
		result = copy_segment(copy, number, &copied, fault);
		buf_add(all, &copied, sizeof(copied));
		/* It had one, and was sealed, in between. */
		is_last = is_last && !copied.is_sealed;
	}
	return result == STORE_OK && all->failed
	    ? fault_set(fault, STORE_MEMORY, "out of memory")
	    : result;
}

/*
 * What was erased while others were copied: the event that says it is done may
 * stand in one that was copied later.
 */
static int
copy_changed(const struct logcopy *copy, const struct buf *all,
    struct store_fault *fault)
{
	struct copied *at = (struct copied *)(void *)all->at;
	size_t n = all->len / sizeof(*at);
	int result = STORE_OK;

	for (size_t i = 0; result == STORE_OK && i + 1 < n; i++) {
		struct copied now;

		if (!look(copy->from, i + 1, &now) || !is_same(&now, &at[i]))
			result = copy_segment(copy, i + 1, &at[i], fault);
	}
	return result;
}

/* Does the copy join, and reach from one segment to the next? */
static int
check(struct logcopy *copy, const struct buf *all, struct store_fault *fault)
{
	const struct copied *at = (const struct copied *)(const void *)all->at;
	struct segment_list list = { 0 };
	int result = inventory_take(copy->to, copy->instance, &list, fault);

	for (size_t i = 0; result == STORE_OK && i + 1 < list.n; i++)
		if (!at[i].is_sealed && at[i].last_seq < list.at[i]->last_seq)
			result = fault_set(fault, STORE_CORRUPT,
			    "log: segment %zu is damaged behind sequence "
			    "%" PRIu64,
			    i + 1, at[i].last_seq);
	if (result == STORE_OK && list.n > 0) {
		copy->segments = list.n;
		copy->last_seq = at[list.n - 1].last_seq;
	} else if (result == STORE_OK) {
		result = fault_set(fault, STORE_REFUSED, "log: is empty");
	}
	segment_list_free(&list);
	return result;
}

int
logcopy_run(struct logcopy *copy, struct store_fault *fault)
{
	struct buf all = { 0 };
	int result = copy_all(copy, &all, fault);

	if (result == STORE_OK)
		result = copy_changed(copy, &all, fault);
	if (result == STORE_OK)
		result = check(copy, &all, fault);
	if (result == STORE_OK && fsync(copy->to) != 0)
		result = fault_system(fault, errno, "log");
	buf_free(&all);
	return result;
}
