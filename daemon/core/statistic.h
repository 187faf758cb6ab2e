/*
 * statistic.h - the statistic as the rules it is published by: what it is
 * allowed, and a rule for the streams of modes and one for those of each
 * hazard, which say which reports of a group are counted and shown beside the
 * score.  Never changed after it was made.
 */
#ifndef TOCSIN_CORE_STATISTIC_H
#define TOCSIN_CORE_STATISTIC_H

#include "daemon/core/rule.h"
#include "daemon/core/subject.h"

enum {
	STATISTIC_DAYS = 91,
	STATISTIC_VERSION = 1,    /* of the detector, "sre/1" */
	STATISTIC_WEEKS_MIN = 13, /* observed before any prior is estimated */
	STATISTIC_SCARCE = 15,    /* cases a week below which a category is
				  measured by its family */
};

#define STATISTIC_ALGORITHM "sre/1"

struct statistic {
	double per_week; /* false alerts allowed; 0: it does not ring */
	double floor;    /* no threshold is lower */
	double severe_weight;
	struct rule rule[SUBJECT_RULES]; /* by id; those of no hazard are 0 */
};

/* NULL when out of memory.  Freed with free(). */
struct statistic *statistic_new(const struct vocabulary *vocabulary);

/* The rule of this id; NULL when it is not the statistic's. */
const struct rule *statistic_rule(const struct statistic *statistic,
    uint32_t id);

#endif
