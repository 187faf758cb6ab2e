/*
 * acts.h - the list of acts that audit.list reads, kept as events come.
 * Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_ACTS_H
#define TOCSIN_INTAKE_ACTS_H

#include "daemon/intake/intake.h"
#include "daemon/store/record_audit.h"

/* List the event, if it is an act. */
void acts_apply(struct projection *projection, const struct store_event *event);

/* Write down an act of its own; body says who.  Its sequence. */
uint64_t acts_write(struct intake *intake, enum audit_kind kind,
    struct text body);

#endif
