/*
 * recent.h - a group as rules look at it: its counts, its recent reports and
 * its alarms, read through the root of its family.  Writer thread; faults
 * stick in the projection.
 */
#ifndef TOCSIN_INTAKE_RECENT_H
#define TOCSIN_INTAKE_RECENT_H

#include "daemon/core/alarm.h"
#include "daemon/intake/intake.h"
#include "daemon/store/family.h"

/* Copied, since events rewrite the rows. */
struct recent {
	const struct family *family;
	uint16_t mode; /* 0: all */
	uint32_t reports, cases, sources, organisations;
	unsigned nalarms;
	bool has_window;
	struct group_row row;
};

/* The counts; false when the group never counted anything. */
bool recent_read(struct intake *intake, const struct family *family,
    uint16_t mode, struct recent *recent);

/* The reports, read when first asked for; false on a fault. */
bool recent_window(struct intake *intake, struct recent *recent,
    const struct window **window);

/* The root's alarm of this rule; a quiet one when none was raised. */
void recent_alarm(struct intake *intake, const struct recent *recent,
    const struct rule *rule, struct alarm *alarm);

/*
 * What the rule counts today.  False, without a look at the reports, when it
 * cannot be met and nothing was raised.
 */
bool recent_count(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct rule_counts *counts);

/* What the rule finds, given its counts; borrows them. */
void recent_find(const struct recent *recent, const struct rule *rule,
    const struct rule_counts *counts, struct alarm_finding *finding);

#endif
