#include "base/nearest.h"

enum { LONGEST = 64, MOST_EDITS = 2 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Three rows of the usual table are enough: the row being made, the one above
 * and, for two letters swapped, the one above that.
 */
unsigned
nearest_distance(struct text a, struct text b)
{
	unsigned rows[3][LONGEST + 1];
	size_t alen = a.len < LONGEST ? a.len : LONGEST;
	size_t blen = b.len < LONGEST ? b.len : LONGEST;
	for (size_t j = 0; j <= blen; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= alen; i++) {
		unsigned *now = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];
		const unsigned *top = rows[(i + 1) % 3];
		char x = lower(a.at[i - 1]);
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= blen; j++) {
			char y = lower(b.at[j - 1]);
			now[j] = above[j - 1] + (x != y);
			now[j] = least(now[j], above[j] + 1);
			now[j] = least(now[j], now[j - 1] + 1);
			if (i > 1 && j > 1 && x == lower(b.at[j - 2]) &&
			    y == lower(a.at[i - 2]))
				now[j] = least(now[j], top[j - 2] + 1);
		}
	}
	return rows[alen % 3][blen];
}

const char *
nearest_word(struct text written, const char *const *words, size_t count)
{
	const char *best = NULL;
	unsigned limit = MOST_EDITS;
	if (written.len / 3 < limit)
		limit = (unsigned)(written.len / 3);
	for (size_t i = 0; i < count; i++) {
		unsigned edits = nearest_distance(written, text_of(words[i]));
		if (edits > limit || (best && edits == limit))
			continue;
		best = words[i];
		limit = edits;
	}
	return best;
}
