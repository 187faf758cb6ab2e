/*
 * scan.h - where a frame ends and whether it may be read: depth, elements,
 * lengths and frame size are checked before anything else sees a byte.
 * Iterative, allocates nothing, resumes where it stopped, so a dripping
 * client costs linear time.
 */
#ifndef TOCSIN_PROTO_SCAN_H
#define TOCSIN_PROTO_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { SCAN_MAX_DEPTH = 16 };

struct scan_limits {
	uint32_t frame_bytes; /* whole frame */
	uint32_t elements;    /* items and keys and values, all levels */
	uint32_t depth;       /* <= SCAN_MAX_DEPTH */
};

/* Zeroed before the first byte of each frame. */
struct scan {
	size_t offset;     /* bytes of the frame already judged */
	uint32_t elements; /* declared so far */
	uint32_t depth;    /* containers open */
	uint32_t left[SCAN_MAX_DEPTH + 1]; /* values still due, per level */
	const char *why;                   /* static text, after SCAN_BAD */
};

enum scan_result {
	SCAN_MORE,  /* not whole yet */
	SCAN_WHOLE, /* scan->offset is the frame's length */
	SCAN_BAD,   /* can never become a frame within the limits */
};

/*
 * Continue over the frame's bytes gathered so far (from its first byte).
 * A frame must be an array of 3 or 4 whose first byte is 0x93 or 0x94.
 */
enum scan_result scan_more(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len);

/* As scan_more for any single value (fixtures, stored bodies). */
enum scan_result scan_value(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len);

#endif
