#include "daemon/intake/findings.h"

#include "daemon/intake/gatekeeper.h"
#include "daemon/intake/remedies.h"
#include "daemon/intake/trigger.h"

/* Count only what was filed after a day. */
static void
count_after(const struct findings *findings, const struct window *window,
    int32_t after, int32_t today, struct rule_counts *counts)
{
	struct rule narrow = *findings->rule;

	if (today - after - 1 < narrow.window_days)
		narrow.window_days = today - after - 1;
	if (narrow.window_days < 0)
		*counts = (struct rule_counts){ .from = today, .to = today };
	else
		rule_count(&narrow, window, today, counts);
}

/* The newest remedy since the episode began that the rule rings after. */
static int32_t
find_regression(struct intake *intake, struct recent *recent,
    const struct findings *findings)
{
	const struct alarm *alarm = &findings->alarm;
	int32_t remedied, today = intake_today(intake);
	const struct window *window;
	struct rule_counts counts;

	if (alarm->public_status == ALARM_QUIET ||
	    findings->finding.level != FINDING_RING)
		return 0;
	remedied =
	    remedies_newest(&intake->projection, recent->family, recent->mode);
	if (remedied < alarm->opened || remedied <= alarm->remedied ||
	    !recent_window(intake, recent, &window))
		return 0;
	count_after(findings, window,
	    remedied > alarm->closed ? remedied : alarm->closed, today,
	    &counts);
	return rule_is_met(findings->rule, &counts) ? remedied : 0;
}

bool
findings_make(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct findings *findings)
{
	struct alarm *alarm = &findings->alarm;
	const struct window *window;
	struct gate_answer gate;

	findings->rule = rule;
	if (!recent_count(intake, recent, rule, &findings->counts))
		return false;
	recent_alarm(intake, recent, rule, alarm);
	if (alarm->status == ALARM_CLOSED && alarm->closed &&
	    recent_window(intake, recent, &window))
		count_after(findings, window, alarm->closed,
		    intake_today(intake), &findings->counts);
	recent_find(recent, rule, &findings->counts, &findings->finding);
	findings->has_explanation = false;
	/* The statistic's rules say what is shown, not what rings. */
	if (statistic_rule(intake->statistic, rule->id) != rule)
		(void)gatekeeper_pass(intake, recent, findings, &gate);
	else if (!trigger_find(intake, recent, rule, findings))
		findings->finding.level = FINDING_NOTHING;
	findings->finding.remedied = find_regression(intake, recent, findings);
	return true;
}

void
findings_announce(struct intake *intake, struct findings *findings,
    enum alarm_change change, const uint32_t *replaces)
{
	struct announcement news = { .change = change,
		.rule = findings->rule,
		.counts = &findings->counts,
		.explanation =
		    findings->has_explanation ? &findings->explanation : NULL,
		.replaces = replaces,
		.nreplaces = replaces != NULL };

	if (change == CHANGE_NONE)
		return;
	if (findings->counts.is_at_least)
		news.sources =
		    alarm_sources(&findings->alarm, &findings->finding);
	announce(intake, &findings->alarm, &news);
}

void
findings_follow(struct intake *intake, struct findings *findings)
{
	enum alarm_change change = alarm_step(&findings->alarm, findings->rule,
	    &findings->finding, intake_today(intake));

	findings_announce(intake, findings, change, NULL);
}
