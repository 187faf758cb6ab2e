/*
 * casebook.h - rows of cases: reports that tell of one event.  A report that
 * was found alike to no other has no row; it is a case by itself.  A case is
 * named by one of its members, so that no two bear one name: by the first that
 * was in it, and when that one leaves, by the first that is left.  Writer
 * thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_CASEBOOK_H
#define TOCSIN_INTAKE_CASEBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/cases.h"
#include "daemon/intake/projection.h"

struct casebook {
	uint64_t id; /* first sequence of a member; 0: no case */
	unsigned count;
	struct evidence member[CASES_MEMBERS_MAX]; /* in order of joining */
};

/* The case a report (by first sequence) is in with others; id 0: none. */
void casebook_find(struct projection *projection, uint64_t seq,
    struct casebook *book);

/*
 * What the members left, or brought together, call their case: as it was called
 * while that one is among them.
 */
uint64_t casebook_name(const struct casebook *book);

/*
 * A report joins the case that another, of this first sequence, is in; or
 * begins one with it, which is then founder and not NULL.
 */
void casebook_join(struct projection *projection, uint64_t other,
    const struct evidence *founder, const struct evidence *evidence);

/*
 * A report leaves the case it is in, if any; the last one left is alone again.
 * *book: those left.
 */
void casebook_leave(struct projection *projection, uint64_t seq,
    struct casebook *book);

/* Write what the book says of its members; of one alone there is no row. */
void casebook_put(struct projection *projection, const struct casebook *book);

/* The row of this name goes; its members' places are told by the caller. */
void casebook_drop(struct projection *projection, uint64_t id);

/*
 * The marks (enum fact_mark) of a report among the others of its case: are
 * there any of its product, of its mode?  itself, if it is there, not counted.
 */
uint8_t casebook_marks(const struct casebook *book,
    const struct evidence *evidence);

#endif
