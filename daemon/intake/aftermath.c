#include "daemon/intake/aftermath.h"

#include "daemon/core/finding.h"
#include "daemon/intake/announce.h"
#include "daemon/intake/findings.h"

/* An alert that lost its evidence, for the one that has it now. */
struct lost {
	uint32_t rule, alert;
};

struct aftermath {
	struct intake *intake;
	struct family family; /* being looked at */
	int category;
	struct recent recent;
	struct lost lost[RULES_MAX + SUBJECT_RULES]; /* of this mode */
	unsigned nlost;
};

/* Whom the product is read through; false when nothing of it ever rings. */
static bool
enter(struct aftermath *after, uint32_t product)
{
	const struct product_note *note;

	if (!intake_family(after->intake, product, &after->family))
		return false;
	note = intake_product(after->intake, after->family.root);
	if (!note || note->level == LEVEL_CATEGORY)
		return false;
	after->category = note->category;
	return true;
}

static void
try_lost(struct aftermath *after, const struct rule *rule)
{
	struct intake *intake = after->intake;
	struct rule_counts counts;
	struct announcement news = { .rule = rule,
		.counts = &counts,
		.change = CHANGE_WITHDRAWN };
	const struct window *window;
	struct alarm alarm;

	recent_alarm(intake, &after->recent, rule, &alarm);
	if (!alarm_may_age(&alarm) ||
	    !recent_window(intake, &after->recent, &window) ||
	    finding_has_evidence(rule, &alarm, window, intake_today(intake)))
		return;
	rule_count(rule, window, intake_today(intake), &counts);
	alarm_withdraw(&alarm);
	after->lost[after->nlost++] = (struct lost){ rule->id, alarm.id };
	if (counts.reports)
		announce(intake, &alarm, &news);
	else
		announce_again(intake, &alarm, CHANGE_WITHDRAWN);
}

static void
try_gained(struct aftermath *after, const struct rule *rule)
{
	struct intake *intake = after->intake;
	const uint32_t *replaces = NULL;
	struct findings findings;
	enum alarm_change change;

	if (!rule_is_for(rule, after->category, intake->vocabulary) ||
	    !findings_make(intake, &after->recent, rule, &findings))
		return;
	change = alarm_step(&findings.alarm, rule, &findings.finding,
	    intake_today(intake));
	for (unsigned i = 0; i < after->nlost; i++)
		if (after->lost[i].rule == rule->id)
			replaces = &after->lost[i].alert;
	findings_announce(intake, &findings, change, replaces);
}

/* Every rule on one group of the family. */
static void
try_group(struct aftermath *after, uint16_t mode,
    void (*try)(struct aftermath *after, const struct rule *rule))
{
	struct intake *intake = after->intake;
	const struct rules *rules = intake->rules;

	if (!recent_read(intake, &after->family, mode, &after->recent))
		return;
	for (unsigned i = 0; i < rules->count; i++)
		if ((rules->rule[i].scope == SCOPE_MODE) == (mode != 0) &&
		    !intake->projection.result)
			try(after, &rules->rule[i]);
	for (uint32_t id = SUBJECT_RULE_MODE; id < SUBJECT_RULES; id++) {
		const struct rule *rule = statistic_rule(intake->statistic, id);

		if (rule && after->recent.nalarms && try == try_lost &&
		    (rule->scope == SCOPE_MODE) == (mode != 0) &&
		    !intake->projection.result)
			try(after, rule);
	}
}

void
aftermath_tell(struct intake *intake, const struct regroup_move *move)
{
	struct aftermath after = { .intake = intake };
	const uint16_t modes[2] = { move->mode, 0 };
	uint32_t root;

	if (!move->is_live)
		return;
	root = enter(&after, move->from) ? after.family.root : 0;
	if (enter(&after, move->to) && after.family.root == root)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (modes[i] && modes[i] == intake_unstated(intake))
			continue;
		after.nlost = 0;
		if (root && enter(&after, move->from))
			try_group(&after, modes[i], try_lost);
		if (enter(&after, move->to))
			try_group(&after, modes[i], try_gained);
	}
}

void
aftermath_left(struct intake *intake, uint32_t product, uint16_t mode)
{
	struct aftermath after = { .intake = intake };
	const uint16_t modes[2] = { mode, 0 };

	for (unsigned i = 0; i < 2; i++)
		if ((i || (mode && mode != intake_unstated(intake))) &&
		    !intake->projection.result && enter(&after, product)) {
			after.nlost = 0;
			try_group(&after, modes[i], try_lost);
		}
}
