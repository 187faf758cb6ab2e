/*
 * pool.h - many small texts, kept until all of them go.  One thread.
 */
#ifndef TOCSIN_FEED_POOL_H
#define TOCSIN_FEED_POOL_H

#include <stdbool.h>

#include "base/text.h"

/* Zeroed is empty. */
struct pool {
	struct pool_block *blocks; /* owned list */
};

/* Free the texts; the pool is empty again. */
void pool_free(struct pool *pool);

/* Copy the text and let it point to the copy; false when out of memory. */
bool pool_keep(struct pool *pool, struct text *text);

#endif
