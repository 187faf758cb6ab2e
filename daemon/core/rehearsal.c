#include "daemon/core/rehearsal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/finding.h"

enum { MODES = 1 << 16 };

struct group {
	uint16_t mode;
	struct window *window; /* owned; room for WINDOW_MAX */
	struct alarm *alarm;   /* owned; one a rule */
};

struct rehearsal {
	const struct rules *rules;
	const struct vocabulary *vocabulary;
	rehearsal_hear *hear;
	void *who;
	struct rehearsal_product product;
	struct group *group; /* owned; kept for the next product */
	unsigned ngroups, made;
	uint32_t nth[MODES]; /* by mode: number of its group, from 1 */
	unsigned nactive;    /* alarms that may age */
	int32_t today;
	bool has_begun; /* a day was told */
};

struct rehearsal *
rehearsal_new(const struct rules *rules, const struct vocabulary *vocabulary,
    rehearsal_hear *hear, void *who)
{
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));

	if (!rehearsal)
		return NULL;
	rehearsal->rules = rules;
	rehearsal->vocabulary = vocabulary;
	rehearsal->hear = hear;
	rehearsal->who = who;
	return rehearsal;
}

void
rehearsal_free(struct rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	for (unsigned i = 0; i < rehearsal->made; i++) {
		free(rehearsal->group[i].window);
		free(rehearsal->group[i].alarm);
	}
	free(rehearsal->group);
	free(rehearsal);
}

void
rehearsal_begin(struct rehearsal *rehearsal,
    const struct rehearsal_product *product)
{
	for (unsigned i = 0; i < rehearsal->ngroups; i++)
		rehearsal->nth[rehearsal->group[i].mode] = 0;
	rehearsal->product = *product;
	rehearsal->ngroups = 0;
	rehearsal->nactive = 0;
	rehearsal->has_begun = false;
}

static bool
make_group(struct rehearsal *rehearsal)
{
	struct group *grown, *group;

	grown = realloc(rehearsal->group,
	    (rehearsal->made + 1) * sizeof(*rehearsal->group));
	if (!grown)
		return false;
	rehearsal->group = grown;
	group = &grown[rehearsal->made];
	group->window = malloc(window_bytes(WINDOW_MAX));
	group->alarm =
	    calloc(rehearsal->rules->count + 1u, sizeof(*group->alarm));
	if (group->window && group->alarm) {
		rehearsal->made++;
		return true;
	}
	free(group->window);
	free(group->alarm);
	return false;
}

static struct group *
find_group(struct rehearsal *rehearsal, uint16_t mode)
{
	uint32_t nth = rehearsal->nth[mode];

	return nth ? &rehearsal->group[nth - 1] : NULL;
}

/* Made when it is new; NULL when out of memory. */
static struct group *
group_of(struct rehearsal *rehearsal, uint16_t mode)
{
	struct group *group = find_group(rehearsal, mode);

	if (group)
		return group;
	if (rehearsal->ngroups == rehearsal->made && !make_group(rehearsal))
		return NULL;
	group = &rehearsal->group[rehearsal->ngroups++];
	rehearsal->nth[mode] = rehearsal->ngroups;
	group->mode = mode;
	memset(group->window, 0, window_bytes(0));
	for (unsigned i = 0; i < rehearsal->rules->count; i++) {
		const struct rule *rule = &rehearsal->rules->rule[i];

		group->alarm[i] = (struct alarm){ .rule = rule->id,
			.rule_version = rule->version,
			.product = rehearsal->product.product,
			.mode = mode };
	}
	return group;
}

/* Keep an alarm as it is now and say so; without a change nothing is kept. */
static void
tell(struct rehearsal *rehearsal, struct group *group, unsigned nth,
    struct rehearsed *heard)
{
	struct alarm *kept = &group->alarm[nth];

	if (heard->change == CHANGE_NONE)
		return;
	/* How many may age is known, so that most days cost nothing. */
	rehearsal->nactive += alarm_may_age(heard->alarm);
	rehearsal->nactive -= alarm_may_age(kept);
	*kept = *heard->alarm;
	heard->rule = &rehearsal->rules->rule[nth];
	heard->product = rehearsal->product.product;
	heard->mode = group->mode;
	rehearsal->hear(rehearsal->who, heard);
}

/* Could it be met, or worth watching, by so many reports? */
static bool
could_ring(const struct rule *rule, const struct window *window)
{
	return (window->count >= rule->sources &&
		   window->count >= rule->cases &&
		   window->count >= rule->reports &&
		   window->count >= rule->organisations) ||
	    (rule->watch_sources && window->count >= rule->watch_sources);
}

/* Take the alarm's step; quiet_days as in struct alarm_finding. */
static void
follow(struct rehearsal *rehearsal, struct group *group, unsigned nth,
    int32_t quiet_days)
{
	const struct rule *rule = &rehearsal->rules->rule[nth];
	struct alarm alarm = group->alarm[nth];
	struct rule_counts counts;
	struct alarm_finding finding = { .counts = &counts,
		.quiet_days = quiet_days };
	struct rehearsed heard = { .day = rehearsal->today,
		.alarm = &alarm,
		.counts = &counts };

	rule_count(rule, group->window, rehearsal->today, &counts);
	finding.level = finding_level(rule, &counts);
	heard.change = alarm_step(&alarm, rule, &finding, rehearsal->today);
	tell(rehearsal, group, nth, &heard);
}

