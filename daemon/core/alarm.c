#include "daemon/core/alarm.h"

uint32_t
alarm_milestone(uint32_t sources)
{
	static const uint32_t steps[] = { 1, 2, 5 };
	uint64_t reached = 0;

	/* 3 is the only one out of step: early on, every source tells. */
	if (sources == 3 || sources == 4)
		return 3;
	for (uint64_t unit = 1; unit <= sources; unit *= 10)
		for (unsigned i = 0; i < 3; i++)
			if (unit * steps[i] <= sources)
				reached = unit * steps[i];
	return (uint32_t)reached;
}

/*
 * What a group counted before belongs to no episode.  While the window holds
 * every report that is looked at, it alone counts.
 */
uint32_t
alarm_sources(const struct alarm *alarm, const struct alarm_finding *finding)
{
	const struct rule_counts *counts = finding->counts;
	uint32_t since = 0;

	if (counts->is_at_least && finding->sources > alarm->sources_before)
		since = finding->sources - alarm->sources_before;
	return since > counts->sources ? since : counts->sources;
}

static bool
is_firing(const struct alarm_finding *finding)
{
	return finding->level == FINDING_HELD || finding->level == FINDING_RING;
}

/* What is counted from now on is counted for this. */
static void
begin(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	const struct rule_counts *counts = finding->counts;

	alarm->rule = rule->id;
	alarm->rule_version = rule->version;
	alarm->basis = (uint8_t)rule->basis;
	alarm->sources_before = finding->sources > counts->sources
	    ? finding->sources - counts->sources
	    : 0;
	alarm->milestone = alarm_milestone(counts->sources);
	alarm->severity = (uint8_t)counts->severity;
	alarm->opened = today;
	alarm->last_filed = counts->last;
	alarm->closed = 0;
	alarm->hold = 0;
}

static void
begin_episode(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	bool is_same = alarm->status == ALARM_WITHDRAWN &&
	    finding->counts->last - alarm->last_filed < ALARM_QUIET_DAYS;

	begin(alarm, rule, finding, today);
	if (is_same)
		return;
	if (alarm->episode < UINT16_MAX)
		alarm->episode++;
	alarm->verdict = VERDICT_NONE;
	alarm->is_acknowledged = 0;
}

static void
publish(struct alarm *alarm)
{
	alarm->status = ALARM_OPEN;
	alarm->is_hidden = 0;
}

static void
hide(struct alarm *alarm, const struct alarm_finding *finding)
{
	bool is_held = finding->level == FINDING_HELD;

	alarm->status = is_held ? ALARM_HELD : ALARM_WATCH;
	alarm->hold = is_held ? (uint8_t)finding->hold : 0;
	alarm->is_hidden = 1;
}

/* Is it ringing although a fix or a recall was declared? */
static bool
is_regression(const struct alarm *alarm, const struct alarm_finding *finding)
{
	return finding->remedied > alarm->remedied &&
	    finding->level == FINDING_RING;
}

static enum alarm_change
step_quiet(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	bool was_published = alarm->public_status != ALARM_QUIET;

	if (finding->level == FINDING_NOTHING)
		return CHANGE_NONE;
	/* Still in a long window, old reports must not ring a second time. */
	if (alarm->status == ALARM_CLOSED &&
	    finding->counts->last <= alarm->last_filed)
		return CHANGE_NONE;
	begin_episode(alarm, rule, finding, today);
	if (finding->level != FINDING_RING) {
		hide(alarm, finding);
		return alarm->status == ALARM_HELD ? CHANGE_HELD : CHANGE_WATCH;
	}
	publish(alarm);
	if (!was_published || !is_regression(alarm, finding))
		return CHANGE_RAISED;
	alarm->remedied = finding->remedied;
	return CHANGE_REGRESSED;
}

/* Watched or held: the episode has begun, but nobody was told. */
static enum alarm_change
step_hidden(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	bool was_held = alarm->status == ALARM_HELD;
	uint8_t hold = alarm->hold;

	if (finding->counts->reports &&
	    finding->counts->last > alarm->last_filed)
		alarm->last_filed = finding->counts->last;
	if (finding->level == FINDING_RING) {
		begin(alarm, rule, finding, today);
		alarm->hold = hold;
		publish(alarm);
		return was_held ? CHANGE_RELEASED : CHANGE_RAISED;
	}
	if (was_held || finding->level != FINDING_HELD)
		return CHANGE_NONE;
	begin(alarm, rule, finding, today);
	hide(alarm, finding);
	return CHANGE_HELD;
}

/* From unstated to "none" nothing has become worse. */
static bool
is_worse(enum severity now, uint8_t announced)
{
	return now > SEVERITY_NONE && now > announced;
}

