#include "daemon/intake/ring.h"

#include <string.h>

#include "daemon/core/finding.h"
#include "daemon/core/response.h"
#include "daemon/intake/announce.h"
#include "daemon/intake/findings.h"
#include "daemon/intake/gatekeeper.h"
#include "daemon/intake/kinship.h"
#include "daemon/intake/recent.h"
#include "daemon/store/rows.h"

static void
try_rule(struct intake *intake, const struct rule *rule, struct recent *recent)
{
	struct findings findings;

	if (findings_make(intake, recent, rule, &findings))
		findings_follow(intake, &findings);
}

void
ring_report(struct intake *intake, const struct facts *facts)
{
	struct recent recent[2];
	bool is_read[2] = { false, false };
	struct family family;
	const struct product_note *note;
	uint32_t unstated;

	if (facts->is_backfill || !intake->rules->count ||
	    intake->projection.result)
		return;
	unstated = intake_unstated(intake);
	if (!intake_family(intake, facts->product, &family))
		return;
	note = intake_product(intake, family.root);
	if (!note || note->level == LEVEL_CATEGORY)
		return;
	for (unsigned i = 0; i < intake->rules->count; i++) {
		const struct rule *rule = &intake->rules->rule[i];
		unsigned which = rule->scope == SCOPE_MODE;
		struct recent *one = &recent[which];

		/* What nobody named is not the same fault. */
		if (which && facts->mode == unstated)
			continue;
		if (!rule_concerns(rule, facts, note->category,
			intake->vocabulary))
			continue;
		if (!is_read[which])
			is_read[which] = recent_read(intake, &family,
			    which ? facts->mode : 0, one);
		if (is_read[which])
			try_rule(intake, rule, one);
	}
}

/*
 * Time has closed it: with the counts of the window that ended with its last
 * report, if there are any.
 */
static void
close_quiet(struct intake *intake, const struct rule *rule,
    const struct window *window, struct alarm *alarm)
{
	struct rule_counts counts = { 0 };
	struct announcement news = { .change = CHANGE_CLOSED,
		.rule = rule,
		.counts = &counts };

	if (window)
		rule_count(rule, window, alarm->last_filed, &counts);
	if (counts.reports)
		announce(intake, alarm, &news);
	else
		announce_again(intake, alarm, CHANGE_CLOSED);
}

/* A rule that has not been met for long lets its alert subside. */
static void
try_subsiding(struct intake *intake, const struct rule *rule,
    struct recent *recent, const struct window *window)
{
	struct findings findings;

	if (!findings_make(intake, recent, rule, &findings))
		return;
	if (!findings.has_explanation)
		findings.finding.quiet_days =
		    finding_quiet_days(rule, window, intake_today(intake));
	findings_follow(intake, &findings);
}

/* One open alert with the day.  True when it is no longer open. */
static bool
age_alert(struct intake *intake, uint32_t id)
{
	struct recent recent;
	struct family family;
	const struct rule *rule;
	const struct window *window = NULL;
	struct alarm alarm;

	if (!announce_read(intake, id, &alarm) || !alarm_may_age(&alarm))
		return true;
	rule = intake_rule(intake, alarm.rule);
	if (rule && intake_family(intake, alarm.product, &family) &&
	    recent_read(intake, &family, alarm.mode, &recent) &&
	    recent_window(intake, &recent, &window))
		finding_last(rule, window, intake_today(intake), &alarm);
	if (alarm_age(&alarm, intake_today(intake)) != CHANGE_NONE) {
		close_quiet(intake, rule, window, &alarm);
		return true;
	}
	if (window)
		try_subsiding(intake, rule, &recent, window);
	return false;
}

/* Mutes end with the day that was said. */
static void
end_mutes(struct intake *intake)
{
	for (unsigned i = intake->mutes.count; i-- > 0;) {
		uint32_t id = mutes_alert(&intake->mutes, i);
		struct alarm alarm;

		if (!intake->projection.result &&
		    announce_read(intake, id, &alarm) &&
		    response_end_mute(&alarm, intake_today(intake)) !=
			CHANGE_NONE)
			announce_again(intake, &alarm, CHANGE_UNMUTED);
	}
}

void
ring_age(struct intake *intake)
{
	unsigned kept = 0;

	end_mutes(intake);
	for (unsigned i = 0; i < intake->nopen; i++) {
		uint32_t id = intake->open_alerts[i];

		if (intake->projection.result || !age_alert(intake, id))
			intake->open_alerts[kept++] = id;
	}
	intake->nopen = kept;
	intake_close_frame(intake);
}

/* One alert that is held, as its rule and the gates find it now. */
static void
look_again(struct intake *intake, const struct alarm *alarm)
{
	const struct rule *rule = intake_rule(intake, alarm->rule);
	struct findings findings;
	struct recent recent;
	struct family family;

	if (rule && intake_family(intake, alarm->product, &family) &&
	    recent_read(intake, &family, alarm->mode, &recent) &&
	    findings_make(intake, &recent, rule, &findings))
		findings_follow(intake, &findings);
}

void
ring_bursts(struct intake *intake)
{
	uint32_t product;

	while (!intake->projection.result &&
	    (product = gatekeeper_ended(intake))) {
		unsigned nopen = intake->nopen;
		struct family family;
		struct alarm alarm;

		if (!intake_family(intake, product, &family))
			continue;
		for (unsigned i = 0; i < nopen; i++)
			if (announce_read(intake, intake->open_alerts[i],
				&alarm) &&
			    alarm.status == ALARM_HELD &&
			    alarm.product == family.root)
				look_again(intake, &alarm);
	}
	intake_close_frame(intake);
}

int
ring_load(struct intake *intake)
{
	uint64_t last = projection_counter(&intake->projection, COUNTER_ALERTS);
	struct alarm alarm;

	intake->nopen = 0;
	mutes_fini(&intake->mutes);
	for (uint32_t id = 1; id <= last; id++) {
		if (!announce_read(intake, id, &alarm))
			continue;
		if (alarm_may_age(&alarm))
			announce_remember(intake, id);
		if (alarm.muted_seq && !intake->projection.result)
			intake->projection.result =
			    mutes_load(&intake->mutes, intake->store, &alarm);
	}
	return intake->projection.result;
}
