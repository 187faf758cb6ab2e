/*
 * casemap.h - which case every report was in at a sequence, from the headers of
 * the log alone.  Any thread.  Memory: 32 to 64 bytes for each report that ever
 * was in a case with others, 144 for each case.
 */
#ifndef TOCSIN_FEED_CASEMAP_H
#define TOCSIN_FEED_CASEMAP_H

#include <stdint.h>

#include "daemon/store/store.h"

struct casemap;

/* NULL when out of memory.  Free it with casemap_free. */
struct casemap *casemap_new(void);
void casemap_free(struct casemap *map); /* NULL is fine */

/* Walk the events 1..seq; 0 or an enum store_result. */
int casemap_read(struct casemap *map, struct store *store, uint64_t seq);

/* The case of a report, by its first sequence; alone, it is its own. */
uint64_t casemap_find(const struct casemap *map, uint64_t first_seq);

#endif
