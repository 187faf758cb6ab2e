/*
 * sre_series.h - the e-detector of sre.h over a whole series, for analysts: one
 * stream of volume 1, everything in logarithms, so that a score has no end.
 *
 * In week t the rate's gamma has shape a = a0 + A and rate b = b0 + B with
 * A <- rho A + x[t - lag], B <- rho B + 1 (nothing before t = lag), and for
 * each rate ratio R
 *
 *     ln M[R] <- ln(1 + M[R]) + ln L[R],  score = ln of the mean of M
 *
 * It fires where there are cases and the score reaches ln threshold; with
 * restart, all M are 0 behind that.  tocsind's streams have lag 1, cross and
 * restart.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_SRE_SERIES_H
#define TOCSIN_CORE_DETECT_SRE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

enum { SRE_SERIES_RATIOS_MAX = 16 };

struct sre_series_options {
	double a0, b0;    /* prior, > 0 */
	double rho;       /* what is kept of a week, within 0..1 */
	double size;      /* dispersion, > 0; INFINITY: Poisson */
	unsigned lag;     /* weeks, >= 1 */
	bool cross;       /* sre_size */
	double threshold; /* N, > 0 */
	bool restart;
	unsigned nratios;                     /* 1..SRE_SERIES_RATIOS_MAX */
	double ratios[SRE_SERIES_RATIOS_MAX]; /* > 1 */
};

struct sre_series_row {
	double mean, size; /* of the forecast */
	double log_score;  /* before a restart */
	bool fires;
	double log_evidence[SRE_SERIES_RATIOS_MAX]; /* ln M, before it too */
};

/* Fill a row for each count. */
void sre_series(const struct sre_series_options *options, const double *x,
    size_t count, struct sre_series_row *rows);

#endif
