/*
 * alarm_totals.h - how many alerts each basis raised, and what people said of
 * them: what a budget of false alarms is measured by.
 */
#ifndef TOCSIN_CORE_ALARM_TOTALS_H
#define TOCSIN_CORE_ALARM_TOTALS_H

#include "daemon/core/alarm.h"

enum { ALARM_BASES = BASIS_HAZARD + 1, ALARM_WEEKS = 52 };

/* A stored row, fixed layout; zeroed before the first alert. */
struct alarm_totals {
	struct alarm_basis_totals {
		uint32_t raised; /* published: first, again, or released */
		uint32_t judged_true, judged_false; /* episodes */
		int32_t since;                      /* day of the first raised;
						       0 none */
	} basis[ALARM_BASES];                       /* by enum rule_basis */
	/* Of the statistic: raised in week w, at w modulo ALARM_WEEKS. */
	uint16_t week; /* newest that one was raised in; 0 none */
	uint16_t raised[ALARM_WEEKS];
	uint16_t reserved; /* 0 */
};

/*
 * Count a change: after is the alarm as announced, before as it stood (zeroed
 * for a new one), day that of the event.  Judging again replaces.
 */
void alarm_totals_count(struct alarm_totals *totals, const struct alarm *before,
    const struct alarm *after, enum alarm_change change, int32_t day);

/* Does this change, as announced, mean that an alert rang for all? */
bool alarm_totals_is_raise(const struct alarm *after, enum alarm_change change);

/*
 * Alerts that the statistic raised in the 52 weeks that end with that of day,
 * and how many of these weeks lie since the first of them, from 1; 0 before.
 */
uint32_t alarm_totals_recent(const struct alarm_totals *totals, int32_t day,
    uint32_t *weeks);

#endif
