/*
 * alarm.h - the life cycle of an alert: quiet, watched, held, open, subsiding,
 * closed, open again as the next episode; updates at milestones only.
 */
#ifndef TOCSIN_CORE_ALARM_H
#define TOCSIN_CORE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/alarm_state.h"
#include "daemon/core/rule.h"

enum {
	ALARM_QUIET_DAYS = 56,    /* without a report: closed */
	ALARM_FIRING_DAYS = 28,   /* open at least so long before subsiding */
	ALARM_UNMET_DAYS = 28,    /* a rule no longer met so long: subsiding */
	ALARM_UNLIKELY_DAYS = 56, /* the same of a statistic: 8 weeks */
};

/* What a rule or a detector says now. */
enum finding { FINDING_NOTHING, FINDING_WATCH, FINDING_HELD, FINDING_RING };

struct alarm_finding {
	enum finding level;
	enum alarm_hold hold; /* of FINDING_HELD */
	const struct rule_counts *counts;
	uint32_t sources;   /* that the group ever heard of: where the window is
			     full, milestones follow these; 0 not known */
	int32_t quiet_days; /* up to today, without a break: the rule was not
			       met; a statistic's score below 0 and its IC025
			       at most 0 */
	int32_t remedied;   /* day of a fix or recall after which reports, filed
			     later, ring by themselves; 0 none */
};

/* The milestone reached by this many sources: 0 1 2 3 5 10 20 50 100 200... */
uint32_t alarm_milestone(uint32_t sources);

/*
 * Distinct sources since its episode began; at least so many where the window
 * is full and the group's are not known.
 */
uint32_t alarm_sources(const struct alarm *alarm,
    const struct alarm_finding *finding);

/*
 * What follows for this alarm (status QUIET for one never raised, its id,
 * product and mode set by the caller) from what its rule finds today.  Edits
 * alarm and returns what to announce, or CHANGE_NONE (last_filed may have
 * moved all the same).
 *
 *   quiet, closed   WATCH, HELD, RAISED, or REGRESSED after a remedy: the
 *                   next episode; of one that closed a report must be filed
 *                   later than any that episode counted
 *   withdrawn       the same, in the same episode while it would still be open
 *   watch           HELD, RAISED
 *   held            RELEASED when the finding rings by itself
 *   open            UPDATED at a milestone of sources and when the highest
 *                   severity rises to harm; REGRESSED once a remedy;
 *                   SUBSIDING after ALARM_FIRING_DAYS at least
 *   subsiding       RAISED, in the same episode; UPDATED as above
 *
 * Raised, released and regressed, an alert is open.  One that may have been
 * quiet long enough is aged first.  Of one that a person closed, the caller
 * counts reports filed after alarm->closed only.
 */
enum alarm_change alarm_step(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today);

/* Is it one of those that time may close: watch, held, open, subsiding? */
bool alarm_may_age(const struct alarm *alarm);
/* Has it been published and is not over: open or subsiding? */
bool alarm_is_open(const struct alarm *alarm);

/*
 * Close one once today is ALARM_QUIET_DAYS after last_filed: CHANGE_CLOSED or
 * CHANGE_NONE.  What was never published was no episode.
 */
enum alarm_change alarm_age(struct alarm *alarm, int32_t today);

/*
 * Its evidence went to another product, or was taken back: WITHDRAWN.  And the
 * evidence is back, or was counted anew with another product's: open, in the
 * same episode when it was withdrawn, else in the next.
 */
void alarm_withdraw(struct alarm *alarm);
void alarm_recount(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today);

/* Who hears of a change. */
enum alarm_audience {
	AUDIENCE_ALL,
	AUDIENCE_LISTED,  /* muted: all may look it up, only those who are
			     trusted are told */
	AUDIENCE_TRUSTED, /* watched or held */
};
/* Before is as it stood (zeroed for a new one), after as it is announced. */
enum alarm_audience alarm_audience(const struct alarm *before,
    const struct alarm *after, enum alarm_change change);

/* Its status as a reader may know it; QUIET: not at all. */
enum alarm_status alarm_seen(const struct alarm *alarm, bool is_trusted);

#endif
