/*
 * judgement.h - what a person said of reports, applied to the rows: cases,
 * counts, windows, the queue, pairs told apart.  Writer thread; faults stick in
 * the projection.
 */
#ifndef TOCSIN_INTAKE_JUDGEMENT_H
#define TOCSIN_INTAKE_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/projection.h"
#include "daemon/store/record_judgement.h"

/* Apply the act of this sequence.  False when its header contradicts the
 * rows. */
bool judgement_apply(struct projection *projection,
    const struct record_judgement *record, uint64_t seq);

#endif
