/*
 * normal.h - the standard normal distribution.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_NORMAL_H
#define TOCSIN_CORE_DETECT_NORMAL_H

/* ln P(Z > z), however deep. */
double normal_log_upper(double z);

/*
 * z with P(Z <= z) = p, for p within 0..1 (-INFINITY and INFINITY at the
 * ends); by Newton's method on the logarithm of the smaller tail, from
 * Abramowitz and Stegun 26.2.23.
 */
double normal_quantile(double p);

#endif
