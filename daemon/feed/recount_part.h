/*
 * recount_part.h - the parts of a recount, shared by its files.  Nobody else
 * includes it.
 */
#ifndef TOCSIN_FEED_RECOUNT_PART_H
#define TOCSIN_FEED_RECOUNT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "daemon/core/aggregate.h"
#include "daemon/core/alarm.h"
#include "daemon/store/store.h"

/*
 * A mark beside those of enum fact_mark: no report moves, but whether one
 * brings a case, to the product (mode 0) or to the mode.
 */
enum { MOVEMENT_OF_CASE = 1 << 7 };

/* A report counted in or out. */
struct movement {
	uint64_t seq : 63; /* of the report's first event */
	uint64_t is_added : 1;
	struct facts facts;
};

/* --- the counts of one product, at a time ------------------------------- */

struct counts;

/* NULL when out of memory.  Free what it gives with counts_free. */
struct counts *counts_new(void);
void counts_free(struct counts *counts); /* NULL is fine */

/* Begin another product. */
void counts_clear(struct counts *counts);

/*
 * Count a movement, in the order of events.  0, STORE_CORRUPT (out of what was
 * never in), STORE_MEMORY or RECOUNT_TOO_LARGE.
 */
int counts_move(struct counts *counts, const struct movement *movement);

/*
 * Count in what was counted of one more product of a family: each source
 * once.  0 or a code as counts_move, which is not for these counts.
 */
int counts_unite(struct counts *counts, const struct counts *product);

/* The groups counted so far, by mode; 0, all modes, is the first. */
unsigned counts_sort(struct counts *counts);
uint16_t counts_mode(const struct counts *counts, unsigned nth);
/* Row of a group: struct aggregate, 8-aligned. */
struct text counts_row(const struct counts *counts, unsigned nth);

/* --- the alarms of all groups ------------------------------------------- */

/* Zeroed is empty. */
struct alarms {
	struct alarm *at; /* owned */
	size_t count, cap;
};

/* Free the memory; not the struct. */
void alarms_free(struct alarms *alarms);

/* Take in an alert's event; 0 or a code as counts_move. */
int alarms_take(struct alarms *alarms, const struct store_event *event);

/*
 * Keep the newest of every product, mode and rule, in that order: what
 * KEYSPACE_GROUP holds.
 */
void alarms_sort(struct alarms *alarms);

#endif
