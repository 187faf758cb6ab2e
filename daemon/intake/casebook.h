/*
 * casebook.h - rows of cases: reports that tell of one event.  A report that
 * was found alike to no other has no row; it is a case by itself.  Writer
 * thread; faults stick in the projection.
 */
#ifndef TOCSIN_INTAKE_CASEBOOK_H
#define TOCSIN_INTAKE_CASEBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/cases.h"
#include "daemon/intake/projection.h"

struct casebook {
	uint64_t id; /* first sequence of the report that began it; 0 none */
	unsigned count;
	struct evidence member[CASES_MEMBERS_MAX]; /* in order of joining */
};

/* The case a report (by first sequence) is in with others; id 0: none. */
void casebook_find(struct projection *projection, uint64_t seq,
    struct casebook *book);

/*
 * A report joins the case; one that has no row yet is begun by founder, which
 * is then NULL no more.
 */
void casebook_join(struct projection *projection, uint64_t id,
    const struct evidence *founder, const struct evidence *evidence);

/* A report leaves; the last one left is alone again.  *book: those left. */
void casebook_leave(struct projection *projection, uint64_t id, uint64_t seq,
    struct casebook *book);

/*
 * The marks (enum fact_mark) of a report among the others of its case: are
 * there any of its product, of its mode?  itself, if it is there, not counted.
 */
uint8_t casebook_marks(const struct casebook *book,
    const struct evidence *evidence);

#endif
