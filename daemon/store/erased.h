/*
 * erased.h - DIR/erasures: what was erased, one line each, so that it can be
 * erased again after an older copy of the store was restored.  A line is
 * "EPOCH SEQ report KEY FIRST", "EPOCH SEQ source ORDINAL" or "EPOCH SEQ note
 * EVENT": the store's epoch, the erasure's event, the report's key in 32
 * hexadecimal digits and its first event.  It says nothing that an erased log
 * does not.  Any thread.
 */
#ifndef TOCSIN_STORE_ERASED_H
#define TOCSIN_STORE_ERASED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/store/log/fault.h"
#include "daemon/store/record_erase.h"

#define ERASED_FILE "erasures"
/* What a start has to erase again; the same lines. */
#define ERASED_AGAIN_FILE "erasures.again"

struct erased {
	uint32_t epoch;
	uint64_t seq;
	struct record_erase record; /* organisation and latest_seq: 0 */
};

/* Append its line to out; none of kind DONE. */
void erased_write(struct buf *out, const struct erased *erased);

/*
 * Take the next line off lines; false at the end.  Lines of another form are
 * passed over.
 */
bool erased_next(struct text *lines, struct erased *erased);

/* Put lines in order, each once; how many there are. */
uint64_t erased_settle(struct buf *lines);

/*
 * Append lines to a file of directory dir, made when absent, and sync both.
 * STORE_OK, STORE_FULL or STORE_IO.
 */
int erased_add(int dir, const char *name, struct text lines,
    struct store_fault *fault);

/* Append a file's bytes to out; none is fine.  STORE_OK, or a fault. */
int erased_read(int dir, const char *name, struct buf *out,
    struct store_fault *fault);

#endif
