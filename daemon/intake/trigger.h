/*
 * trigger.h - after a report was counted: does the statistic ring?  The score
 * of its stream against the threshold that the budget sets, then the gates,
 * then the alarm's life cycle, as of any rule.  Writer thread; faults stick in
 * the projection.
 */
#ifndef TOCSIN_INTAKE_TRIGGER_H
#define TOCSIN_INTAKE_TRIGGER_H

#include "daemon/intake/findings.h"

/* What the last report says: its alert goes out with it. */
void trigger_report(struct intake *intake);

/*
 * What the statistic says now of an alarm of its own, for a day that begins or
 * a person who acts: fills findings, also its explanation.  False when nothing
 * is left to look at.
 */
bool trigger_find(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct findings *findings);

/* Its thresholds, as they stand. */
struct trigger_budget {
	double per_week;  /* false alerts allowed */
	double scale;     /* of thresholds, from what people judged */
	uint64_t streams; /* followed, of which ... */
	uint64_t severe;  /* ... of a designated hazard */
	double threshold, threshold_severe; /* N */
	uint16_t since; /* week it rings from; 0: no estimate yet */
	uint16_t week;  /* that of the newest estimate */
	double weeks, weeks_at_scale_1; /* budget.h */
};
void trigger_budget_read(struct intake *intake, struct trigger_budget *budget);

#endif
