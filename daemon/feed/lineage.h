/*
 * lineage.h - what was merged into what at a sequence, for an export: from the
 * rows of a snapshot, or from the acts of curators in the log.  One thread.
 *
 * Memory: 4 bytes for each product up to the last one that was ever merged,
 * and 8 for each that is.
 */
#ifndef TOCSIN_FEED_LINEAGE_H
#define TOCSIN_FEED_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/family.h"
#include "daemon/store/store.h"

/* Zeroed is empty: every product stands alone. */
struct lineage {
	uint32_t *parent; /* owned; by product, 0 none */
	uint32_t cap;
	/* Owned; root << 32 | product of each that is merged, sorted. */
	uint64_t *merged;
	size_t nmerged;
};

/* Free the memory; the lineage is empty again. */
void lineage_free(struct lineage *lineage);

/* Take in the tree of a snapshot; 0 or an enum store_result. */
int lineage_load(struct lineage *lineage, struct snapshot *snapshot);

/*
 * Take in the next event of the log, of whatever type.  0, STORE_CORRUPT or
 * STORE_MEMORY.
 */
int lineage_take(struct lineage *lineage, const struct store_event *event);

/*
 * Behind the last event taken and before lineage_family: list the families.
 * 0, STORE_CORRUPT (a family too large, or a cycle) or STORE_MEMORY.
 */
int lineage_settle(struct lineage *lineage);

/* Whom a product is read through; itself when nothing is above it. */
uint32_t lineage_root(const struct lineage *lineage, uint32_t product);

/*
 * A product and all that is above it, the root last: what somebody may have
 * asked for who is to see its reports.  Returns how many, from 1.
 */
unsigned lineage_line(const struct lineage *lineage, uint32_t product,
    uint32_t line[FAMILY_MAX + 1]);

/* The family of a root; alone it is its own. */
void lineage_family(const struct lineage *lineage, uint32_t root,
    struct family *family);

#endif
