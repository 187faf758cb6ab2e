/*
 * detection_draw.h - numbers by chance, the same for a seed.
 */
#ifndef TOCSIN_BENCH_DETECTION_DRAW_H
#define TOCSIN_BENCH_DETECTION_DRAW_H

#include <stdint.h>

/* Gamma of this shape > 0 and scale 1. */
double draw_gamma(uint64_t *state, double shape);

/* Poisson of this mean >= 0; above 60 by the normal distribution. */
unsigned draw_poisson(uint64_t *state, double mean);

/* Negative binomial of this mean and size; Poisson when size is 0. */
unsigned draw_count(uint64_t *state, double mean, double size);

/* 0 to count - 1; count > 0. */
unsigned draw_below(uint64_t *state, unsigned count);

#endif
