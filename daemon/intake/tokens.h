/*
 * tokens.h - rows of the index in which look-alikes of a product are found.
 * What is indexed was in a record's header, so that a replay does the same.
 * Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_TOKENS_H
#define TOCSIN_INTAKE_TOKENS_H

#include "daemon/intake/projection.h"
#include "daemon/store/record.h"

/*
 * A product was first named: by its folded model, or by its brand within its
 * category; and by the second reading of its code.  One known by its category
 * only is not indexed.
 */
void tokens_add_product(struct projection *projection,
    const struct record_product *record);

/* A product got its code later. */
void tokens_add_gtin(struct projection *projection, uint32_t product,
    uint64_t gtin);

/* A product of this level was spelled in one more way. */
void tokens_add_spelling(struct projection *projection,
    const struct record_spelling *record, uint8_t level);

#endif
