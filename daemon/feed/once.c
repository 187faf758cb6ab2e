#include "daemon/feed/once.h"

#include <stdlib.h>

enum { SLOTS_MIN = 1024 };

static uint64_t *
slot_of(const struct once *once, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20);

	while (
	    once->slot[at & once->mask] && once->slot[at & once->mask] != key)
		at++;
	return &once->slot[at & once->mask];
}

/* Half of the slots stay free. */
static bool
grow(struct once *once)
{
	size_t slots = once->slot ? 2 * (once->mask + 1) : SLOTS_MIN;
	struct once grown = { .mask = slots - 1, .count = once->count };

	if (once->slot && 2 * once->count <= once->mask)
		return true;
	grown.slot = calloc(slots, sizeof(*grown.slot));
	if (!grown.slot) {
		once->failed = true;
		return false;
	}
	for (size_t i = 0; once->slot && i <= once->mask; i++)
		if (once->slot[i])
			*slot_of(&grown, once->slot[i]) = once->slot[i];
	free(once->slot);
	*once = grown;
	return true;
}

bool
once_add(struct once *once, uint64_t key)
{
	uint64_t *slot;

	if (!key || once->failed || !grow(once))
		return true;
	slot = slot_of(once, key);
	if (*slot)
		return false;
	*slot = key;
	once->count++;
	return true;
}

void
once_free(struct once *once)
{
	free(once->slot);
	*once = (struct once){ 0 };
}
