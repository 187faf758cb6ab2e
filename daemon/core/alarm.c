#include "daemon/core/alarm.h"

#include <assert.h>

static_assert(sizeof(struct alarm) == 48, "an alarm is a stored row");

static const char *const status_names[] = {
	[ALARM_QUIET] = "quiet",
	[ALARM_WATCH] = "watch",
	[ALARM_HELD] = "held",
	[ALARM_OPEN] = "open",
	[ALARM_SUBSIDING] = "subsiding",
	[ALARM_CLOSED] = "closed",
	[ALARM_WITHDRAWN] = "withdrawn",
};

static const char *const change_names[] = {
	[CHANGE_NONE] = "none",
	[CHANGE_WATCH] = "watch",
	[CHANGE_HELD] = "held",
	[CHANGE_RAISED] = "raised",
	[CHANGE_RELEASED] = "released",
	[CHANGE_UPDATED] = "updated",
	[CHANGE_SUBSIDING] = "subsiding",
	[CHANGE_CLOSED] = "closed",
	[CHANGE_REGRESSED] = "regressed",
	[CHANGE_MERGED] = "merged",
	[CHANGE_SPLIT] = "split",
	[CHANGE_WITHDRAWN] = "withdrawn",
	[CHANGE_MUTED] = "muted",
	[CHANGE_UNMUTED] = "unmuted",
	[CHANGE_ACKNOWLEDGED] = "acknowledged",
	[CHANGE_COMMENTED] = "commented",
	[CHANGE_JUDGED] = "judged",
	[CHANGE_LEFT_FILTER] = "left_filter",
};

const char *
alarm_status_name(enum alarm_status status)
{
	assert(status <= ALARM_WITHDRAWN);
	return status_names[status];
}

const char *
alarm_change_name(enum alarm_change change)
{
	assert(change <= CHANGE_LEFT_FILTER);
	return change_names[change];
}

int
alarm_status_find(struct text name)
{
	for (int status = ALARM_QUIET; status <= ALARM_WITHDRAWN; status++)
		if (text_is(name, status_names[status]))
			return status;
	return -1;
}

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

/* From unstated to "none" nothing has become worse. */
static bool
is_worse(enum severity now, uint8_t announced)
{
	return now > SEVERITY_NONE && now > announced;
}

static enum alarm_change
raise_episode(struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, int32_t today)
{
	if (alarm->episode < UINT16_MAX)
		alarm->episode++;
	alarm->rule = rule->id;
	alarm->rule_version = rule->version;
	alarm->milestone = alarm_milestone(counts->sources);
	alarm->status = ALARM_OPEN;
	alarm->severity = (uint8_t)counts->severity;
	alarm->opened = today;
	alarm->last_filed = counts->last;
	return CHANGE_RAISED;
}

static enum alarm_change
follow(struct alarm *alarm, const struct rule_counts *counts)
{
	uint32_t milestone = alarm_milestone(counts->sources);
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

enum alarm_change
alarm_step(struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, int32_t today)
{
	if (alarm->status == ALARM_OPEN)
		return follow(alarm, counts);
	if (alarm->status != ALARM_QUIET && alarm->status != ALARM_CLOSED &&
	    alarm->status != ALARM_WITHDRAWN)
		return CHANGE_NONE;
	if (!rule_is_met(rule, counts))
		return CHANGE_NONE;
	/* Still in a long window, old reports must not ring a second time. */
	if (alarm->status == ALARM_CLOSED && counts->last <= alarm->last_filed)
		return CHANGE_NONE;
	return raise_episode(alarm, rule, counts, today);
}

enum alarm_change
alarm_age(struct alarm *alarm, int32_t today)
{
	if (alarm->status != ALARM_OPEN ||
	    today - alarm->last_filed < ALARM_QUIET_DAYS)
		return CHANGE_NONE;
	alarm->status = ALARM_CLOSED;
	return CHANGE_CLOSED;
}

bool
alarm_may_age(const struct alarm *alarm)
{
	return alarm->status == ALARM_OPEN;
}

void
alarm_withdraw(struct alarm *alarm)
{
	alarm->status = ALARM_WITHDRAWN;
}

void
alarm_recount(struct alarm *alarm, const struct rule *rule,
    const struct rule_counts *counts, int32_t today)
{
	if (alarm->status == ALARM_WITHDRAWN) {
		alarm->episode--;
		raise_episode(alarm, rule, counts, alarm->opened);
	} else if (alarm->status == ALARM_OPEN) {
		alarm->last_filed = counts->last;
		alarm->milestone = alarm_milestone(counts->sources);
		alarm->severity = (uint8_t)counts->severity;
	} else {
		raise_episode(alarm, rule, counts, today);
	}
}
