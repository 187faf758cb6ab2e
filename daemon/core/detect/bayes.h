/*
 * bayes.h - is a count higher than those just before it forecast?  For
 * analysts (Riebler 2004, algo.bayes of R's package surveillance with b = 0).
 *
 * S cases in the window of w counts before t and Jeffreys' prior of the rate
 * forecast a negative binomial of size S + 1/2 and p = w/(w + 1); alarm where
 * the count is above its quantile 1 - alpha.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_BAYES_H
#define TOCSIN_CORE_DETECT_BAYES_H

#include <stdbool.h>
#include <stddef.h>

struct bayes_options {
	unsigned window; /* w >= 1 */
	double alpha;    /* within 0..1 */
};

struct bayes_row {
	double upper; /* NAN: not known, in the first w rows */
	bool alarm;
};

/* Fill a row for each count. */
void bayes_series(const struct bayes_options *options, const double *x,
    size_t count, struct bayes_row *rows);

#endif
