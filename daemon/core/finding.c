#include "daemon/core/finding.h"

enum finding
finding_level(const struct rule *rule, const struct rule_counts *counts)
{
	if (rule_is_met(rule, counts))
		return FINDING_RING;
	return rule_is_watch(rule, counts) ? FINDING_WATCH : FINDING_NOTHING;
}

int32_t
finding_quiet_days(const struct rule *rule, const struct window *window,
    int32_t today)
{
	struct rule_counts counts;
	int32_t days = 0;

	for (; days <= ALARM_UNMET_DAYS; days++) {
		rule_count(rule, window, today - days, &counts);
		if (rule_is_met(rule, &counts))
			break;
	}
	return days;
}

/* As far back as a window remembers. */
static void
count_all(const struct rule *rule, const struct window *window, int32_t today,
    struct rule_counts *counts)
{
	struct rule wide = *rule;

	wide.window_days = WINDOW_DAYS;
	rule_count(&wide, window, today, counts);
}

void
finding_last(const struct rule *rule, const struct window *window,
    int32_t today, struct alarm *alarm)
{
	struct rule_counts counts;

	count_all(rule, window, today, &counts);
	if (counts.reports && counts.last > alarm->last_filed)
		alarm->last_filed = counts.last;
}

bool
finding_has_evidence(const struct rule *rule, const struct alarm *alarm,
    const struct window *window, int32_t today)
{
	struct rule_counts counts;

	count_all(rule, window, today, &counts);
	if (counts.is_at_least)
		return true;
	/* What was never published is watched for less than the rule asks. */
	if (!counts.reports || !alarm_is_open(alarm))
		return counts.reports > 0;
	rule_count(rule, window, counts.last, &counts);
	return rule_is_met(rule, &counts);
}
