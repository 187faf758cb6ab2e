/*
 * pacers.h - what each reporter has brought lately, over all products: nobody
 * is heard more often than a person can have reason to.  The newest
 * PACERS_REPORTERS reporters are remembered, each with its newest
 * PACERS_REPORTS reports of the last PACERS_MEMORY_DAYS; in memory only: what
 * came of it stands in the reports, and a start fills it from the end of the
 * log.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_PACERS_H
#define TOCSIN_INTAKE_PACERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACERS_DAYS = 30,
	PACERS_CASES = 5,    /* in these days, that count in detection */
	PACERS_REPORTS = 20, /* in these days, that count in volumes */
	PACERS_MEMORY_DAYS = 120,
	PACERS_REPORTERS = 1 << 17, /* 64 bytes each */
};

struct pacers;

/* NULL when out of memory; NULL is fine to free. */
struct pacers *pacers_new(void);
void pacers_free(struct pacers *pacers);
void pacers_clear(struct pacers *pacers);

/* A report as it is remembered of its reporter. */
struct pacers_report {
	uint32_t source; /* 0: nobody's */
	uint32_t product;
	uint16_t mode;
	bool is_case; /* it counts as one in detection */
	int32_t day;  /* received */
};
void pacers_add(struct pacers *pacers, const struct pacers_report *report);

/*
 * What its source brought in the PACERS_DAYS days up to its own; both at most
 * PACERS_REPORTS.  may_repeat: one of the last PACERS_MEMORY_DAYS is of the
 * same group, or (1 in 256) looks like it.
 */
struct pace {
	unsigned cases, reports;
	bool may_repeat;
};
void pacers_find(const struct pacers *pacers,
    const struct pacers_report *report, struct pace *pace);

#endif
