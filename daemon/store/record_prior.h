/*
 * record_prior.h - the header of an event that says what streams of a category
 * are measured against from now on <-> bytes; record.h says how records may
 * change.  The body is the category's slug; empty for the whole instance.
 */
#ifndef TOCSIN_STORE_RECORD_PRIOR_H
#define TOCSIN_STORE_RECORD_PRIOR_H

#include "base/bytes.h"
#include "daemon/core/volumes.h"

struct record_prior {
	uint64_t category; /* hash; VOLUME_ALL: of whatever has none */
	struct yardstick yardstick;
	double scale; /* VOLUME_ALL: of the budget, from now on (budget.h) */
	uint64_t reports; /* VOLUME_ALL: held when it was estimated */
};

/* Append the header. */
void record_prior_write(struct buf *out, const struct record_prior *record);

/* Read it; false: no such header, or numbers that no estimate gives. */
bool record_prior_read(struct text header, struct record_prior *record);

#endif
