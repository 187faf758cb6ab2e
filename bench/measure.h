/*
 * measure.h - what every benchmark driver needs: time, sorted samples and an
 * end with a message.  Drivers are short-lived, so they end at the first
 * failure instead of passing it up.
 */
#ifndef TOCSIN_BENCH_MEASURE_H
#define TOCSIN_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Durations, in nanoseconds.  Zeroed is empty and valid. */
struct samples {
	uint64_t *at; /* owned */
	size_t count;
	size_t cap;
};

/* Say why on stderr and exit 1. */
void die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Nanoseconds of a clock that never goes back. */
uint64_t now_ns(void);

/* Seconds of processor time this process has used, user and system. */
double cpu_seconds(void);

/* Memory of zeros; ends the program when there is none.  Owned by caller. */
void *must_alloc(size_t count, size_t size);

/* All bytes of a file; ends the program when it cannot be read. */
struct text read_whole(const char *path);

/* A number argument of min to max; ends the program otherwise. */
uint64_t number_of(const char *name, const char *text, uint64_t min,
    uint64_t max);

/* Keep one duration. */
void samples_add(struct samples *samples, uint64_t ns);

/* Sort; needed once before samples_at. */
void samples_sort(struct samples *samples);

/* The duration that a share (0 to 1) of the sorted samples stays below. */
uint64_t samples_at(const struct samples *samples, double share);

/* Release the memory and return to the empty state. */
void samples_free(struct samples *samples);

/* A deterministic number from a state that it moves on (splitmix64). */
uint64_t dice(uint64_t *state);

/* As dice, as a fraction of at least 0 and below 1. */
double dice_share(uint64_t *state);

#endif
