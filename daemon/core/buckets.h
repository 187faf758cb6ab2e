/*
 * buckets.h - the token buckets of many who are known by a name only, in a
 * table of fixed size: memory does not grow with those who come.  Hashing is
 * keyed, so that nobody can choose where his name falls; at most
 * BUCKETS_PROBES rows are looked at.  Pure but for the allocation: time, in
 * microseconds of a clock that never goes back, and the key are arguments.
 * One thread at a time.
 */
#ifndef TOCSIN_CORE_BUCKETS_H
#define TOCSIN_CORE_BUCKETS_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/core/bucket.h"

enum {
	BUCKETS_PROBES = 16,
	BUCKETS_EACH = 2, /* of one name: a short rate and a long one */
};

struct buckets;

struct buckets_row {
	uint64_t hash; /* of the name; 0: never used */
	struct bucket bucket[BUCKETS_EACH];
};

/*
 * rows, a power of two from BUCKETS_PROBES on, 24 bytes each; key should be
 * random.  NULL when out of memory.  free accepts NULL.
 */
struct buckets *buckets_new(uint32_t rows, const uint8_t key[16]);
void buckets_free(struct buckets *buckets);

/*
 * The row of a name, valid until the next call: its own, or one whose buckets
 * are all full, made its own.  NULL when all that may hold it are in use: the
 * table is full for this name.
 */
struct buckets_row *buckets_find(struct buckets *buckets, struct text name,
    int64_t now_us);

#endif
