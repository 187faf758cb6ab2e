/*
 * response.h - what a person does about an alert, and whether it may be done.
 */
#ifndef TOCSIN_CORE_RESPONSE_H
#define TOCSIN_CORE_RESPONSE_H

#include "daemon/core/alarm.h"

enum response_kind {
	RESPONSE_JUDGE,
	RESPONSE_MUTE,
	RESPONSE_UNMUTE,
	RESPONSE_ACKNOWLEDGE,
	RESPONSE_COMMENT,
	RESPONSE_CONFIRM, /* let go what is held */
	RESPONSE_CLOSE,
	RESPONSE_REOPEN, /* what a person closed */
};

enum { RESPONSE_MUTE_DAYS = 366 };

struct response {
	enum response_kind kind;
	enum alarm_verdict verdict; /* JUDGE */
	int32_t until; /* MUTE: the day it is heard again, after today and at
			  most RESPONSE_MUTE_DAYS later */
};

/*
 * What becomes of the alarm today, by an event of sequence seq.  Edits alarm
 * and returns the change; CHANGE_NONE when it may not be, with a static text
 * that says why and nothing edited.
 */
enum alarm_change response_take(struct alarm *alarm,
    const struct response *response, int32_t today, uint64_t seq,
    const char **why);

/* Is a mute over today?  Then take it away: CHANGE_UNMUTED or CHANGE_NONE. */
enum alarm_change response_end_mute(struct alarm *alarm, int32_t today);

#endif
