/*
 * week.h - the buckets of the detector: weeks from Monday, numbered from that
 * of 29 December 1969, which is 0.  Week 0 stands for "none" where weeks are
 * stored.
 */
#ifndef TOCSIN_CORE_DETECT_WEEK_H
#define TOCSIN_CORE_DETECT_WEEK_H

#include <stdint.h>

/* The week a day (since 1970-01-01) lies in; out of range: the nearest. */
uint16_t week_of_day(int32_t day);

/* The week of a moment, in ms since the epoch, UTC. */
uint16_t week_of_ms(int64_t ms);

/* The Monday it begins with, as a day number. */
int32_t week_first_day(uint16_t week);

#endif
