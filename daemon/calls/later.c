#include "daemon/calls/later.h"

#include <stddef.h>

static void
run_first(struct laters *laters)
{
	struct later *later = laters->first;

	laters->first = later->next;
	if (!laters->first)
		laters->last = NULL;
	later->run(later);
}

static void
turn(void *who)
{
	struct laters *laters = who;

	laters->is_due = false;
	if (!laters->first)
		return;
	run_first(laters);
	if (!laters->first || laters->is_due)
		return;
	laters->is_due = loop_soon(laters->loop, turn, laters);
	if (!laters->is_due)
		laters_finish(laters);
}

void
later_put(struct laters *laters, struct later *later)
{
	later->next = NULL;
	if (laters->last)
		laters->last->next = later;
	else
		laters->first = later;
	laters->last = later;
	if (laters->is_due)
		return;
	laters->is_due = loop_soon(laters->loop, turn, laters);
	if (!laters->is_due)
		laters_finish(laters);
}

void
laters_finish(struct laters *laters)
{
	while (laters->first)
		run_first(laters);
}
