/*
 * herald.h - alert events travel to the loop among the work they were decided
 * with, so that an alert is out before the answer that speaks of it.
 */
#ifndef TOCSIN_INTAKE_HERALD_H
#define TOCSIN_INTAKE_HERALD_H

#include <stdint.h>

#include "daemon/intake/intake.h"
#include "daemon/intake/pending.h"

/* Who is told of them, on the loop thread; outlives every notice. */
struct herald {
	void (*on_alert)(void *who, const struct alert_notice *notice);
	void *who;
};

/*
 * Writer thread: take the intake's notices up to this sequence, in order, and
 * put them where they wait for the log.  0, or -1 when out of memory.
 */
int herald_send(const struct herald *herald, struct intake *intake,
    struct pending *pending, uint64_t last);

#endif
