/*
 * glr.h - likelihood ratios of a rise to none since the last alarm, for
 * analysts (Hohle and Paul, Computational Statistics and Data Analysis 2008).
 * Of counts x with mean m, > 0:
 *
 *     glr_pois     the greatest, over all k up to t, of X ln(X/M) - (X - M)
 *                  with X and M the sums of x and m over k..t, X > M; else 0
 *     lrcusum      G = max(0, G + theta x + (1 - e^theta) m): a Poisson mean
 *                  times e^theta
 *     nb_lrcusum   G = max(0, G + theta x + (x + 1/dispersion) ln[(1 +
 *                  dispersion m)/(1 + dispersion m e^theta)])
 *
 * An alarm rings, and everything starts anew behind it, where the statistic
 * reaches the limit (glr_pois) or passes it (the others), as R's package
 * surveillance has it.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_GLR_H
#define TOCSIN_CORE_DETECT_GLR_H

#include <stdbool.h>
#include <stddef.h>

enum glr_method { GLR_POISSON, GLR_LRCUSUM, GLR_NB_LRCUSUM };

struct glr_options {
	enum glr_method method;
	double mean;       /* m */
	double limit;      /* c.ARL; 5 */
	double theta;      /* ln of the rise, > 0; not of glr_pois */
	double dispersion; /* > 0: variance = mean + dispersion mean^2 */
};

struct glr_row {
	double value;
	bool alarm;
};

/* Fill a row for each count.  glr_pois looks back to the last alarm: quadratic
 * in what lies between two. */
void glr_series(const struct glr_options *options, const double *x,
    size_t count, struct glr_row *rows);

#endif
