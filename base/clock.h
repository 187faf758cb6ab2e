/*
 * clock.h - wall time as a seam: real time plus an offset, so that a test can
 * live on another day.  Any thread may read it; it never changes after start.
 */
#ifndef TOCSIN_BASE_CLOCK_H
#define TOCSIN_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	int64_t offset_ms; /* 0: the real time */
};

/* Milliseconds since 1970-01-01 UTC. */
static inline int64_t
clock_now(const struct clock *clock)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 +
	    clock->offset_ms;
}

/* Milliseconds that only count on, from some moment; no offset moves them. */
static inline int64_t
clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
