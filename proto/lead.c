/* lead.c - the 256 lead bytes of MessagePack. */
#include "proto/lead.h"

/* clang-format off */
#define SIZED(width, base) { LEAD_LEAF, width, base, 0 }
#define FIXED(base) { LEAD_LEAF, 0, base, 1 + (base) }
#define LIST(items) { LEAD_LIST, 0, items, 0 }
#define MAP(pairs) { LEAD_MAP, 0, pairs, 0 }
#define EIGHT(ROW, from) \
	ROW(from), ROW(from + 1), ROW(from + 2), ROW(from + 3), \
	ROW(from + 4), ROW(from + 5), ROW(from + 6), ROW(from + 7)
#define EIGHT_SMALL \
	FIXED(0), FIXED(0), FIXED(0), FIXED(0), \
	FIXED(0), FIXED(0), FIXED(0), FIXED(0)

const struct lead_row lead_row[256] = {
	/* 00 positive integers */
	EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL,
	EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL,
	EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL,
	EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL,
	/* 80 maps, 90 lists, a0 strings */
	EIGHT(MAP, 0), EIGHT(MAP, 8),
	EIGHT(LIST, 0), EIGHT(LIST, 8),
	EIGHT(FIXED, 0), EIGHT(FIXED, 8),
	EIGHT(FIXED, 16), EIGHT(FIXED, 24),
	/* c0 nil, never, false, true */
	FIXED(0), { LEAD_NEVER, 0, 0, 0 }, FIXED(0), FIXED(0),
	/* c4 bin, c7 ext (one byte of type) */
	SIZED(1, 0), SIZED(2, 0), SIZED(4, 0),
	SIZED(1, 1), SIZED(2, 1), SIZED(4, 1),
	/* ca floats, cc unsigned, d0 signed */
	FIXED(4), FIXED(8),
	FIXED(1), FIXED(2), FIXED(4), FIXED(8),
	FIXED(1), FIXED(2), FIXED(4), FIXED(8),
	/* d4 fixed ext (type and 1, 2, 4, 8, 16 bytes) */
	FIXED(2), FIXED(3), FIXED(5), FIXED(9), FIXED(17),
	/* d9 str, dc lists, de maps */
	SIZED(1, 0), SIZED(2, 0), SIZED(4, 0),
	{ LEAD_LIST, 2, 0, 0 }, { LEAD_LIST, 4, 0, 0 },
	{ LEAD_MAP, 2, 0, 0 }, { LEAD_MAP, 4, 0, 0 },
	/* e0 negative integers */
	EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL, EIGHT_SMALL,
};
/* clang-format on */
