/* holding.h - the subscriptions of one session and their ids.  Loop thread. */
#ifndef TOCSIN_NET_HOLDING_H
#define TOCSIN_NET_HOLDING_H

#include <stdbool.h>
#include <stdint.h>

struct subscription;

struct held {
	struct subscription *subscription; /* the hub's */
	uint32_t id;
};

/* Zeroed is empty and valid. */
struct holding {
	struct held *item; /* owned */
	unsigned count;
	uint32_t last_id;
};

/* Keep one under the next id, from 1; false when memory is out. */
bool holding_add(struct holding *holding, struct subscription *subscription,
    uint32_t *id);

/* The one of that id, or NULL. */
struct subscription *holding_find(const struct holding *holding, uint32_t id);

/* Forget one; false when it was not held. */
bool holding_drop(struct holding *holding, struct subscription *subscription);

/* Release the memory; the subscriptions are the caller's. */
void holding_free(struct holding *holding);

#endif
