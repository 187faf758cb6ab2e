#include "daemon/intake/reunion.h"

#include "daemon/intake/announce.h"
#include "daemon/intake/findings.h"

enum { MOVED_MAX = 256 };

/* An alert that another may take over. */
struct moved {
	uint32_t rule, alert;
	uint16_t mode;
};

struct party {
	struct intake *intake;
	const struct reunion *reunion;
	struct moved moved[MOVED_MAX];
	unsigned nmoved;
	struct family family; /* whose rules are being tried */
	int category;
	struct recent recent;
};

static void
note_moved(struct party *party, const struct alarm *alarm)
{
	if (party->nmoved < MOVED_MAX)
		party->moved[party->nmoved++] =
		    (struct moved){ alarm->rule, alarm->id, alarm->mode };
}

static const uint32_t *
find_moved(const struct party *party, uint32_t rule, uint16_t mode)
{
	for (unsigned i = 0; i < party->nmoved; i++)
		if (party->moved[i].rule == rule &&
		    party->moved[i].mode == mode)
			return &party->moved[i].alert;
	return NULL;
}

/* Open alerts of the product that was merged. */
static void
withdraw_merged(struct party *party)
{
	struct intake *intake = party->intake;
	unsigned nopen = intake->nopen;

	for (unsigned i = 0; i < nopen; i++) {
		struct alarm alarm;

		if (!announce_read(intake, intake->open_alerts[i], &alarm) ||
		    alarm.product != party->reunion->product ||
		    !alarm_may_age(&alarm))
			continue;
		/* What is held back does not become public by a merge. */
		if (alarm_is_open(&alarm))
			note_moved(party, &alarm);
		alarm_withdraw(&alarm);
		announce_again(intake, &alarm, CHANGE_MERGED);
	}
}

/*
 * One rule on one group whose family has changed.  An open alert says so; one
 * that closed stays so unless it takes over from an open one.
 */
static void
try_gained(struct party *party, const struct rule *rule,
    enum alarm_change change)
{
	struct intake *intake = party->intake;
	const uint32_t *moved = find_moved(party, rule->id, party->recent.mode);
	int32_t today = intake_today(intake);
	struct findings findings;
	struct alarm *alarm = &findings.alarm;

	if (!findings_make(intake, &party->recent, rule, &findings))
		return;
	if (moved || (alarm->status == ALARM_WITHDRAWN && !alarm->is_hidden)) {
		if (!rule_is_met(rule, &findings.counts))
			return;
		alarm_recount(alarm, rule, &findings.finding, today);
	} else {
		bool was_open = alarm_is_open(alarm);
		enum alarm_change step =
		    alarm_step(alarm, rule, &findings.finding, today);

		/* It is another family's now, and filters must know. */
		if (!was_open || step != CHANGE_NONE)
			change = step;
	}
	findings_announce(intake, &findings, change, moved);
}

/* Every rule on one group of the family. */
static void
try_group(struct party *party, uint16_t mode, enum alarm_change change)
{
	struct intake *intake = party->intake;
	const struct rules *rules = intake->rules;

	if (intake->projection.result ||
	    !recent_read(intake, &party->family, mode, &party->recent))
		return;
	for (unsigned i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];

		if ((rule->scope == SCOPE_MODE) == (mode != 0) &&
		    rule_is_for(rule, party->category, intake->vocabulary))
			try_gained(party, rule, change);
	}
	for (uint32_t id = SUBJECT_RULE_MODE; id < SUBJECT_RULES; id++) {
		const struct rule *rule = statistic_rule(intake->statistic, id);

		if (rule && (rule->scope == SCOPE_MODE) == (mode != 0))
			try_gained(party, rule, change);
	}
}

/* Every group of a product's family that counts anything. */
static void
try_family(struct party *party, uint32_t product, enum alarm_change change)
{
	struct intake *intake = party->intake;
	const struct reunion *reunion = party->reunion;
	const struct product_note *note;
	uint32_t unstated = intake_unstated(intake);
	unsigned nmodes = reunion->nmodes;

	if (!intake_family(intake, product, &party->family))
		return;
	note = intake_product(intake, party->family.root);
	if (!note || note->level == LEVEL_CATEGORY)
		return;
	party->category = note->category;
	if (nmodes > REUNION_MODES_MAX)
		nmodes = REUNION_MODES_MAX;
	try_group(party, 0, change);
	for (unsigned i = 0; i < nmodes; i++)
		if (reunion->mode[i] && reunion->mode[i] != unstated)
			try_group(party, reunion->mode[i], change);
}

void
reunion_merged(struct intake *intake, const struct reunion *reunion)
{
	struct party party = { .intake = intake, .reunion = reunion };

	withdraw_merged(&party);
	try_family(&party, reunion->root, CHANGE_MERGED);
}

/* An open alert of the root, counted without the product that left. */
static void
recount_left(struct party *party, struct alarm *alarm)
{
	struct intake *intake = party->intake;
	const struct rule *rule = intake_rule(intake, alarm->rule);
	struct rule_counts counts = { 0 };
	struct announcement news = { .rule = rule,
		.counts = &counts,
		.change = CHANGE_SPLIT };
	struct alarm_finding finding;
	bool is_counted = rule &&
	    intake_family(intake, alarm->product, &party->family) &&
	    recent_read(intake, &party->family, alarm->mode, &party->recent) &&
	    recent_count(intake, &party->recent, rule, &counts);

	if (is_counted && rule_is_met(rule, &counts)) {
		recent_find(&party->recent, rule, &counts, &finding);
		if (alarm_is_open(alarm))
			alarm_recount(alarm, rule, &finding,
			    intake_today(intake));
	} else {
		news.change = CHANGE_WITHDRAWN;
		alarm_withdraw(alarm);
	}
	if (counts.reports)
		announce(intake, alarm, &news);
	else
		announce_again(intake, alarm, news.change);
}

static void
recount_root(struct party *party)
{
	struct intake *intake = party->intake;
	unsigned nopen = intake->nopen;

	for (unsigned i = 0; i < nopen; i++) {
		struct alarm alarm;

		if (!announce_read(intake, intake->open_alerts[i], &alarm) ||
		    alarm.product != party->reunion->root ||
		    !alarm_may_age(&alarm))
			continue;
		if (alarm_is_open(&alarm))
			note_moved(party, &alarm);
		recount_left(party, &alarm);
	}
}

void
reunion_split(struct intake *intake, const struct reunion *reunion)
{
	struct party party = { .intake = intake, .reunion = reunion };

	recount_root(&party);
	try_family(&party, reunion->product, CHANGE_SPLIT);
}
