/*
 * reviews.h - rows of reports that may tell of another's event and wait for a
 * person, and of pairs that a person told apart.  Reports are named by the
 * sequences of their first events.  Writer thread; faults stick in the
 * projection.
 */
#ifndef TOCSIN_INTAKE_REVIEWS_H
#define TOCSIN_INTAKE_REVIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/intake/projection.h"
#include "daemon/store/record_evidence.h"
#include "daemon/store/record_judgement.h"
#include "daemon/store/rows_judgement.h"

/*
 * A report is counted from now on: it waits when what was found says so.  For
 * one report at most REVIEWS_OF_ONE_MAX others wait.
 */
void reviews_add(struct projection *projection, const struct evidence *evidence,
    const struct record_case *found);

/* It is counted no longer: neither it waits nor anyone because of it. */
void reviews_remove(struct projection *projection,
    const struct evidence *evidence);

/* The pair that the report waits in; false: none. */
bool reviews_find(struct projection *projection, uint32_t product, uint64_t seq,
    struct judgement_review *review);

/* Enter a pair; take out the one in which the report waits, if it does. */
void reviews_put(struct projection *projection, uint32_t product,
    const struct judgement_review *review);
void reviews_take(struct projection *projection, uint32_t product,
    uint64_t seq);

/* The act in force that says that two reports are not of one event; 0 none. */
uint64_t reviews_apart(struct projection *projection, uint64_t one,
    uint64_t other);

/* Say so, by an act on a product; it holds until the act is taken back. */
void reviews_part(struct projection *projection, uint64_t one, uint64_t other,
    uint32_t product, uint64_t act);

#endif
