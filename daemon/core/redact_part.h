/* redact_part.h - what redact.c and phone.c share.  Pure. */
#ifndef TOCSIN_CORE_REDACT_PART_H
#define TOCSIN_CORE_REDACT_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

static inline bool
redact_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char
redact_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
redact_is_letter(char c)
{
	c = redact_lower(c);
	return c >= 'a' && c <= 'z';
}

/* Of a word: letters, digits and whatever is not ASCII. */
static inline bool
redact_is_word(char c)
{
	return redact_is_digit(c) || redact_is_letter(c) || (uint8_t)c >= 0x80;
}

#endif
