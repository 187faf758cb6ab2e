/*
 * logspace.h - sums of numbers that are held as their natural logarithms, so
 * that neither overflows nor underflows.  -INFINITY stands for 0.  Pure; any
 * thread.
 */
#ifndef TOCSIN_CORE_DETECT_LOGSPACE_H
#define TOCSIN_CORE_DETECT_LOGSPACE_H

#include <stddef.h>

/* ln(e^a + e^b) */
double logspace_add(double a, double b);

/* ln of the sum of e^x over count numbers; -INFINITY when there are none. */
double logspace_sum(const double *x, size_t count);

/* ln(1 - e^x) for x <= 0; -INFINITY at 0 (and above, by rounding). */
double logspace_complement(double x);

#endif
