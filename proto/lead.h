/*
 * lead.h - the first byte of a MessagePack value: what follows it.  Shared by
 * the scanner and the reader; nobody else needs it.
 */
#ifndef TOCSIN_PROTO_LEAD_H
#define TOCSIN_PROTO_LEAD_H

#include <stddef.h>
#include <stdint.h>

enum lead_shape {
	LEAD_NEVER, /* 0xc1 */
	LEAD_LEAF,  /* size is the bytes that follow the header */
	LEAD_LIST,  /* size is the number of items */
	LEAD_MAP,   /* size is the number of pairs */
};

struct lead_row {
	uint8_t shape; /* enum lead_shape */
	uint8_t width; /* bytes of the big-endian size behind the lead byte */
	uint8_t base;  /* added to that size */
	uint8_t step;  /* bytes of a whole leaf without a size, else 0 */
};

/* By lead byte. */
extern const struct lead_row lead_row[256];

/* The big-endian integer of width 0, 1, 2 or 4 bytes at at. */
static inline uint32_t
lead_size(const uint8_t *at, unsigned width)
{
	if (width == 0)
		return 0;
	if (width == 1)
		return at[0];
	if (width == 2)
		return (uint32_t)at[0] << 8 | at[1];
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

#endif
