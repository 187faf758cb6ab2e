/*
 * gatekeeper.h - may what a rule or the detector found be published?  Gathers
 * what core/detect/gate asks for: whose reports they are, whether these are
 * established, at which registered sites, and whether the product is in a
 * burst.  Writer thread.
 *
 * Sites stand in reports' contents, which are read back from the log: only
 * when nothing else is wanting, once a day for each group, and for so many
 * groups a day (a millisecond or so each), so that a flood cannot make the
 * writer slow.  The report being decided is not in the log yet: its site is
 * seen from the next one on.
 */
#ifndef TOCSIN_INTAKE_GATEKEEPER_H
#define TOCSIN_INTAKE_GATEKEEPER_H

#include "daemon/core/detect/gate.h"
#include "daemon/intake/recent.h"

enum { GATEKEEPER_LOOKS = 1000 }; /* a day */

struct gatekeeper;

/* NULL when out of memory; NULL is fine to free. */
struct gatekeeper *gatekeeper_new(void);
void gatekeeper_free(struct gatekeeper *gatekeeper);

/*
 * Ask of what this rule counts in the group today; a rule of basis statistic
 * is the detector's.  Of basis rule only a burst can hold: who writes one
 * knows what he wants to hear of.  About 2 us with a full window.
 */
void gatekeeper_ask(struct intake *intake, struct recent *recent,
    const struct rule *rule, struct gate_answer *answer);

/*
 * Hold back what was found for its alarm, if the rule's gate is not open: what
 * rings is held, or only watched.  What was published once is not asked again.
 * Of a statistic that is held only the gate decides: its evidence began anew
 * when it was held.  Was the gate asked?  Then answer is filled.
 */
struct findings;
bool gatekeeper_pass(struct intake *intake, struct recent *recent,
    struct findings *findings, struct gate_answer *answer);

/*
 * A product whose burst no longer holds it, each once: ask again what was held
 * of it.  0: none.
 */
uint32_t gatekeeper_ended(struct intake *intake);

#endif
