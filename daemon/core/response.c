#include "daemon/core/response.h"

static enum alarm_change
refuse_why(const char *text, const char **why)
{
	*why = text;
	return CHANGE_NONE;
}

static enum alarm_change
judge(struct alarm *alarm, const struct response *response, const char **why)
{
	if (alarm->is_hidden)
		return refuse_why("it was not published in this episode", why);
	if (alarm->verdict == (uint8_t)response->verdict)
		return refuse_why("it is judged so already", why);
	alarm->verdict = (uint8_t)response->verdict;
	return CHANGE_JUDGED;
}

static enum alarm_change
mute(struct alarm *alarm, const struct response *response, uint64_t seq,
    const char **why)
{
	if (alarm->is_hidden)
		return refuse_why("it is not published", why);
	alarm->muted_seq = seq;
	alarm->muted_until = response->until;
	return CHANGE_MUTED;
}

static enum alarm_change
unmute(struct alarm *alarm, const char **why)
{
	if (!alarm->muted_seq)
		return refuse_why("it is not muted", why);
	alarm->muted_seq = 0;
	alarm->muted_until = 0;
	return CHANGE_UNMUTED;
}

static enum alarm_change
confirm(struct alarm *alarm, int32_t today, const char **why)
{
	if (alarm->status != ALARM_HELD)
		return refuse_why("it is not held", why);
	alarm->status = ALARM_OPEN;
	alarm->is_hidden = 0;
	alarm->opened = today;
	return CHANGE_RELEASED;
}

static enum alarm_change
close_by_hand(struct alarm *alarm, int32_t today, const char **why)
{
	if (!alarm_may_age(alarm))
		return refuse_why("it is not open", why);
	/* What was never published was no episode. */
	if (!alarm_is_open(alarm) && alarm->episode > 0)
		alarm->episode--;
	alarm->status = ALARM_CLOSED;
	alarm->closed = today;
	return CHANGE_CLOSED;
}

static enum alarm_change
reopen(struct alarm *alarm, const char **why)
{
	if (alarm->status != ALARM_CLOSED || !alarm->closed || alarm->is_hidden)
		return refuse_why("no person closed it", why);
	alarm->status = ALARM_OPEN;
	alarm->closed = 0;
	return CHANGE_UPDATED;
}

enum alarm_change
response_take(struct alarm *alarm, const struct response *response,
    int32_t today, uint64_t seq, const char **why)
{
	switch (response->kind) {
	case RESPONSE_JUDGE:
		return judge(alarm, response, why);
	case RESPONSE_MUTE:
		return mute(alarm, response, seq, why);
	case RESPONSE_UNMUTE:
		return unmute(alarm, why);
	case RESPONSE_ACKNOWLEDGE:
		alarm->is_acknowledged = 1;
		return CHANGE_ACKNOWLEDGED;
	case RESPONSE_COMMENT:
		return CHANGE_COMMENTED;
	case RESPONSE_CONFIRM:
		return confirm(alarm, today, why);
	case RESPONSE_CLOSE:
		return close_by_hand(alarm, today, why);
	case RESPONSE_REOPEN:
		return reopen(alarm, why);
	}
	return refuse_why("nobody knows how", why);
}

enum alarm_change
response_end_mute(struct alarm *alarm, int32_t today)
{
	if (!alarm->muted_seq || today < alarm->muted_until)
		return CHANGE_NONE;
	alarm->muted_seq = 0;
	alarm->muted_until = 0;
	return CHANGE_UNMUTED;
}
