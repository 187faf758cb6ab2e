/* nearest.h - "did you mean": the likeliest word of a list. */
#ifndef TOCSIN_BASE_NEAREST_H
#define TOCSIN_BASE_NEAREST_H

#include <stddef.h>

#include "base/text.h"

/*
 * Damerau-Levenshtein distance (optimal string alignment) of at most 64 bytes
 * of each, ASCII case ignored.
 */
unsigned nearest_distance(struct text a, struct text b);

/*
 * The word nearest to what was written, when it is within 2 edits and within
 * a third of its length; else NULL.  words has count NUL-terminated entries.
 */
const char *nearest_word(struct text written, const char *const *words,
    size_t count);

#endif
