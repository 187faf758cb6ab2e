/* scan.c - the bounded scanner. */
#include "proto/scan.h"

#include <stdbool.h>

#include "proto/lead.h"

static enum scan_result
bad(struct scan *scan, const char *why)
{
	scan->why = why;
	return SCAN_BAD;
}

/*
 * Enter a container whose header ends at scan->offset.  What it declares is
 * judged at once: every item takes a byte of the frame and counts as an
 * element, so no header can promise what the limits would never let arrive.
 */
static const char *
enter(struct scan *scan, const struct scan_limits *limits, uint64_t items)
{
	uint32_t most =
	    limits->depth < SCAN_MAX_DEPTH ? limits->depth : SCAN_MAX_DEPTH;

	if (scan->depth >= most)
		return "nested too deeply";
	if (items > limits->elements - scan->elements)
		return "too many elements";
	if (items > limits->frame_bytes - scan->offset)
		return "a list or map declares more than a frame can hold";
	scan->elements += (uint32_t)items;
	scan->left[++scan->depth] = (uint32_t)items;
	return NULL;
}

/* Pass over small leaves: most values of most frames. */
static void
pass_small(struct scan *scan, const uint8_t *bytes, size_t end)
{
	uint32_t left = scan->left[scan->depth];
	size_t offset = scan->offset;

	while (left > 0 && offset < end) {
		size_t step = lead_row[bytes[offset]].step;

		if (step == 0 || step > end - offset)
			break;
		offset += step;
		left--;
	}
	scan->left[scan->depth] = left;
	scan->offset = offset;
}

/* Judge one value; SCAN_WHOLE when it, or a container's header, is passed. */
static enum scan_result
scan_one(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len)
{
	size_t room = limits->frame_bytes - scan->offset;
	size_t header;
	const struct lead_row *row;
	const char *why;
	uint64_t size;

	if (scan->offset >= limits->frame_bytes)
		return bad(scan, "the frame is too large");
	if (scan->offset >= len)
		return SCAN_MORE;
	row = &lead_row[bytes[scan->offset]];
	header = 1 + (size_t)row->width;
	if (row->shape == LEAD_NEVER)
		return bad(scan, "0xc1 is no MessagePack");
	if (header > room)
		return bad(scan, "the frame is too large");
	if (header > len - scan->offset)
		return SCAN_MORE;
	size = (uint64_t)row->base +
	    lead_size(bytes + scan->offset + 1, row->width);
	if (row->shape == LEAD_LEAF) {
		if (size > room - header)
			return bad(scan, "the frame is too large");
		if (size > len - scan->offset - header)
			return SCAN_MORE;
		scan->left[scan->depth]--;
		scan->offset += header + (size_t)size;
		return SCAN_WHOLE;
	}
	/* Left before the way in, so that a level is done when nothing is due
	 * on it. */
	scan->left[scan->depth]--;
	scan->offset += header;
	why = enter(scan, limits, row->shape == LEAD_MAP ? 2 * size : size);
	return why ? bad(scan, why) : SCAN_WHOLE;
}

static enum scan_result
scan_on(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len)
{
	size_t end = len < limits->frame_bytes ? len : limits->frame_bytes;

	for (;;) {
		enum scan_result result;

		pass_small(scan, bytes, end);
		while (scan->left[scan->depth] == 0) {
			if (scan->depth == 0)
				return SCAN_WHOLE;
			scan->depth--;
		}
		result = scan_one(scan, limits, bytes, len);
		if (result != SCAN_WHOLE)
			return result;
	}
}

enum scan_result
scan_value(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len)
{
	if (scan->why)
		return SCAN_BAD;
	if (scan->offset == 0)
		scan->left[0] = 1;
	return scan_on(scan, limits, bytes, len);
}

enum scan_result
scan_more(struct scan *scan, const struct scan_limits *limits,
    const uint8_t *bytes, size_t len)
{
	if (len > 0 && bytes[0] != 0x93 && bytes[0] != 0x94)
		return bad(scan, "a frame is a list of 3 or 4");
	return scan_value(scan, limits, bytes, len);
}
