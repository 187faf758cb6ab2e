/*
 * ears.h - the Early Aberration Reporting System's C1, C2 and C3 (Hutwagner
 * and others, Journal of Urban Health 2003), for analysts: on counts of 0 to 3
 * they ring far too often to be a trigger.
 *
 *     C1  mean and standard deviation s of the baseline, the 7 counts before
 *         t; upper = mean + z s; alarm where the count is above it
 *     C2  the same, of the 7 counts that end with t - 3
 *     C3  as R's package surveillance computes it: upper = x[t] + s (z - the
 *         sum of max(0, C2 - 1) over t - 2 and t - 1), at least 0; alarm where
 *         x[t] is above it, i.e. where that sum exceeds z.  The count of t
 *         itself does not enter: this is not the C3 of CDC
 *     CDC's C3  statistic = the sum of max(0, C2 - 1) over t - 2, t - 1 and t;
 *         alarm where it is above 2
 *
 * with C2 = (x[t] - mean)/s and s never below min_sigma.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_EARS_H
#define TOCSIN_CORE_DETECT_EARS_H

#include <stdbool.h>
#include <stddef.h>

enum ears_method { EARS_C1, EARS_C2, EARS_C3, EARS_C3_CDC };

struct ears_options {
	enum ears_method method;
	unsigned baseline; /* counts, 3 and more; 7 */
	double min_sigma;  /* >= 0; .5 is advised for small counts */
	/* Quantile of the normal distribution, by convention that of .999 for
	 * C1 and C2, of .975 for C3; of CDC's C3 the limit, 2. */
	double z;
};

struct ears_row {
	double level; /* upper; of CDC's C3 the statistic; NAN: not known */
	bool alarm;
};

/* Counts needed before the first row that is known. */
unsigned ears_history(const struct ears_options *options);

/* Fill a row for each count. */
void ears_series(const struct ears_options *options, const double *x,
    size_t count, struct ears_row *rows);

#endif
