/*
 * notice.h - an alert as it is published: the MessagePack map of PROTOCOL's
 * "alert", with its counts, its evidence and its sentences.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_NOTICE_H
#define TOCSIN_INTAKE_NOTICE_H

#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/alarm.h"
#include "daemon/intake/announce.h"
#include "daemon/intake/intake.h"
#include "proto/value.h"

struct notice_facts {
	const struct alarm *alarm; /* after the change */
	const struct announcement *announcement;
	const uint8_t *chain; /* 32 bytes: hash of the alert event before */
};

/* Append the map to out.  Store faults stick in the projection. */
void notice_write(struct intake *intake, const struct notice_facts *facts,
    struct buf *out);

/*
 * Append an alert's last published map again with its new state, for an alert
 * whose rule is no longer loaded: nothing is counted anew.
 */
void notice_repeat(struct intake *intake, const struct alarm *alarm,
    const uint8_t chain[32], const struct value *published, struct buf *out);

#endif
