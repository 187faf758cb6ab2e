/*
 * reader.h - the frames of one segment in order, sealed or not, each checked.
 * Any thread; one reader belongs to one thread.
 */
#ifndef TOCSIN_STORE_LOG_READER_H
#define TOCSIN_STORE_LOG_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/segment.h"

enum { READER_WALK_BYTES = 256 * 1024, READER_SINGLE_BYTES = 48 * 1024 };

/* Zeroed and with chunk set is a fresh one. */
struct reader {
	struct segment *segment; /* borrowed */
	size_t chunk; /* bytes read at once from an unsealed segment */
	struct buf bytes;
	uint64_t base;     /* offset of bytes in the unsealed file */
	uint64_t at;       /* offset of the next frame */
	uint64_t next_seq; /* what that frame must begin with; 0 unknown */
	uint32_t chain;    /* and follow; when next_seq is known */
};

/* Release the memory.  NULL is fine. */
void reader_free(struct reader *reader);

/* Stand at the mark at or before seq; read on from there to reach it. */
void reader_seek(struct reader *reader, struct segment *segment, uint64_t seq);

/*
 * The next frame and its bytes, borrowed until the next call.  STORE_OK;
 * STORE_NOT_FOUND where nothing was written; STORE_CORRUPT (reader->at is the
 * place, fault names it); STORE_IO; STORE_MEMORY.
 */
int reader_next(struct reader *reader, struct frame *frame,
    const uint8_t **bytes, struct store_fault *fault);

/*
 * Mark a whole closed segment that was not scanned when the store opened, or
 * read a sealed one's index.  Once; later calls return at once.
 */
int reader_mark_all(struct segment *segment, struct store_fault *fault);

/* fault_set STORE_CORRUPT for a place in a segment. */
int reader_corrupt(const struct segment *segment, uint64_t offset,
    const char *what, struct store_fault *fault);

#endif
