/*
 * announce.h - a change of an alarm becomes an event in the open frame, its
 * rows, and a notice for subscribers.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_ANNOUNCE_H
#define TOCSIN_INTAKE_ANNOUNCE_H

#include "daemon/core/alarm.h"
#include "daemon/intake/intake.h"

struct explanation;

struct announcement {
	enum alarm_change change;
	const struct rule *rule;
	const struct rule_counts *counts;
	uint32_t sources; /* since the episode began, where the counts are of a
			     full window; else 0 */
	const struct explanation *explanation; /* the statistic's, or NULL */
	const uint32_t *replaces;              /* ids of alerts; may be NULL */
	unsigned nreplaces;
	struct text body; /* who and why, of a person's response; or empty */
};

/*
 * Publish the alarm as it is now; one never raised gets its id.  Store faults
 * stick in the projection.
 */
void announce(struct intake *intake, struct alarm *alarm,
    const struct announcement *announcement);

/*
 * The same of an alarm that nothing can be counted for: what was published of
 * it last, in its new state.  If that is not in the log yet, the frame ends
 * and all that was gathered is written.
 */
void announce_again(struct intake *intake, struct alarm *alarm,
    enum alarm_change change);
void announce_response(struct intake *intake, struct alarm *alarm,
    enum alarm_change change, struct text body);

/* The alarm as it stands; false when none has this id. */
bool announce_read(struct intake *intake, uint32_t id, struct alarm *alarm);

/* Alerts that may age are remembered by id. */
void announce_remember(struct intake *intake, uint32_t id);

#endif
