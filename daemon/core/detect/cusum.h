/*
 * cusum.h - cumulative sums of transformed counts, for analysts:
 *
 *     S[t] = max(0, S[t - 1] + z[t] - k), alarm where S >= h; S goes on
 *
 * with z of the count x and the mean m, > 0:
 *
 *     standard        (x - m)/sqrt(m)
 *     rossi           (x - 3 m + 2 sqrt(x m))/(2 sqrt(m))
 *     anscombe        3/2 (x^(2/3) - m^(2/3))/m^(1/6)
 *     pearsonNegBin   (x - m)/sqrt(m + dispersion m^2)
 *
 * Rossi, Lampugnani and Marchi, Statistics in Medicine 1999; Pierce and
 * Schafer, JASA 1986.  By convention k = 1.04, h = 2.26.  The upper bound is
 * the count at which S would reach h; as R's package surveillance has it, it
 * is rounded up for "standard" and never below 0.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_CUSUM_H
#define TOCSIN_CORE_DETECT_CUSUM_H

#include <stdbool.h>
#include <stddef.h>

enum cusum_transform {
	CUSUM_STANDARD,
	CUSUM_ROSSI,
	CUSUM_ANSCOMBE,
	CUSUM_PEARSON_NEGBIN,
	CUSUM_TRANSFORMS
};

/* As above: "standard" ... "pearsonNegBin". */
extern const char *const cusum_name[CUSUM_TRANSFORMS];

struct cusum_options {
	enum cusum_transform transform;
	double k, h;
	double mean;       /* m */
	double dispersion; /* variance = mean + dispersion mean^2 */
};

struct cusum_row {
	double sum, upper;
	bool alarm;
};

/* Fill a row for each count, from S = 0. */
void cusum_series(const struct cusum_options *options, const double *x,
    size_t count, struct cusum_row *rows);

#endif
