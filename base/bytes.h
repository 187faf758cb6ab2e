/*
 * bytes.h - building byte strings with a sticky failure, and cutting them up
 * again with a sticky refusal, so that a run of steps needs one check at its
 * end.  Integers are little-endian; varints are LEB128.
 */
#ifndef TOCSIN_BASE_BYTES_H
#define TOCSIN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A growing buffer.  Zeroed is empty and valid.  at is owned. */
struct buf {
	uint8_t *at;
	size_t len;
	size_t cap;
	bool failed; /* memory ran out; every later call is a no-op */
};

/* Release the memory and return to the empty state.  NULL is fine. */
void buf_free(struct buf *buf);

/* Forget the contents, keep the memory, clear the failure. */
void buf_clear(struct buf *buf);

/* Make room for more bytes; false (and failed set) when memory runs out. */
bool buf_reserve(struct buf *buf, size_t more);

/* Append len bytes; the pointer may be NULL when len is 0. */
void buf_add(struct buf *buf, const void *bytes, size_t len);

/* Append a text's bytes. */
void buf_add_text(struct buf *buf, struct text text);

/* Append a NUL-terminated string's bytes, without the NUL. */
void buf_add_string(struct buf *buf, const char *string);

/* Append printf-formatted text, without a NUL. */
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append fixed-width little-endian integers. */
void buf_u8(struct buf *buf, uint8_t value);
void buf_u16(struct buf *buf, uint16_t value);
void buf_u32(struct buf *buf, uint32_t value);
void buf_u64(struct buf *buf, uint64_t value);

/* Append an unsigned LEB128 varint, at most 10 bytes. */
void buf_varint(struct buf *buf, uint64_t value);

/* Append a signed number, zigzag in a varint. */
void buf_zigzag(struct buf *buf, int64_t value);

/* Append a varint length, then the text. */
void buf_string(struct buf *buf, struct text text);

/* The whole contents, borrowed until the next call on buf. */
struct text buf_text(const struct buf *buf);

/* A reader over borrowed bytes. */
struct cut {
	const uint8_t *at;
	const uint8_t *end;
	bool bad; /* ran past the end or a varint was malformed */
};

/* Start cutting len bytes. */
struct cut cut_of(const void *bytes, size_t len);

/* Each returns the next item, or zero/empty with bad set. */
uint8_t cut_u8(struct cut *cut);
uint16_t cut_u16(struct cut *cut);
uint32_t cut_u32(struct cut *cut);
uint64_t cut_u64(struct cut *cut);
uint64_t cut_varint(struct cut *cut);
int64_t cut_zigzag(struct cut *cut);
/* A varint length, then that many borrowed bytes. */
struct text cut_string(struct cut *cut);
/* Exactly len borrowed bytes; NULL with bad set when there are fewer. */
const uint8_t *cut_bytes(struct cut *cut, size_t len);

/* Is everything consumed and nothing bad? */
bool cut_is_done(const struct cut *cut);

#endif
