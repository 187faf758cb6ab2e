/*
 * pack.h - rows that are fixed structs of mostly small numbers, without their
 * zero bytes.  Packed: length of the row (varint); then for every 64 bytes of
 * it a mask of the words of 8 bytes that are not zero, and for each of those a
 * mask of its bytes that are not, and these bytes.  Bit 0 is the first.
 */
#ifndef TOCSIN_STORE_DB_PACK_H
#define TOCSIN_STORE_DB_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/store/db/keys.h"

/* What packing ROW_MAX bytes may touch: every word with its mask, and one. */
enum { PACK_MAX = 2 + ROW_MAX / 64 + 1 + (ROW_MAX / 8 + 1) * 9 + 1 };

/* Pack a row of at most ROW_MAX bytes; returns the packed length. */
size_t pack(struct text row, uint8_t out[PACK_MAX]);

/* The row again.  false when these bytes are not a packed row. */
bool unpack(struct text packed, uint8_t out[ROW_MAX], size_t *len);

#endif
