#include "daemon/core/rehearsal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MODES = 1 << 16 };

/* What one rule made of one group. */
struct attempt {
	struct alarm alarm;
	int32_t met_day; /* the last day on which the rule was met */
};

struct group {
	uint16_t mode;
	struct window *window;   /* owned; room for WINDOW_MAX */
	struct attempt *attempt; /* owned; one a rule */
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
		free(rehearsal->group[i].attempt);
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
	group->attempt =
	    calloc(rehearsal->rules->count + 1u, sizeof(*group->attempt));
	if (group->window && group->attempt) {
		rehearsal->made++;
		return true;
	}
	free(group->window);
	free(group->attempt);
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

		group->attempt[i] =
		    (struct attempt){ .alarm = { .rule = rule->id,
					  .rule_version = rule->version,
					  .product = rehearsal->product.product,
					  .mode = mode } };
	}
	return group;
}

static void
tell(struct rehearsal *rehearsal, const struct group *group, unsigned nth,
    const struct rehearsed *what)
{
	struct rehearsed heard = *what;

	heard.rule = &rehearsal->rules->rule[nth];
	heard.alarm = &group->attempt[nth].alarm;
	heard.product = rehearsal->product.product;
	heard.mode = group->mode;
	if (heard.change != CHANGE_NONE)
		rehearsal->hear(rehearsal->who, &heard);
}

/* How many may age is kept, so that most days cost nothing. */
static void
recount_active(struct rehearsal *rehearsal, bool was_active,
    const struct alarm *alarm)
{
	rehearsal->nactive += alarm_may_age(alarm);
	rehearsal->nactive -= was_active;
}

static struct alarm_finding
find(const struct rule *rule, struct attempt *attempt,
    const struct rule_counts *counts, int32_t today)
{
	bool is_met = rule_is_met(rule, counts);

	if (is_met)
		attempt->met_day = today;
	return (struct alarm_finding){
		.level = is_met                   ? FINDING_RING
		    : rule_is_watch(rule, counts) ? FINDING_WATCH
						  : FINDING_NOTHING,
		.counts = counts,
		.quiet_days = is_met ? 0 : today - attempt->met_day,
	};
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

static void
try_rule(struct rehearsal *rehearsal, struct group *group, unsigned nth)
{
	const struct rule *rule = &rehearsal->rules->rule[nth];
	struct attempt *attempt = &group->attempt[nth];
	bool was_active = alarm_may_age(&attempt->alarm);
	struct rehearsed heard = { .day = rehearsal->today };
	struct alarm_finding finding;
	struct rule_counts counts;

	if (attempt->alarm.status == ALARM_QUIET &&
	    !could_ring(rule, group->window))
		return;
	rule_count(rule, group->window, rehearsal->today, &counts);
	finding = find(rule, attempt, &counts, rehearsal->today);
	heard.counts = &counts;
	heard.change =
	    alarm_step(&attempt->alarm, rule, &finding, rehearsal->today);
	recount_active(rehearsal, was_active, &attempt->alarm);
	tell(rehearsal, group, nth, &heard);
}

/* --- the days ------------------------------------------------------------ */

/*
 * The newest report that concerned the rule: updates come at milestones only,
 * so the alarm may know of an older one.
 */
static void
find_last(const struct rule *rule, const struct window *window,
    struct alarm *alarm, int32_t today)
{
	struct rule wide = *rule;
	struct rule_counts counts;

	wide.window_days = WINDOW_DAYS;
	rule_count(&wide, window, today, &counts);
	if (counts.reports && counts.last > alarm->last_filed)
		alarm->last_filed = counts.last;
}

static void
age_alarm(struct rehearsal *rehearsal, struct group *group, unsigned nth)
{
	const struct rule *rule = &rehearsal->rules->rule[nth];
	struct attempt *attempt = &group->attempt[nth];
	struct alarm *alarm = &attempt->alarm;
	int32_t today = rehearsal->today;
	struct rehearsed heard = { .day = today };
	struct alarm_finding finding;
	struct rule_counts counts;

	if (today - alarm->last_filed >= ALARM_QUIET_DAYS)
		find_last(rule, group->window, alarm, today);
	heard.change = alarm_age(alarm, today);
	rule_count(rule, group->window,
	    heard.change ? alarm->last_filed : today, &counts);
	finding = find(rule, attempt, &counts, today);
	/* Days alone raise nothing. */
	if (heard.change == CHANGE_NONE && finding.level == FINDING_NOTHING)
		heard.change = alarm_step(alarm, rule, &finding, today);
	heard.counts = &counts;
	recount_active(rehearsal, true, alarm);
	tell(rehearsal, group, nth, &heard);
}

static void
age(struct rehearsal *rehearsal)
{
	for (unsigned i = 0; i < rehearsal->ngroups; i++)
		for (unsigned nth = 0; nth < rehearsal->rules->count; nth++)
			if (alarm_may_age(
				&rehearsal->group[i].attempt[nth].alarm))
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

/* What the open alarms of a group counted before a report left it. */
struct before {
	uint16_t mode;
	bool is_there;
	struct rule_counts counts[RULES_MAX];
};

static void
count_out(struct rehearsal *rehearsal, uint16_t mode, uint64_t seq,
    struct before *before)
{
	const struct rules *rules = rehearsal->rules;
	struct group *group = find_group(rehearsal, mode);

	before->mode = mode;
	before->is_there = group != NULL;
	for (unsigned i = 0; group && i < rules->count; i++)
		if (alarm_is_open(&group->attempt[i].alarm))
			rule_count(&rules->rule[i], group->window,
			    rehearsal->today, &before->counts[i]);
	if (group)
		window_remove(group->window, seq);
}

/* Of an open alarm whose rule was met and no longer is, evidence left. */
static void
lose(struct rehearsal *rehearsal, const struct before *before, unsigned nth)
{
	const struct rule *rule = &rehearsal->rules->rule[nth];
	struct group *group = find_group(rehearsal, before->mode);
	struct rule_counts counts;
	struct rehearsed heard = { .day = rehearsal->today,
		.change = CHANGE_WITHDRAWN,
		.counts = &counts };
	struct alarm *alarm;

	if (!group || !alarm_is_open(&group->attempt[nth].alarm))
		return;
	alarm = &group->attempt[nth].alarm;
	rule_count(rule, group->window, rehearsal->today, &counts);
	if (!rule_is_met(rule, &before->counts[nth]) ||
	    rule_is_met(rule, &counts))
		return;
	alarm_withdraw(alarm);
	recount_active(rehearsal, true, alarm);
	tell(rehearsal, group, nth, &heard);
}

int
rehearsal_move(struct rehearsal *rehearsal, const struct facts *old,
    const struct facts *now, uint64_t seq, int32_t today)
{
	struct before before[2];
	bool is_out = old && !old->is_backfill;
	bool is_in = now && !now->is_backfill;

	before[0].is_there = before[1].is_there = false;
	rehearsal_until(rehearsal, today);
	if (rehearsal->product.is_silent)
		return 0;
	for (unsigned i = 0; is_out && i < 2; i++)
		count_out(rehearsal, i ? old->mode : 0, seq, &before[i]);
	if (is_in && count_in(rehearsal, now, seq) != 0)
		return -1;
	for (unsigned i = 0; i < 2; i++)
		for (unsigned nth = 0;
		     before[i].is_there && nth < rehearsal->rules->count; nth++)
			lose(rehearsal, &before[i], nth);
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
