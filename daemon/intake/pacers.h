/*
 * pacers.h - how much each reporter has brought within PACERS_DAYS, over all
 * products: nobody is heard more often than a person can have reason to.  The
 * newest PACERS_REPORTERS reporters are remembered, in memory only: what came
 * of it stands in the reports, and a start fills it from the end of the log.
 * Writer thread.
 */
#ifndef TOCSIN_INTAKE_PACERS_H
#define TOCSIN_INTAKE_PACERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACERS_DAYS = 30,
	PACERS_CASES = 5,           /* that count in detection */
	PACERS_REPORTS = 20,        /* that count in the volume of categories */
	PACERS_REPORTERS = 1 << 17, /* 64 bytes each */
};

struct pacers;

/* NULL when out of memory; NULL is fine to free. */
struct pacers *pacers_new(void);
void pacers_free(struct pacers *pacers);
void pacers_clear(struct pacers *pacers);

/* A reporter brought a report on this day, that counts as a case, or not. */
void pacers_add(struct pacers *pacers, uint32_t source, int32_t day,
    bool is_case);

/* What it brought in the PACERS_DAYS days up to this one. */
struct pace {
	unsigned cases;   /* at most PACERS_REPORTS */
	unsigned reports; /* at most PACERS_REPORTS */
	int32_t last;     /* day of its newest report, also before those days;
			     INT32_MIN: it is not remembered */
};
void pacers_find(const struct pacers *pacers, uint32_t source, int32_t day,
    struct pace *pace);

#endif
