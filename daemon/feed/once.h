/*
 * once.h - has this been seen before?  A growing set of 64-bit keys, 16 to 32
 * bytes each.  One thread.
 */
#ifndef TOCSIN_FEED_ONCE_H
#define TOCSIN_FEED_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty and valid. */
struct once {
	uint64_t *slot; /* owned; 0 is free */
	size_t mask, count;
	bool failed; /* memory ran out: everything is new from here on */
};

/* Enter a key; true when it was not there.  0 never is. */
bool once_add(struct once *once, uint64_t key);

/* Release it. */
void once_free(struct once *once);

#endif
