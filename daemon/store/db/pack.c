#include "daemon/store/db/pack.h"

#include <assert.h>
#include <string.h>

enum { WORD = 8, GROUP = 64 };

/* A bit for each byte of the word that is not zero. */
static unsigned
mask_of(uint64_t word)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t high = (((word & low) + low) | word) & ~low;

	return (unsigned)((high >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/*
 * Without branches, for which bytes are zero is hard to foresee: each byte is
 * written, up to one beyond the last that counts.
 */
static uint8_t *
pack_word(uint8_t *out, uint64_t word)
{
	unsigned mask = mask_of(word);

	*out++ = (uint8_t)mask;
	for (unsigned i = 0; i < WORD; i++) {
		*out = (uint8_t)(word >> (WORD * i));
		out += mask >> i & 1;
	}
	return out;
}

size_t
pack(struct text row, uint8_t out[PACK_MAX])
{
	uint8_t *at = out;
	uint8_t *words = NULL;

	assert(row.len <= ROW_MAX);
	if (row.len >= 0x80)
		*at++ = (uint8_t)(row.len | 0x80);
	*at++ = (uint8_t)(row.len >= 0x80 ? row.len >> 7 : row.len);
	for (size_t i = 0; i < row.len; i += WORD) {
		size_t left = row.len - i;
		uint64_t word = 0;

		if (i % GROUP == 0) {
			words = at++;
			*words = 0;
		}
		memcpy(&word, row.at + i, left < WORD ? left : WORD);
		if (word == 0)
			continue;
		*words |= (uint8_t)(1u << (i / WORD % WORD));
		at = pack_word(at, word);
	}
	return (size_t)(at - out);
}

static unsigned
lowest(unsigned mask)
{
	return (unsigned)__builtin_ctz(mask);
}

/* One word; false when the bytes end before it does. */
static bool
unpack_word(const uint8_t **at, const uint8_t *end, uint64_t *word)
{
	unsigned mask;

	if (*at == end)
		return false;
	mask = *(*at)++;
	if (end - *at < __builtin_popcount(mask))
		return false;
	*word = 0;
	for (; mask; mask &= mask - 1)
		*word |= (uint64_t) * (*at)++ << (WORD * lowest(mask));
	return true;
}

/* Up to 64 bytes of the row; their places hold zeroes. */
static bool
unpack_group(const uint8_t **at, const uint8_t *end, uint8_t *out, size_t len)
{
	unsigned words;

	if (*at == end)
		return false;
	words = *(*at)++;
	for (; words; words &= words - 1) {
		size_t place = WORD * lowest(words);
		uint64_t word;

		if (place >= len || !unpack_word(at, end, &word))
			return false;
		memcpy(out + place, &word,
		    len - place < WORD ? len - place : WORD);
	}
	return true;
}

bool
unpack(struct text packed, uint8_t out[ROW_MAX], size_t *len)
{
	const uint8_t *at = (const uint8_t *)packed.at;
	const uint8_t *end = at + packed.len;

	if (at == end)
		return false;
	*len = *at++;
	if (*len >= 0x80 && at == end)
		return false;
	if (*len >= 0x80)
		*len = (*len & 0x7f) | (size_t)*at++ << 7;
	if (*len > ROW_MAX)
		return false;
	memset(out, 0, *len);
	for (size_t i = 0; i < *len; i += GROUP)
		if (!unpack_group(&at, end, out + i,
			*len - i < GROUP ? *len - i : GROUP))
			return false;
	return at == end;
}
