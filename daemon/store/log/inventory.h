/*
 * inventory.h - the segments there are in DIR/log, in order, and whether they
 * belong together.
 */
#ifndef TOCSIN_STORE_LOG_INVENTORY_H
#define TOCSIN_STORE_LOG_INVENTORY_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/store/log/fault.h"
#include "daemon/store/log/segment.h"

struct segment_list {
	struct segment **at; /* ordered, contiguous numbers; each owned */
	size_t n, cap;
};

/* Free the segments and the list's memory. */
void segment_list_free(struct segment_list *list);
/* Take ownership of segment.  STORE_OK or STORE_MEMORY. */
int segment_list_add(struct segment_list *list, struct segment *segment);

/*
 * Open every segment of the directory (a descriptor), remove files that were
 * never finished, and see that numbers, chains and sequences join.  list is
 * zeroed before; it stays empty when there are none.  All but the last are
 * closed, their last_seq and chain known.
 */
int inventory_take(int dir, const uint8_t instance[16],
    struct segment_list *list, struct store_fault *fault);

#endif
