/*
 * later.h - calls that read much of the log on the loop: one a turn, so that
 * nobody else waits for longer than one of them takes.  Loop thread.
 */
#ifndef TOCSIN_CALLS_LATER_H
#define TOCSIN_CALLS_LATER_H

#include <stdbool.h>

#include "daemon/net/loop.h"

/* Embedded as a member of what it carries. */
struct later {
	struct later *next;
	void (*run)(struct later *later); /* frees it */
};

/* Zeroed but for the loop is empty and valid. */
struct laters {
	struct loop *loop; /* borrowed */
	struct later *first, *last;
	bool is_due; /* a turn is asked for */
};

/* Run it in a turn of its own; at once when memory is out. */
void later_put(struct laters *laters, struct later *later);

/* Run all that is left: the loop turns no more. */
void laters_finish(struct laters *laters);

#endif
