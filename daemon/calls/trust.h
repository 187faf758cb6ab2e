/*
 * trust.h - who may see what is watched or held, and what people wrote of an
 * alert.  Loop thread.
 */
#ifndef TOCSIN_CALLS_TRUST_H
#define TOCSIN_CALLS_TRUST_H

#include "daemon/calls/services.h"

/*
 * The reader that a session is: trusted when alerts.trusted names its
 * organisation, or it is named as trusted; everyone, when neither
 * names any (the operator is alone).
 */
enum event_reader trust_reader(struct session *session);

/* Is whoever waits for this answer trusted?  No, when they have gone. */
bool trust_ticket(const struct services *services, struct ticket ticket);

/*
 * May the session say something about alerts, which others then act upon?  0,
 * or ERROR_FORBIDDEN with why.
 */
int trust_check(struct session *session, struct refusal *why);

#endif
