/*
 * gathering.h - all groups of one product, to be told to the public: what may
 * be said of one depends on the others (suppress.h).  Any thread, one at a
 * time.
 */
#ifndef TOCSIN_FEED_GATHERING_H
#define TOCSIN_FEED_GATHERING_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/aggregate.h"
#include "daemon/core/alarm.h"

struct gathered {
	uint16_t mode; /* 0: the product's own */
	size_t at, len;
	struct alarm alarm; /* id 0: none */
	bool is_withheld;
};

/* Zeroed is empty. */
struct gathering {
	struct gathered *item; /* owned */
	size_t count, cap;
	struct buf bytes; /* owned; the counts */
};

/*
 * Add one group by its row, a struct aggregate with its tallies; alarm may be
 * NULL.  The product's own comes first, if at all.  0 or STORE_MEMORY.
 */
MUST_CHECK int gathering_add(struct gathering *gathering, uint16_t mode,
    struct text row, const struct alarm *alarm);

/* The row of an item. */
struct text gathering_row(const struct gathering *gathering, size_t i);

/*
 * Say of each item whether it is withheld.  The key makes what is chosen
 * beside small counts unknown to others, and the same every time.  0 or
 * STORE_MEMORY.
 */
MUST_CHECK int gathering_judge(struct gathering *gathering, uint32_t product,
    const uint8_t hash_key[16]);

/*
 * May the public be told how badly people were hurt, of a product all of whose
 * reports are counted here?
 */
bool gathering_tells_harm(const struct aggregate *counts);

/* Empty it and keep its memory; and let go of that, too. */
void gathering_clear(struct gathering *gathering);
void gathering_fini(struct gathering *gathering);

#endif
