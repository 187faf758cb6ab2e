#include "daemon/core/minhash.h"

#include <stdbool.h>

#include "daemon/core/fold.h"

enum {
	SHINGLE = 4, /* characters */
	SEEN_BITS = 2048,
	EXACT = MINHASH_LEAST, /* so many shingles are told apart exactly */
	COUNT_MAX = 255,
};

#define EMPTY UINT32_MAX

struct sketch {
	uint32_t least[MINHASH_BYTES]; /* EMPTY, or the bin's minimum */
	uint64_t first[EXACT];         /* the first distinct shingles */
	uint64_t seen[SEEN_BITS / 64];
	unsigned count;
};

static uint64_t
mix(uint64_t bits)
{
	bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
	bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
	return bits ^ (bits >> 31);
}

static bool
is_first(const struct sketch *sketch, uint64_t hash)
{
	for (unsigned i = 0; i < sketch->count; i++) {
		if (sketch->first[i] == hash)
			return false;
	}
	return true;
}

static void
count_distinct(struct sketch *sketch, uint64_t hash)
{
	unsigned at = (unsigned)(hash >> 32) % SEEN_BITS;
	uint64_t bit = UINT64_C(1) << (at % 64);
	bool is_new = !(sketch->seen[at / 64] & bit);
	if (sketch->count < EXACT) {
		if (is_first(sketch, hash))
			sketch->first[sketch->count++] = hash;
	} else if (is_new && sketch->count < COUNT_MAX) {
		sketch->count++;
	}
	sketch->seen[at / 64] |= bit;
}

static void
add(struct sketch *sketch, uint64_t hash)
{
	uint32_t *bin = &sketch->least[hash >> 58];
	uint32_t value = (uint32_t)hash & (EMPTY >> 1);
	count_distinct(sketch, hash);
	if (value < *bin)
		*bin = value;
}

/* A shingle's bytes: four, or at most four characters of four. */
static uint64_t
hash_ascii(const char *at)
{
	uint32_t word;
	memcpy(&word, at, sizeof(word));
	return mix(word + 0x9e3779b97f4a7c15);
}

static uint64_t
hash_shingle(const char *at, size_t len)
{
	uint64_t words[2] = { 0, 0 };
	if (len == SHINGLE)
		return hash_ascii(at);
	memcpy(words, at, len <= sizeof(words) ? len : sizeof(words));
	return mix(words[0] + 0x9e3779b97f4a7c15 + mix(words[1]));
}

static bool
begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

static bool
is_ascii(struct text text)
{
	unsigned char all = 0;
	for (size_t i = 0; i < text.len; i++)
		all |= (unsigned char)text.at[i];
	return all < 0x80;
}

static void
add_ascii(struct sketch *sketch, struct text text)
{
	for (size_t i = 0; i + SHINGLE <= text.len; i++)
		add(sketch, hash_ascii(text.at + i));
}

static void
add_all(struct sketch *sketch, struct text text)
{
	size_t start[SHINGLE] = { 0 }; /* of the last characters, a ring */
	size_t count = 0;
	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && !begins_character(text.at[i]))
			continue;
		if (count >= SHINGLE) {
			size_t from = start[count % SHINGLE];
			add(sketch, hash_shingle(text.at + from, i - from));
		}
		start[count++ % SHINGLE] = i;
	}
}

/*
 * An empty bin takes the value of the first filled one in an order that is its
 * own, the same in every text: two texts with the same filled bins agree in it
 * just as often as in a filled one.
 */
static uint32_t
fill(const struct sketch *sketch, unsigned bin)
{
	for (uint64_t turn = 1;; turn++) {
		uint32_t value =
		    sketch->least[mix(turn * MINHASH_BYTES + bin) >> 58];
		if (value != EMPTY)
			return value;
	}
}

unsigned
minhash_of_folded(struct text folded, uint8_t out[MINHASH_BYTES])
{
	struct sketch sketch;
	memset(&sketch, 0, sizeof(sketch));
	memset(sketch.least, 0xff, sizeof(sketch.least));
	memset(out, 0, MINHASH_BYTES);
	if (is_ascii(folded))
		add_ascii(&sketch, folded);
	else
		add_all(&sketch, folded);
	if (sketch.count < MINHASH_LEAST)
		return 0;
	for (unsigned i = 0; i < MINHASH_BYTES; i++) {
		uint32_t value = sketch.least[i];
		if (value == EMPTY)
			value = fill(&sketch, i);
		/* Minima are small: mixed before they are cut. */
		out[i] = (uint8_t)(mix(value) >> 56);
	}
	return sketch.count;
}

unsigned
minhash_of_text(struct text narrative, uint8_t out[MINHASH_BYTES])
{
	char folded[MINHASH_TEXT_MAX];
	size_t len = fold_prose(narrative, folded, sizeof(folded));
	return minhash_of_folded((struct text){ folded, len }, out);
}

/* Four sums, so that compilers keep them in one vector of bytes. */
unsigned
minhash_equal_bins(const uint8_t a[MINHASH_BYTES],
    const uint8_t b[MINHASH_BYTES])
{
	uint8_t sum[16] = { 0 };
	unsigned equal = 0;
	for (unsigned i = 0; i < MINHASH_BYTES; i += 16) {
		for (unsigned j = 0; j < 16; j++)
			sum[j] = (uint8_t)(sum[j] + (a[i + j] == b[i + j]));
	}
	for (unsigned j = 0; j < 16; j++)
		equal += sum[j];
	return equal;
}

float
minhash_similarity(const uint8_t a[MINHASH_BYTES],
    const uint8_t b[MINHASH_BYTES])
{
	const float chance = 1.0f / 256;
	float share = (float)minhash_equal_bins(a, b) / MINHASH_BYTES;
	return share <= chance ? 0 : (share - chance) / (1 - chance);
}
