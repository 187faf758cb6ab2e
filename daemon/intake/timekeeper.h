/*
 * timekeeper.h - when was it received?  The wall clock says, unless it leaps:
 * what it gains on a clock that only counts on, beyond TIMEKEEPER_LEAP_MS, is
 * not believed as long as the daemon runs, and time goes on from where it was.
 * A clock set right after having been behind is no leap.  Pure.
 */
#ifndef TOCSIN_INTAKE_TIMEKEEPER_H
#define TOCSIN_INTAKE_TIMEKEEPER_H

#include <stdbool.h>
#include <stdint.h>

#define TIMEKEEPER_LEAP_MS (INT64_C(56) * 86400000)
#define TIMEKEEPER_BEHIND_MS (INT64_C(1) * 86400000)

/* Zeroed: it has not been asked yet. */
struct timekeeper {
	int64_t believed_ms, monotonic_ms; /* of the last question */
	bool is_asked;
	bool is_ahead;  /* the wall clock has leapt */
	bool is_behind; /* more than TIMEKEEPER_BEHIND_MS behind what was
			   received */
};

/* What the clocks say, ms. */
struct timekeeper_clocks {
	int64_t wall_ms, monotonic_ms;
	int64_t newest_ms; /* newest received time so far; 0 none */
};

/* The time to go by: never before newest_ms. */
int64_t timekeeper_ask(struct timekeeper *keeper,
    const struct timekeeper_clocks *clocks);

#endif
