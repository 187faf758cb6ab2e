/*
 * sre.h - the mixture Shiryaev-Roberts e-detector: has the rate of a stream of
 * counts risen, by a factor that nobody knows, in a week that nobody knows?
 *
 * A count is forecast from a gamma prior of its rate and what was learnt so
 * far (a negative binomial).  For each of four rate ratios R the evidence is
 * M <- (1 + M) L, with L the likelihood ratio of "R times as many" to "as
 * forecast"; the score is the logarithm of their mean.  As long as nothing
 * rises the expectation of M after t weeks is at most t, so that a stream
 * rings, on average, at most once in N weeks when it rings at score >= ln N.
 * After Shin, Ramdas and Rinaldo, "E-detectors", New England Journal of
 * Statistics in Data Science 2024.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_SRE_H
#define TOCSIN_CORE_DETECT_SRE_H

#include <stdbool.h>

/* What is forgotten of a baseline in a week: half of it in 138. */
#define SRE_RHO .995

enum { SRE_RATIOS = 4 };

/* 2, 4, 8, 16 */
extern const double sre_ratios[SRE_RATIOS];

/* A negative binomial: mean >= 0 and size > 0 (INFINITY: Poisson). */
struct sre_forecast {
	double mean, size;
};

/*
 * Of a rate that is gamma(shape a, rate b) per unit of volume, both > 0, in a
 * week of this volume, when counts vary with dispersion size (INFINITY: not at
 * all beyond Poisson): mean = volume a / b and
 * 1/size' = 1/size + 1/a + 1/(size a); without cross the last term is left
 * out.
 */
struct sre_forecast sre_forecast(double a, double b, double volume,
    double size);
double sre_size(double a, double size, bool cross);

/*
 * log L = x ln R + (x + size) [ln(size + mean) - ln(size + R mean)], x >= 0
 * cases.
 */
double sre_log_ratio(const struct sre_forecast *forecast, double x,
    double ratio);

/* One week's step of the evidence M[R]; it stays in 0..1e250. */
void sre_step(double evidence[SRE_RATIOS], const struct sre_forecast *forecast,
    double x);

/*
 * The score, in nats, that the step would lead to: ln of the mean of M.
 * -INFINITY when all of it is 0.
 */
double sre_score(const double evidence[SRE_RATIOS],
    const struct sre_forecast *forecast, double x);

#endif
