/*
 * seal.h - a closed segment, compressed for good: the segment's header as it
 * was, then zstd blocks of whole frames (at most 256 KiB each before
 * compression, unless one frame is larger), then the index, then a trailer.
 * The only file that sees zstd.h.
 *
 * Index entry, little-endian: first sequence u64, offset in the unsealed file
 * u64, offset in this file u64, compressed length u32, raw length u32.
 * Trailer: last sequence u64, end of the unsealed file u64, offset of the
 * index u64, blocks u32, chain u32 (crc of the last frame), crc32c u32 over
 * the index and the trailer before it, magic "TOCSEAL1".
 */
#ifndef TOCSIN_STORE_LOG_SEAL_H
#define TOCSIN_STORE_LOG_SEAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "daemon/store/log/frame_edit.h"
#include "daemon/store/log/segment.h"

enum {
	SEAL_BLOCK_BYTES = 256 * 1024,
	SEAL_ENTRY = 32,
	SEAL_TRAILER = 44,
};

/* How a segment is sealed. */
struct seal_options {
	int dir;                 /* descriptor of DIR/log; borrowed */
	const atomic_bool *stop; /* give up with STORE_REFUSED soon after */
	/* Each frame goes through it; edit NULL: as they are. */
	struct frame_editor editor;
};

/*
 * Write the sealed twin of a closed segment, synced, under its name .zseg; of
 * one that is sealed already, in place of it.  The caller then swaps it in
 * (shelf_swap).
 */
int seal_write(const struct seal_options *options, struct segment *segment,
    struct store_fault *fault);

/* Read trailer and index of an open sealed segment into it. */
int seal_index_read(struct segment *segment, struct store_fault *fault);

/* Decompress one block; its frames replace what out held. */
int seal_block_read(struct segment *segment, const struct segment_mark *mark,
    struct buf *out, struct store_fault *fault);

#endif
