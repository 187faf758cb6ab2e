/*
 * slots.h - handles for things that may go at any time: a 64-bit handle finds
 * its thing or nothing, never the thing that took its place.  Loop thread.
 */
#ifndef TOCSIN_NET_SLOTS_H
#define TOCSIN_NET_SLOTS_H

#include <stdint.h>

struct slot;

/* Zeroed is empty and valid. */
struct slots {
	struct slot *slot; /* owned */
	uint32_t nslots;
	uint32_t first_free; /* index plus one; 0: none */
	uint32_t count;      /* things held */
};

/* Hold a thing, not NULL; its handle, never 0, or 0 when out of memory. */
uint64_t slots_take(struct slots *slots, void *thing);

/* The thing, or NULL when it has been released. */
void *slots_find(const struct slots *slots, uint64_t handle);

/* Release a held thing's handle for ever. */
void slots_release(struct slots *slots, uint64_t handle);

/*
 * Walk what is held: *at begins at 0; NULL at the end.  The thing returned may
 * be released meanwhile.
 */
void *slots_each(const struct slots *slots, uint32_t *at);

/* Release the memory; the things are the caller's. */
void slots_free(struct slots *slots);

#endif
