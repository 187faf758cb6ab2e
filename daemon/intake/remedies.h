/*
 * remedies.h - fixes and recalls that people declared of products: what an
 * alert regresses after.  Writer thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_REMEDIES_H
#define TOCSIN_INTAKE_REMEDIES_H

#include "daemon/intake/projection.h"
#include "daemon/store/record_remedy.h"

struct family;

/* Apply the act of this sequence; false when its header cannot be read. */
bool remedies_apply(struct projection *projection, struct text header,
    uint64_t seq);

/*
 * The day of the newest remedy in force of a product's family, for this mode
 * or for all; 0 none.
 */
int32_t remedies_newest(struct projection *projection,
    const struct family *family, uint16_t mode);

/* Has a product and mode room for one more?  Is this act in force there? */
bool remedies_has_room(struct projection *projection, uint32_t product,
    uint16_t mode);
bool remedies_find(struct projection *projection, uint32_t product,
    uint16_t mode, uint64_t seq, struct remedy_entry *entry);

#endif
