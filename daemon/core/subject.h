/*
 * subject.h - the policy of detection in one place: which stream a report
 * feeds, with what weight, in which week.  Whoever folds reports (intake while
 * serving and in replay, exports) asks here, so that all come to the same
 * numbers.  All of it follows from facts, which stand in events.  Pure.
 */
#ifndef TOCSIN_CORE_SUBJECT_H
#define TOCSIN_CORE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/aggregate.h"

/* What must be known besides facts: as of the event. */
struct subject_words {
	uint16_t unstated; /* the mode "unstated", an ordinal; 0 not known */
	uint32_t grave;    /* hazards of which two sources ring: a mask */
};

/* What a stream of a product is about: a mode, or a hazard. */
struct subject {
	uint16_t mode;  /* 0: a hazard */
	uint8_t hazard; /* index */
};

/*
 * The failure mode when one is stated; else the gravest stated hazard, which
 * is the first of the grave ones, else the first; else the mode "unstated".
 */
struct subject subject_of(const struct facts *facts,
    const struct subject_words *words);

/* Does this report make its stream one that has more of the budget? */
bool subject_is_severe(const struct facts *facts,
    const struct subject_words *words);

/*
 * What a report counts for, in twentieths of a case: in its stream, and in the
 * volume of its category.  Nothing when it brings the mode no case, and what
 * was doubted less; a reporter of many products still counts in the volume.
 */
uint16_t subject_weight(const struct facts *facts);
uint16_t subject_volume(const struct facts *facts);

/*
 * The week a report counts in, when now is the open one: that in which it was
 * first received; backfilled, that in which it was filed, and always one that
 * is over.  0: it lies too far back to count.
 */
uint16_t subject_week(const struct facts *facts, uint16_t received,
    uint16_t now);

/*
 * The ids of the built-in rules that stand for the statistic: one for all
 * modes, one for each hazard.  No rule of a file has them.
 */
enum { SUBJECT_RULE_MODE = 1, SUBJECT_RULE_HAZARD = 2, SUBJECT_RULES = 34 };
uint32_t subject_rule(struct subject subject);

/* The subject of an alarm of this rule and mode; false: not the statistic's. */
bool subject_of_rule(uint32_t rule, uint16_t mode, struct subject *subject);

#endif
