/*
 * findings.h - what a rule finds in a group now, and the alarm it is found
 * for: the counts since a person closed it, what the gates say of who tells of
 * it, and whether it rings after a declared remedy.  Writer thread; faults
 * stick in the projection.
 */
#ifndef TOCSIN_INTAKE_FINDINGS_H
#define TOCSIN_INTAKE_FINDINGS_H

#include "daemon/intake/announce.h"
#include "daemon/intake/explanation.h"
#include "daemon/intake/recent.h"

struct findings {
	const struct rule *rule;
	struct alarm alarm;
	struct rule_counts counts;
	struct alarm_finding finding; /* borrows counts */
	bool has_explanation;         /* the statistic's */
	struct explanation explanation;
};

/*
 * Fill from the group.  False, without a look at the reports, when the rule
 * cannot be met and nothing was raised.
 */
bool findings_make(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct findings *findings);

/* Take the alarm's step, and publish what follows. */
void findings_follow(struct intake *intake, struct findings *findings);

/* The same, of a change that was decided; replaces may be NULL. */
void findings_announce(struct intake *intake, struct findings *findings,
    enum alarm_change change, const uint32_t *replaces);

#endif
