/*
 * suspicion.h - what a refused pair leaves behind: a report that was held for
 * the other's event, and no one else's, is suspected no longer.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_SUSPICION_H
#define TOCSIN_INTAKE_SUSPICION_H

#include "daemon/intake/judged.h"
#include "daemon/store/record_judgement.h"

/*
 * Of two reports about to be told apart: fill in the one whose suspicion ends,
 * if either's does, and the pair in which one waited for the other.
 */
void suspicion_read(struct intake *intake, const struct judged report[2],
    struct record_judgement *record);

#endif
