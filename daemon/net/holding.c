/* holding.c - a short array: a session has few subscriptions. */
#include "daemon/net/holding.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool
holding_add(struct holding *holding, struct subscription *subscription,
    uint32_t *id)
{
	struct held *item =
	    realloc(holding->item, (holding->count + 1) * sizeof(*item));
	if (!item)
		return false;
	*id = ++holding->last_id;
	item[holding->count++] = (struct held){ subscription, *id };
	holding->item = item;
	return true;
}

struct subscription *
holding_find(const struct holding *holding, uint32_t id)
{
	for (unsigned i = 0; i < holding->count; i++)
		if (holding->item[i].id == id)
			return holding->item[i].subscription;
	return NULL;
}

bool
holding_drop(struct holding *holding, struct subscription *subscription)
{
	struct held *item = holding->item;
	unsigned i = 0;
	while (i < holding->count && item[i].subscription != subscription)
		i++;
	if (i == holding->count)
		return false;
	holding->count--;
	memmove(&item[i], &item[i + 1], (holding->count - i) * sizeof(*item));
	return true;
}

void
holding_free(struct holding *holding)
{
	free(holding->item);
	*holding = (struct holding){ 0 };
}