static void
try_rule(struct rehearsal *rehearsal, struct group *group, unsigned nth)
{
	if (group->alarm[nth].status != ALARM_QUIET ||
	    could_ring(&rehearsal->rules->rule[nth], group->window))
		follow(rehearsal, group, nth, 0);
}

/* --- the days ------------------------------------------------------------ */

static void
age_alarm(struct rehearsal *rehearsal, struct group *group, unsigned nth)
{
	const struct rule *rule = &rehearsal->rules->rule[nth];
	struct alarm alarm = group->alarm[nth];
	int32_t today = rehearsal->today;
	int32_t quiet_days = 0; /* asked for only where it matters */
	struct rehearsed heard = { .day = today, .alarm = &alarm };
	struct rule_counts counts;

	if (today - alarm.last_filed >= ALARM_QUIET_DAYS)
		finding_last(rule, group->window, today, &alarm);
	heard.change = alarm_age(&alarm, today);
	if (heard.change == CHANGE_NONE) {
		if (alarm.status == ALARM_OPEN &&
		    today - alarm.opened >= ALARM_FIRING_DAYS)
			quiet_days =
			    finding_quiet_days(rule, group->window, today);
		follow(rehearsal, group, nth, quiet_days);
		return;
	}
	rule_count(rule, group->window, alarm.last_filed, &counts);
	heard.counts = &counts;
	tell(rehearsal, group, nth, &heard);
}

static void
age(struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->ngroups; i++)
		for (unsigned nth = 0; nth < rehearsal->rules->count; nth++)
			if (alarm_may_age(&rehearsal->group[i].alarm[nth]))
				age_alarm(rehearsal, &rehearsal->group[i], nth);
}

void
rehearsal_until(struct rehearsal *rehearsal, int32_t today)
{
	assert(!rehearsal->has_begun || today >= rehearsal->today);
	while (rehearsal->has_begun && rehearsal->nactive > 0 &&
	    rehearsal->today < today) {
		rehearsal->today++;
		age(rehearsal);
	}
	rehearsal->today = today;
	rehearsal->has_begun = true;
}

/* --- the reports --------------------------------------------------------- */

static int
count_in(struct rehearsal *rehearsal, const struct facts *facts, uint64_t seq)
{
	for (unsigned which = 0; which < 2; which++) {
		struct group *group =
		    group_of(rehearsal, which ? facts->mode : 0);
		unsigned no_case = which ? FACT_NO_CASE_MODE : FACT_NO_CASE;

		if (!group)
			return -1;
		window_add(group->window, facts, seq, rehearsal->today,
		    (facts->marks & no_case) != 0);
	}
	return 0;
}

static void
ring(struct rehearsal *rehearsal, const struct facts *facts)
{
	const struct rehearsal_product *product = &rehearsal->product;

	for (unsigned i = 0; i < rehearsal->rules->count; i++) {
		const struct rule *rule = &rehearsal->rules->rule[i];
		bool is_mode = rule->scope == SCOPE_MODE;
		struct group *group;

		/* What nobody named is not the same fault. */
		if (is_mode && facts->mode == product->unstated)
			continue;
		group = find_group(rehearsal, is_mode ? facts->mode : 0);
		if (group &&
		    rule_concerns(rule, facts, product->category,
			rehearsal->vocabulary))
			try_rule(rehearsal, group, i);
	}
}

/* After a report left a group: alarms that have no evidence any more. */
static void
lose(struct rehearsal *rehearsal, uint16_t mode)
{
	struct group *group = find_group(rehearsal, mode);

	for (unsigned i = 0; group && i < rehearsal->rules->count; i++) {
		const struct rule *rule = &rehearsal->rules->rule[i];
		struct alarm alarm = group->alarm[i];
		struct rule_counts counts;
		struct rehearsed heard = { .day = rehearsal->today,
			.change = CHANGE_WITHDRAWN,
			.alarm = &alarm,
			.counts = &counts };

		if (!alarm_may_age(&alarm) ||
		    finding_has_evidence(rule, &alarm, group->window,
			rehearsal->today))
			continue;
		rule_count(rule, group->window, rehearsal->today, &counts);
		alarm_withdraw(&alarm);
		tell(rehearsal, group, i, &heard);
	}
}

static void
count_out(struct rehearsal *rehearsal, uint16_t mode, uint64_t seq)
{
	struct group *group = find_group(rehearsal, mode);

	if (group)
		window_remove(group->window, seq);
}

int
rehearsal_move(struct rehearsal *rehearsal, const struct facts *old,
    const struct facts *now, uint64_t seq, int32_t today)
{
	bool is_out = old && !old->is_backfill;
	bool is_in = now && !now->is_backfill;

	rehearsal_until(rehearsal, today);
	if (rehearsal->product.is_silent)
		return 0;
	if (is_out) {
		count_out(rehearsal, 0, seq);
		count_out(rehearsal, old->mode, seq);
	}
	if (is_in && count_in(rehearsal, now, seq) != 0)
		return -1;
	if (is_out && old->mode != rehearsal->product.unstated)
		lose(rehearsal, old->mode);
	if (is_out)
		lose(rehearsal, 0);
	if (is_in)
		ring(rehearsal, now);
	return 0;
}

void
rehearsal_mark(struct rehearsal *rehearsal, uint16_t mode, uint64_t seq,
    bool is_case)
{
	struct group *group = find_group(rehearsal, mode);

	if (group)
		window_mark(group->window, seq, FACT_NO_CASE, !is_case);
}
