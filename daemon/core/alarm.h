/*
 * alarm.h - the life cycle of an alert: quiet, open, closed, open again as
 * the next episode; updates at milestones only.  (watch, held, subsiding and
 * withdrawn belong to the statistical trigger and to curation; their names
 * stand here so that no number is ever reused.)
 */
#ifndef TOCSIN_CORE_ALARM_H
#define TOCSIN_CORE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/rule.h"

enum alarm_status {
	ALARM_QUIET,
	ALARM_WATCH,
	ALARM_HELD,
	ALARM_OPEN,
	ALARM_SUBSIDING,
	ALARM_CLOSED,
	ALARM_WITHDRAWN,
};

enum alarm_change {
	CHANGE_NONE,
	CHANGE_WATCH,
	CHANGE_HELD,
	CHANGE_RAISED,
	CHANGE_RELEASED,
	CHANGE_UPDATED,
	CHANGE_SUBSIDING,
	CHANGE_CLOSED,
	CHANGE_REGRESSED,
	CHANGE_MERGED,
	CHANGE_SPLIT,
	CHANGE_WITHDRAWN,
	CHANGE_MUTED,
	CHANGE_UNMUTED,
	CHANGE_ACKNOWLEDGED,
	CHANGE_COMMENTED,
	CHANGE_JUDGED,
	CHANGE_LEFT_FILTER,
};

/* The words of PROTOCOL: "open", "raised" ... */
const char *alarm_status_name(enum alarm_status status);
const char *alarm_change_name(enum alarm_change change);
/* The reverse; -1 unknown. */
int alarm_status_find(struct text name);

enum { ALARM_QUIET_DAYS = 56 };

/* What is remembered of one alert; a stored row, fixed layout. */
struct alarm {
	uint32_t id;           /* from 1 */
	uint32_t rule;         /* rule id */
	uint32_t rule_version; /* that raised this episode */
	uint32_t product;
	uint16_t mode;      /* 0: all */
	uint16_t episode;   /* from 1 */
	uint32_t milestone; /* sources last announced */
	uint8_t status;     /* enum alarm_status */
	uint8_t severity;   /* last announced */
	uint16_t reserved;  /* 0 */
	int32_t opened;     /* day */
	int32_t last_filed; /* newest counted filed day; it never goes back */
	uint32_t padding;   /* 0: no byte of a row is left unset */
	uint64_t last_seq;  /* of its newest event; 0 before the first */
};

/* The milestone reached by this many sources: 0 1 2 3 5 10 20 50 100 200... */
uint32_t alarm_milestone(uint32_t sources);

/*
 * What follows for this alarm (status QUIET for one never raised, its id,
 * product and mode set by the caller) when the rule counts so today.  Edits
 * alarm and returns what to announce, or CHANGE_NONE (last_filed may have
 * moved all the same).  RAISED for the first episode and for the next, after
 * WITHDRAWN or CLOSED, which takes a report filed later than any the closed
 * episode counted.  UPDATED at a milestone of sources and when the highest
 * severity rises to harm.  Other states are not this function's to move.  An
 * alarm that may have been quiet long enough is aged first.
 */
enum alarm_change alarm_step(struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, int32_t today);

/* Is it one of those that time may close? */
bool alarm_may_age(const struct alarm *alarm);

/*
 * Its evidence went to another product, or was taken back: WITHDRAWN.  And the
 * evidence is back, or was counted anew with another product's: open, in the
 * same episode when it was withdrawn, else in the next.
 */
void alarm_withdraw(struct alarm *alarm);
void alarm_recount(struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, int32_t today);

/*
 * Close an open one once today is ALARM_QUIET_DAYS after last_filed:
 * CHANGE_CLOSED or CHANGE_NONE.
 */
enum alarm_change alarm_age(struct alarm *alarm, int32_t today);

#endif
