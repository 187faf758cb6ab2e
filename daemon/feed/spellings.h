/*
 * spellings.h - what products are called at a sequence: as a curator
 * named them, else by how often each spelling was written, from events alone.
 * One thread.
 */
#ifndef TOCSIN_FEED_SPELLINGS_H
#define TOCSIN_FEED_SPELLINGS_H

#include <stdint.h>

#include "base/text.h"
#include "daemon/store/store.h"

struct spellings;

/* NULL when out of memory. */
struct spellings *spellings_new(void);
void spellings_free(struct spellings *spellings); /* NULL is fine */

/*
 * Take in the next event of the log, from the first on, of whatever type.  0,
 * STORE_CORRUPT or STORE_MEMORY.
 */
int spellings_take(struct spellings *spellings,
    const struct store_event *event);

/*
 * Visit every product that has a name to show, which is brand, 0x1f, model.
 *  Non-zero of visit stops and is returned.
 */
typedef int spellings_visit(void *who, uint32_t product, struct text shown);
int spellings_each(const struct spellings *spellings, spellings_visit *visit,
    void *who);

#endif
