#include "daemon/core/subject.h"

#include <assert.h>

#include "daemon/core/detect/week.h"

enum { HAZARDS = 32 };

static_assert(SUBJECT_RULES == SUBJECT_RULE_HAZARD + HAZARDS,
    "an id for each hazard");

struct subject
subject_of(const struct facts *facts, const struct subject_words *words)
{
	uint32_t hazards = facts->hazards & words->grave;

	if (!hazards)
		hazards = facts->hazards;
	if (facts->mode != words->unstated || !hazards)
		return (struct subject){ .mode = facts->mode };
	return (struct subject){ .hazard = (uint8_t)__builtin_ctz(hazards) };
}

bool
subject_is_severe(const struct facts *facts, const struct subject_words *words)
{
	return facts->hazards & words->grave;
}

uint16_t
subject_weight(const struct facts *facts)
{
	if (facts->marks & FACT_NO_CASE_MODE || facts->discount > WEIGHT_CASE)
		return 0;
	return (uint16_t)(WEIGHT_CASE - facts->discount);
}

uint16_t
subject_volume(const struct facts *facts)
{
	uint16_t weight = subject_weight(facts);
	unsigned whole = facts->doubts & DOUBTS_WHOLE;

	if (facts->doubts & DOUBT_FLOOD)
		return 0;
	if (weight || whole != DOUBT_PACED || facts->marks & FACT_NO_CASE_MODE)
		return weight;
	return facts->doubts & (DOUBT_PROBATION | DOUBT_TRUST) ? WEIGHT_CASE / 2
							       : WEIGHT_CASE;
}

uint16_t
subject_week(const struct facts *facts, uint16_t received, uint16_t now)
{
	uint16_t week =
	    facts->is_backfill ? week_of_day(facts->filed) : received;

	if (week < now)
		return week;
	return facts->is_backfill && now ? (uint16_t)(now - 1) : now;
}

uint32_t
subject_rule(struct subject subject)
{
	return subject.mode ? SUBJECT_RULE_MODE
			    : SUBJECT_RULE_HAZARD + (uint32_t)subject.hazard;
}

bool
subject_of_rule(uint32_t rule, uint16_t mode, struct subject *subject)
{
	if (rule < SUBJECT_RULE_MODE || rule >= SUBJECT_RULES)
		return false;
	*subject = (struct subject){ .mode = mode };
	if (rule >= SUBJECT_RULE_HAZARD)
		subject->hazard = (uint8_t)(rule - SUBJECT_RULE_HAZARD);
	return (rule == SUBJECT_RULE_MODE) == (mode != 0);
}
