#include "daemon/core/alarm_state.h"

#include <assert.h>
#include <stddef.h>

static_assert(sizeof(struct alarm) == 72, "an alarm is a stored row");
static_assert(offsetof(struct alarm, muted_seq) == ALARM_OLD_BYTES,
    "older logs hold the beginning of it");

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

static const char *const hold_names[HOLD_COUNT] = {
	[HOLD_NONE] = "",
	[HOLD_ONE_ORGANISATION] = "one organisation",
	[HOLD_COORDINATED] = "coordinated",
	[HOLD_PROBATION] = "probation",
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

const char *
alarm_hold_name(enum alarm_hold hold)
{
	assert(hold < HOLD_COUNT);
	return hold_names[hold];
}

int
alarm_status_find(struct text name)
{
	for (int status = ALARM_QUIET; status <= ALARM_WITHDRAWN; status++)
		if (text_is(name, status_names[status]))
			return status;
	return -1;
}
