/*
 * members.h - organisations that the operator named, and their tokens, as
 * events and rows.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_MEMBERS_H
#define TOCSIN_INTAKE_MEMBERS_H

#include "daemon/intake/intake.h"
#include "daemon/store/record_access.h"

enum { MEMBERS_TOKENS_MAX = 16384 }; /* ever made */

/* Apply either event; false when its header cannot be read. */
bool members_apply(struct projection *projection,
    const struct store_event *event);

/*
 * Write down what is said of an organisation from now on.  Its ordinal is
 * found by its name, whose hash is given.  The sequence, or 0 when there are
 * no ordinals left or the store failed.
 */
uint64_t members_name(struct intake *intake, struct record_organisation *record,
    uint64_t name_hash, struct text body);

/*
 * Write down what happens to a token; one that is made is given the next
 * number.  The sequence, or 0 when there are too many or the store failed.
 */
uint64_t members_token(struct intake *intake, struct record_token *record,
    struct text body);

/*
 * Append every row: a byte that says which (enum record_type), then the row
 * behind its length.  STORE_OK or the fault.
 */
int members_list(struct intake *intake, struct buf *out);

/* Append one of them in the same way. */
void members_read_organisation(struct intake *intake, uint32_t organisation,
    struct buf *out);
void members_read_token(struct intake *intake, uint32_t token, struct buf *out);

#endif
