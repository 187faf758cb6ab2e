/*
 * record_standing.h - the end of a report's header: how it counts among others
 * (marks, doubts, case), since when, and its evidence; of now, then of before.
 * Older logs end before it, as does a report that nothing was compared of and
 * nobody doubts.
 */
#ifndef TOCSIN_STORE_RECORD_STANDING_H
#define TOCSIN_STORE_RECORD_STANDING_H

#include "daemon/store/record.h"

/*
 * received_ms is the event's, or of a REGROUP that at which the report came:
 * record->week is written as weeks before it.
 */
void record_standing_write(struct buf *out, enum record_type type,
    const struct record_report *record, int64_t received_ms);

/* Read what there is; record->week is always filled.  cut->bad when broken. */
void record_standing_read(struct cut *cut, enum record_type type,
    struct record_report *record, int64_t received_ms);

#endif
