/* words.h - the title of a product -> its words, in the form they mean. */
#ifndef TOCSIN_CORE_WORDS_H
#define TOCSIN_CORE_WORDS_H

#include <stdint.h>

#include "base/text.h"

enum {
	WORDS_MAX = 48,    /* of a title; the rest is not read */
	WORDS_BYTES = 480, /* of all its words */
	WORD_MAX = 32,     /* bytes; what is longer is cut */
};

/* No pointers: may be copied. */
struct words {
	uint8_t count;
	struct {
		uint16_t at; /* in bytes */
		uint8_t len;
	} word[WORDS_MAX];
	char bytes[WORDS_BYTES];
	uint16_t used; /* of bytes */
};

/*
 * Append the words of a title as written: folded as fold_prose does, parted
 * at everything but letters, digits and decimal points; abbreviations and
 * numerals as words.def has them ("pro" for professional, "2" for ii and 2.0
 * and v2).  "&", "and" and a genitive's s are no words.
 */
void words_add(struct words *words, struct text title);

/* Word number i (below count), borrowed from words. */
static inline struct text
words_at(const struct words *words, unsigned i)
{
	return (struct text){ words->bytes + words->word[i].at,
		words->word[i].len };
}

/* A set of colours. */
enum {
	WORDS_BLACK = 1,
	WORDS_WHITE = 2,
	WORDS_SILVER = 4,
	WORDS_GRAY = 8,
	WORDS_RED = 16,
	WORDS_BLUE = 32,
	WORDS_PINK = 64,
	WORDS_GREEN = 128,
	WORDS_YELLOW = 256,
	WORDS_ORANGE = 512,
	WORDS_PURPLE = 1024,
	WORDS_BROWN = 2048,
	WORDS_GOLD = 4096,
	WORDS_BEIGE = 8192,
	WORDS_STEEL = 16384,
};

/* The colour a word names (English or French), as a set; 0: none. */
uint32_t words_colour(struct text word);

#endif
