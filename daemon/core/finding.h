/*
 * finding.h - what a rule makes of a group's recent reports, for its alarm:
 * does it ring or watch, since when is it quiet, and has the alarm still what
 * it was raised for?
 */
#ifndef TOCSIN_CORE_FINDING_H
#define TOCSIN_CORE_FINDING_H

#include "daemon/core/alarm.h"

/* FINDING_RING, FINDING_WATCH or FINDING_NOTHING. */
enum finding finding_level(const struct rule *rule,
    const struct rule_counts *counts);

/*
 * For how many days up to today the rule has not been met; beyond
 * ALARM_UNMET_DAYS it is not looked for.
 */
int32_t finding_quiet_days(const struct rule *rule, const struct window *window,
    int32_t today);

/*
 * Move alarm->last_filed to the day of the last report that concerned the
 * rule: updates are announced at milestones only, so the alarm may know of an
 * older one.
 */
void finding_last(const struct rule *rule, const struct window *window,
    int32_t today, struct alarm *alarm);

/*
 * Is the rule met by what is left, today or in the window that ended with the
 * newest of it?  An alert that only grew old is left to close by itself, and
 * so is one that reports were pushed out of the window for.
 */
bool finding_has_evidence(const struct rule *rule, const struct alarm *alarm,
    const struct window *window, int32_t today);

#endif
