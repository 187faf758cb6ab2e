/*
 * naming.h - rows of names: the store's ordinals, products, their keys and
 * the spelling to show.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_NAMING_H
#define TOCSIN_INTAKE_NAMING_H

#include "daemon/intake/projection.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"

/* Apply a dictionary record. */
void naming_add_name(struct projection *projection,
    const struct record_name *record, struct text name);
/* A product is made; or, of one that is known, its names are read anew. */
void naming_add_product(struct projection *projection,
    const struct record_product *record);
void naming_add_product_key(struct projection *projection,
    const struct record_product_key *record);
void naming_add_spelling(struct projection *projection,
    const struct record_spelling *record);

/* A curator's alias is made or unmade. */
void naming_set_alias(struct projection *projection,
    const struct record_curation *record);

/* A curator names a product; empty: no longer. */
void naming_give(struct projection *projection, uint32_t product,
    struct text given);

/* A report spells its product so, or no longer does; hash 0 is no spelling. */
void naming_count_spelling(struct projection *projection,
    const struct facts *facts, uint32_t hash);
void naming_uncount_spelling(struct projection *projection,
    const struct facts *facts, uint32_t hash);

/* The counter of a kind of names (enum name_kind); static. */
const char *counter_of_names(uint8_t kind);

#endif
