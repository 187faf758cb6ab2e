/* ending.c - a list of callbacks that are called once, at the end. */
#include "daemon/net/ending.h"

#include <stddef.h>
#include <stdlib.h>

struct ending {
	struct ending *next;
	uint64_t token;
	ending_fn *end;
	void *who;
};

bool
endings_add(struct ending **list, uint64_t token, ending_fn *end, void *who)
{
	struct ending *ending = malloc(sizeof(*ending));
	if (!ending)
		return false;
	*ending = (struct ending){ *list, token, end, who };
	*list = ending;
	return true;
}

void
endings_cancel(struct ending **list, uint64_t token)
{
	while (*list && (*list)->token != token)
		list = &(*list)->next;
	struct ending *ending = *list;
	if (!ending)
		return;
	*list = ending->next;
	free(ending);
}

void
endings_run(struct ending **list)
{
	while (*list) {
		struct ending *ending = *list;
		*list = ending->next;
		ending->end(ending->who);
		free(ending);
	}
}
