/*
 * segment.h - one file of the log: a header of 64 bytes, then frames, then
 * zeroes (the file is preallocated).  A sealed segment holds the same header
 * and the same frames, compressed in blocks: seal.h.
 *
 * Header, little-endian: magic "TOCSLOG1", version u32, seed u32, number u64,
 * first sequence u64, durable sequence u64 (everything up to it was on disk
 * before this file got its name), chain u32 (crc of the frame before),
 * instance 16, crc32c u32 over the 60 bytes before it.
 */
#ifndef TOCSIN_STORE_LOG_SEGMENT_H
#define TOCSIN_STORE_LOG_SEGMENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/fault.h"
#include "daemon/store/log/frame.h"

enum {
	SEGMENT_HEADER = 64,
	SEGMENT_VERSION = 1,
	SEGMENT_NAME_MAX = 32,
	SEGMENT_MARK_BYTES = 32768, /* one mark for so many bytes of frames */
};

struct segment_head {
	uint64_t number; /* from 1 */
	uint64_t first_seq;
	uint64_t durable_seq;
	uint32_t chain;
	uint32_t seed;
	uint8_t instance[16];
};

/* Where a frame begins.  Sealed: one mark a block, with its place on disk. */
struct segment_mark {
	uint64_t seq;
	uint64_t offset;      /* in the unsealed file */
	uint64_t file_offset; /* sealed: of the compressed block */
	uint32_t file_len;    /* sealed */
	uint32_t raw_len;     /* sealed */
};

struct segment {
	struct segment_head head;
	bool is_sealed;
	bool is_closed;      /* no frame will follow */
	unsigned refs;       /* guarded by the log's lock, as is: */
	bool is_swapped;     /* its twin is read in its place */
	uint64_t file_bytes; /* on disk, when last looked at */
	/* After the last frame.  Open segments: for the writer only. */
	uint64_t last_seq;
	uint64_t end;
	uint32_t chain;

	pthread_mutex_t lock; /* what follows */
	int fd;               /* -1: not open */
	bool is_marked;       /* marks cover the whole segment */
	struct segment_mark *mark;
	size_t nmarks, cap;
};

/* File names: "0000000001" and a suffix such as ".seg". */
void segment_name(char out[SEGMENT_NAME_MAX], uint64_t number,
    const char *suffix);

/* Header <-> bytes.  read: 0 or STORE_CORRUPT (name is for the fault). */
void segment_head_write(uint8_t out[SEGMENT_HEADER],
    const struct segment_head *head);
int segment_head_read(const uint8_t bytes[SEGMENT_HEADER],
    struct segment_head *head, const char *name, struct store_fault *fault);

/* An empty segment in memory, one reference.  NULL when out of memory. */
struct segment *segment_new(const struct segment_head *head);
/* Close the file and free.  NULL is fine. */
void segment_free(struct segment *segment);

/*
 * Make a file durable under its name: written as .new (head, then frames),
 * preallocated to at least bytes, synced, renamed to .seg, directory synced.
 * On success the segment is open and stands after its last frame; last_seq
 * and chain are as in its head and the caller's to move.  dir is a descriptor.
 */
struct segment *segment_create(int dir, const struct segment_head *head,
    const struct buf *frames, uint64_t bytes, struct store_fault *fault);

/* Open an existing file and read its header; sealed ones stay closed. */
struct segment *segment_open(int dir, uint64_t number, bool is_sealed,
    struct store_fault *fault);

/* Open a sealed segment's file again if it is closed. */
int segment_reopen(int dir, struct segment *segment, struct store_fault *fault);

/* Remember that a frame with this first sequence begins at offset. */
int segment_mark_add(struct segment *segment, const struct segment_mark *mark);

/* The last mark at or before seq; the segment's beginning when none. */
struct segment_mark segment_mark_find(struct segment *segment, uint64_t seq);

/* pread exactly, or as much as there is; bytes read or -1 with errno. */
int64_t segment_pread(int fd, void *at, size_t len, uint64_t offset);

#endif
