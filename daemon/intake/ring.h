/*
 * ring.h - after a report was counted: does an alert follow?  And with the
 * day: which alerts have been quiet long enough to close?  Writer thread.
 */
#ifndef TOCSIN_INTAKE_RING_H
#define TOCSIN_INTAKE_RING_H

#include "daemon/core/aggregate.h"
#include "daemon/intake/intake.h"

/*
 * Try every rule on the report's product and (product, mode); transitions
 * become events in the open frame and notices.  Backfilled reports and
 * products known by category only never ring.
 */
void ring_report(struct intake *intake, const struct facts *facts);

/*
 * With the day: end mutes, close the alerts that have been quiet for
 * ALARM_QUIET_DAYS, let those subside whose rule has long not been met.
 */
void ring_age(struct intake *intake);

/*
 * Of products whose burst of like reports no longer holds anything, look again
 * at what is held.
 */
void ring_bursts(struct intake *intake);

/*
 * Learn which alerts are open, from the store as it is (after replay).  0, or
 * a store fault.
 */
int ring_load(struct intake *intake);

#endif
