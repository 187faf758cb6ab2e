/*
 * roots.h - the rows of groups as they are read: of products that were merged,
 * the root's alone, with the counts of all of them.  Any thread.
 */
#ifndef TOCSIN_FEED_ROOTS_H
#define TOCSIN_FEED_ROOTS_H

#include "daemon/store/snapshot.h"

/*
 * Visit the aggregates and alarms of KEYSPACE_GROUP in key order, those of a
 * product that is merged into another left out; a root has an aggregate in
 * every mode that any of its family ever counted.  nalarms of an aggregate is
 * the whole family's, root is 0.  visit may not use the snapshot.  Non-zero of
 * visit stops and is returned; else 0 or an enum store_result.
 */
int roots_walk(struct snapshot *snapshot, snapshot_visit *visit, void *who);

#endif
