/*
 * unite.h - the counts of several groups read as those of one: what a merged
 * product is counted as.
 */
#ifndef TOCSIN_CORE_UNITE_H
#define TOCSIN_CORE_UNITE_H

#include "daemon/core/window.h"

/*
 * Add other's counts to row, which has room for AGGREGATE_TALLIES_MAX tallies.
 * Organisations are counted once, by their tallies; sources are added up, and
 * the caller takes off those that are in both.  A zeroed row is an empty one.
 */
void unite_aggregates(struct aggregate *row, const struct aggregate *other);

/*
 * Add other's entries to window, which has room for WINDOW_MAX: in order of
 * arrival, the newest filed kept, evicted the later of both and of what had to
 * make place.  Entries with hazards keep up to half of the places, as
 * in window_add.
 */
void unite_windows(struct window *window, const struct window *other);

#endif
