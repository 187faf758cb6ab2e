/*
 * incomplete.h - the regularised incomplete gamma and beta functions, both
 * parts of each as natural logarithms: what the tails of Poisson, gamma,
 * negative binomial and binomial distributions are made of.
 *
 * The smaller part is computed to about 1e-13 of itself, however deep (series
 * and continued fractions, Abramowitz and Stegun 6.5.29, 6.5.31, 26.5.8, with
 * the factor in front by Stirling's series and deviances, so that nothing
 * large is subtracted); the greater one as its complement.  Where shapes are
 * above 1e12 a normal distribution stands in.  Shapes below 1e-300 or above
 * 1e300 are taken for these bounds.  Of what is no number nothing is known: the
 * upper part is everything.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_INCOMPLETE_H
#define TOCSIN_CORE_DETECT_INCOMPLETE_H

/* e^log_lower + e^log_upper = 1; the lower part is that from 0 to x. */
struct incomplete {
	double log_lower, log_upper;
};

/* P(shape, x) and Q(shape, x); x >= 0. */
struct incomplete incomplete_gamma(double shape, double x);

/* ln[x^shape e^-x / Gamma(shape + 1)] */
double incomplete_gamma_front(double shape, double x);

/*
 * x with P(shape, x) = p for p within 0..1; INFINITY at 1, 0 where it is
 * smaller than doubles are.  Newton's method on the logarithm of the smaller
 * part, within a bracket.
 */
double incomplete_gamma_quantile(double p, double shape);

/*
 * I_p(a, b) and its complement.  q = 1 - p is an argument, since a small q
 * cannot be had from p.
 */
struct incomplete_beta {
	double a, b; /* shapes, > 0 */
	double p, q;
};
struct incomplete incomplete_beta(const struct incomplete_beta *at);

/*
 * ln[Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) p^a q^b]: with whole a
 * and b the chance of a in a + b trials.
 */
double incomplete_beta_front(const struct incomplete_beta *at);

#endif
