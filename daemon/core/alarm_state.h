/*
 * alarm_state.h - what is remembered of an alert, and the words for it.
 */
#ifndef TOCSIN_CORE_ALARM_STATE_H
#define TOCSIN_CORE_ALARM_STATE_H

#include <stdint.h>

#include "base/text.h"

enum alarm_status {
	ALARM_QUIET,
	ALARM_WATCH,
	ALARM_HELD,
	ALARM_OPEN,
	ALARM_SUBSIDING,
	ALARM_CLOSED,
	ALARM_WITHDRAWN,
};

enum alarm_change {
	CHANGE_NONE,
	CHANGE_WATCH,
	CHANGE_HELD,
	CHANGE_RAISED,
	CHANGE_RELEASED,
	CHANGE_UPDATED,
	CHANGE_SUBSIDING,
	CHANGE_CLOSED,
	CHANGE_REGRESSED,
	CHANGE_MERGED,
	CHANGE_SPLIT,
	CHANGE_WITHDRAWN,
	CHANGE_MUTED,
	CHANGE_UNMUTED,
	CHANGE_ACKNOWLEDGED,
	CHANGE_COMMENTED,
	CHANGE_JUDGED,
	CHANGE_LEFT_FILTER,
};

/* The words of PROTOCOL: "open", "raised" ... */
const char *alarm_status_name(enum alarm_status status);
const char *alarm_change_name(enum alarm_change change);
/* The reverse; -1 unknown. */
int alarm_status_find(struct text name);

/* Why an alert is held back; a person or a second organisation lets it go. */
enum alarm_hold {
	HOLD_NONE,
	HOLD_ONE_ORGANISATION,
	HOLD_COORDINATED, /* many reports in like words within a day */
	HOLD_PROBATION,   /* of organisations not known for long */
	HOLD_COUNT
};
/* "one organisation" ...; "" for none. */
const char *alarm_hold_name(enum alarm_hold hold);

/* What is remembered of one alert; a stored row, fixed layout. */
struct alarm {
	uint32_t id;           /* from 1 */
	uint32_t rule;         /* rule id */
	uint32_t rule_version; /* that raised this episode */
	uint32_t product;
	uint16_t mode;      /* 0: all */
	uint16_t episode;   /* from 1 */
	uint32_t milestone; /* sources last announced */
	uint8_t status;     /* enum alarm_status */
	uint8_t severity;   /* last announced */
	uint8_t basis;      /* enum rule_basis */
	uint8_t verdict;    /* enum alarm_verdict, of this episode */
	int32_t opened;     /* day; of a subsided one that rang again too */
	int32_t last_filed; /* newest counted filed day; never goes back */
	uint32_t sources_before; /* the group's before this episode's */
	uint64_t last_seq;       /* of its newest event; 0 before the first */
	/* Older logs end here. */
	uint64_t muted_seq;      /* the event that says why; 0 not muted */
	int32_t muted_until;     /* the day it is heard again */
	int32_t closed;          /* day a person closed it; 0 nobody did */
	int32_t remedied;        /* day of the remedy it last regressed after */
	uint8_t public_status;   /* as all may know it; QUIET: not at all */
	uint8_t hold;            /* enum alarm_hold */
	uint8_t is_hidden;       /* the public knows nothing of what follows
				    public_status */
	uint8_t is_acknowledged; /* this episode */
};
enum { ALARM_OLD_BYTES = 48 };

/* What people said of an episode: was it worth ringing for? */
enum alarm_verdict { VERDICT_NONE, VERDICT_TRUE, VERDICT_FALSE };

#endif
