/*
 * date.h - dates as reports know them: a year, a month or a day, and nothing
 * finer.  Proleptic Gregorian calendar, UTC, no time zone database.
 */
#ifndef TOCSIN_BASE_DATE_H
#define TOCSIN_BASE_DATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum date_precision { DATE_ABSENT, DATE_YEAR, DATE_MONTH, DATE_DAY };

/* Zeroed means absent. */
struct date {
	int32_t day;       /* first day of the period, days since 1970-01-01 */
	uint8_t precision; /* enum date_precision */
};

enum {
	DATE_MAX = 11,    /* "YYYY-MM-DD" and a NUL */
	INSTANT_MAX = 21, /* "YYYY-MM-DDTHH:MM:SSZ" and a NUL */
};

/* Earliest and latest years a report may speak of. */
enum { DATE_MIN_YEAR = 1900, DATE_MAX_YEAR = 2199 };

/*
 * Read YYYY, YYYY-MM or YYYY-MM-DD, exactly.  0, or -1 for anything else, a
 * day that does not exist included; *why (may be NULL) then says the rule in
 * a static string.
 */
int date_parse(struct text text, struct date *date, const char **why);

/* Write the date with its precision, NUL-terminated; returns its length. */
size_t date_format(struct date date, char out[DATE_MAX]);

/* The last day of the date's period. */
int32_t date_last_day(struct date date);

/* The day a moment (ms since the epoch) falls on, in UTC. */
int32_t date_of_ms(int64_t ms);

/* Year, month (1..12) and day of month (1..31) of a day number. */
void date_split(int32_t day, int *year, int *month, int *mday);

/* Day number of a calendar date that exists. */
int32_t date_join(int year, int month, int mday);

/* Monday (ISO week start) on or before this day. */
int32_t date_week_start(int32_t day);

/* Write a moment as "YYYY-MM-DDTHH:MM:SSZ", NUL-terminated. */
size_t instant_format(int64_t ms, char out[INSTANT_MAX]);

/* Read exactly that form; 0 or -1. */
int instant_parse(struct text text, int64_t *ms);

#endif