static enum alarm_change
follow(struct alarm *alarm, const struct alarm_finding *finding)
{
	const struct rule_counts *counts = finding->counts;
	uint32_t milestone = alarm_milestone(alarm_sources(alarm, finding));
	enum alarm_change change = CHANGE_NONE;

	if (counts->reports == 0)
		return CHANGE_NONE;
	if (counts->last > alarm->last_filed)
		alarm->last_filed = counts->last;
	if (milestone > alarm->milestone) {
		alarm->milestone = milestone;
		change = CHANGE_UPDATED;
	}
	if (is_worse(counts->severity, alarm->severity)) {
		alarm->severity = (uint8_t)counts->severity;
		change = CHANGE_UPDATED;
	}
	return change;
}

static bool
is_subsiding(const struct alarm *alarm, const struct alarm_finding *finding,
    int32_t today)
{
	int32_t quiet_days = alarm->basis == BASIS_STATISTIC
	    ? ALARM_UNLIKELY_DAYS
	    : ALARM_UNMET_DAYS;

	return !is_firing(finding) && finding->quiet_days >= quiet_days &&
	    today - alarm->opened >= ALARM_FIRING_DAYS;
}

static enum alarm_change
step_open(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	bool is_back =
	    alarm->status == ALARM_SUBSIDING && finding->level == FINDING_RING;
	bool is_regressed = is_regression(alarm, finding);
	enum alarm_change change = follow(alarm, finding);

	if (is_back || is_regressed) {
		alarm->status = ALARM_OPEN;
		alarm->rule_version = rule->version;
		alarm->opened = today;
	}
	if (is_regressed) {
		alarm->remedied = finding->remedied;
		return CHANGE_REGRESSED;
	}
	if (is_back)
		return CHANGE_RAISED;
	if (alarm->status == ALARM_OPEN &&
	    is_subsiding(alarm, finding, today)) {
		alarm->status = ALARM_SUBSIDING;
		return CHANGE_SUBSIDING;
	}
	return change;
}

enum alarm_change
alarm_step(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	switch ((enum alarm_status)alarm->status) {
	case ALARM_WATCH:
	case ALARM_HELD:
		return step_hidden(alarm, rule, finding, today);
	case ALARM_OPEN:
	case ALARM_SUBSIDING:
		return step_open(alarm, rule, finding, today);
	case ALARM_QUIET:
	case ALARM_CLOSED:
	case ALARM_WITHDRAWN:
		return step_quiet(alarm, rule, finding, today);
	}
	return CHANGE_NONE;
}

bool
alarm_is_open(const struct alarm *alarm)
{
	return alarm->status == ALARM_OPEN || alarm->status == ALARM_SUBSIDING;
}

bool
alarm_may_age(const struct alarm *alarm)
{
	return alarm_is_open(alarm) || alarm->status == ALARM_WATCH ||
	    alarm->status == ALARM_HELD;
}

enum alarm_change
alarm_age(struct alarm *alarm, int32_t today)
{
	if (!alarm_may_age(alarm) ||
	    today - alarm->last_filed < ALARM_QUIET_DAYS)
		return CHANGE_NONE;
	if (!alarm_is_open(alarm) && alarm->episode > 0)
		alarm->episode--;
	alarm->status = ALARM_CLOSED;
	return CHANGE_CLOSED;
}

void
alarm_withdraw(struct alarm *alarm)
{
	alarm->status = ALARM_WITHDRAWN;
}

void
alarm_recount(struct alarm *alarm, const struct rule *rule,
    const struct alarm_finding *finding, int32_t today)
{
	const struct rule_counts *counts = finding->counts;

	if (alarm_is_open(alarm)) {
		alarm->last_filed = counts->last;
		alarm->milestone = alarm_milestone(counts->sources);
		alarm->severity = (uint8_t)counts->severity;
		return;
	}
	if (alarm->status == ALARM_WITHDRAWN)
		begin(alarm, rule, finding, alarm->opened);
	else
		begin_episode(alarm, rule, finding, today);
	publish(alarm);
}

/* A rise to this is told whoever asked for silence. */
static bool
is_grave(const struct alarm *before, const struct alarm *after)
{
	return after->severity >= SEVERITY_SEVERE &&
	    after->severity > before->severity;
}

/* What would leave a muted alert's followers with something untrue. */
static bool
is_for_all(enum alarm_change change)
{
	return change == CHANGE_MUTED || change == CHANGE_UNMUTED ||
	    change == CHANGE_REGRESSED || change == CHANGE_MERGED ||
	    change == CHANGE_SPLIT || change == CHANGE_WITHDRAWN;
}

enum alarm_audience
alarm_audience(const struct alarm *before, const struct alarm *after,
    enum alarm_change change)
{
	if (after->is_hidden)
		return AUDIENCE_TRUSTED;
	if (after->muted_seq && !is_grave(before, after) && !is_for_all(change))
		return AUDIENCE_LISTED;
	return AUDIENCE_ALL;
}

enum alarm_status
alarm_seen(const struct alarm *alarm, bool is_trusted)
{
	return (enum alarm_status)(
	    is_trusted ? alarm->status : alarm->public_status);
}
