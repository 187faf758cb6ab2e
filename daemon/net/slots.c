/* slots.c - a handle is a slot's index and how often the slot was used. */
#include "daemon/net/slots.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct slot {
	void *thing;         /* NULL: free */
	uint32_t generation; /* from 1 */
	uint32_t next_free;
};

static bool
grow(struct slots *slots)
{
	uint32_t count = slots->nslots ? slots->nslots * 2 : 16;
	struct slot *slot = realloc(slots->slot, count * sizeof(*slot));
	if (!slot)
		return false;
	for (uint32_t i = count; i-- > slots->nslots;) {
		slot[i] = (struct slot){ NULL, 1, slots->first_free };
		slots->first_free = i + 1;
	}
	slots->slot = slot;
	slots->nslots = count;
	return true;
}

uint64_t
slots_take(struct slots *slots, void *thing)
{
	assert(thing);
	if (slots->first_free == 0 && !grow(slots))
		return 0;
	uint32_t index = slots->first_free - 1;
	struct slot *slot = &slots->slot[index];
	slots->first_free = slot->next_free;
	slots->count++;
	slot->thing = thing;
	return (uint64_t)slot->generation << 32 | index;
}

void *
slots_find(const struct slots *slots, uint64_t handle)
{
	uint32_t index = (uint32_t)handle;
	if (index >= slots->nslots)
		return NULL;
	const struct slot *slot = &slots->slot[index];
	return slot->generation == handle >> 32 ? slot->thing : NULL;
}

void
slots_release(struct slots *slots, uint64_t handle)
{
	uint32_t index = (uint32_t)handle;
	assert(slots_find(slots, handle));
	struct slot *slot = &slots->slot[index];
	slot->thing = NULL;
	slots->count--;
	/* After four thousand million uses a slot is left to rest. */
	if (++slot->generation == 0)
		return;
	slot->next_free = slots->first_free;
	slots->first_free = index + 1;
}

void *
slots_each(const struct slots *slots, uint32_t *at)
{
	while (*at < slots->nslots) {
		void *thing = slots->slot[(*at)++].thing;
		if (thing)
			return thing;
	}
	return NULL;
}

void
slots_free(struct slots *slots)
{
	free(slots->slot);
	*slots = (struct slots){ 0 };
}
