#include "daemon/core/detect/incomplete.h"

#include <float.h>
#include <math.h>

#include "daemon/core/detect/logspace.h"
#include "daemon/core/detect/normal.h"

static const double half_ln_2pi = .91893853320467274178;
static const double least = 1e-300, most = 1e300;
static const double normal_from = 1e12; /* shapes */

enum { STEPS_MAX = 20000000 };

static double
clamp(double x)
{
	return fmin(fmax(x, least), most);
}

/* --- what stands in front ------------------------------------------------ */

/*
 * ln Gamma(n + 1) less Stirling's (n + 1/2) ln n - n + ln(2 pi)/2.  What the
 * logarithm of the gamma function gives in its last digits is too much only
 * of large n.
 */
static double
stirling_rest(double n)
{
	double near = 1 / (n * n);
	int sign;

	if (n < 16)
		return lgamma_r(n + 1, &sign) - (n + .5) * log(n) + n -
		    half_ln_2pi;
	return (1 / 12. -
		   near *
		       (1 / 360. -
			   near *
			       (1 / 1260. -
				   near * (1 / 1680. - near / 1188.)))) /
	    n;
}

/* x ln(x / mean) + mean - x, both > 0, without its cancellation. */
static double
deviance(double x, double mean)
{
	double v = (x - mean) / (x + mean);
	double sum = (x - mean) * v, part = 2 * x * v;

	if (fabs(v) >= .1) {
		double ratio = x / mean;

		if (ratio > 0 && !isinf(ratio))
			return x * log(ratio) + mean - x;
		return x * (log(x) - log(mean)) + mean - x;
	}
	for (int j = 1; fabs(part) > DBL_MIN; j++) {
		part *= v * v;
		if (sum + part / (2 * j + 1) == sum) /* NOLINT */
			break;
		sum += part / (2 * j + 1);
	}
	return sum;
}

double
incomplete_gamma_front(double shape, double x)
{
	if (!(x > 0))
		return -HUGE_VAL;
	shape = clamp(shape);
	x = clamp(x);
	return -stirling_rest(shape) - deviance(shape, x) -
	    (log(shape) / 2 + half_ln_2pi);
}

static double
front(double a, double b, double p, double q)
{
	double n = a + b;

	if (!(p > 0 && q > 0))
		return -HUGE_VAL;
	return stirling_rest(n) - stirling_rest(a) - stirling_rest(b) -
	    deviance(a, clamp(n * p)) - deviance(b, clamp(n * q)) -
	    half_ln_2pi + (log(n) - log(a) - log(b)) / 2;
}

double
incomplete_beta_front(const struct incomplete_beta *at)
{
	return front(clamp(at->a), clamp(at->b), at->p, at->q);
}

/* --- gamma --------------------------------------------------------------- */

/* 1 + x/(shape + 1) + x^2/((shape + 1)(shape + 2)) + ... */
static double
gamma_series(double shape, double x)
{
	double sum = 1, part = 1;

	for (int i = 1; i < STEPS_MAX && part > sum * DBL_EPSILON / 8; i++) {
		part *= x / (shape + i);
		sum += part;
	}
	return sum;
}

/* 1/(x + 1 - shape - 1 (1 - shape)/(x + 3 - shape - ...)), by Lentz. */
static double
gamma_fraction(double shape, double x)
{
	double b = x + 1 - shape;
	double c = 1 / DBL_MIN, d = 1 / b, product = d;

	for (int i = 1; i < STEPS_MAX; i++) {
		double a = -i * (i - shape), step;

		b += 2;
		d = a * d + b;
		c = b + a / c;
		d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
		if (fabs(c) < DBL_MIN)
			c = DBL_MIN;
		step = d * c;
		product *= step;
		if (fabs(step - 1) < DBL_EPSILON)
			break;
	}
	return product;
}

static struct incomplete
both(double lower, double upper)
{
	return (struct incomplete){ fmin(lower, 0), fmin(upper, 0) };
}

/* By Wilson and Hilferty the cube root of x/shape is nearly normal. */
static struct incomplete
gamma_normal(double shape, double x)
{
	double spread = 1 / (9 * shape);
	double z = (cbrt(x / shape) - 1 + spread) / sqrt(spread);

	return both(normal_log_upper(-z), normal_log_upper(z));
}

struct incomplete
incomplete_gamma(double shape, double x)
{
	double part;

	if (isnan(shape) || isnan(x) || x <= 0)
		return (struct incomplete){ -HUGE_VAL, 0 };
	if (isinf(x))
		return (struct incomplete){ 0, -HUGE_VAL };
	shape = clamp(shape);
	x = clamp(x);
	if (shape > normal_from)
		return gamma_normal(shape, x);
	part = incomplete_gamma_front(shape, x);
	if (x <= shape + 1) {
		part += log(gamma_series(shape, x));
		return both(part, logspace_complement(part));
	}
	part += log(shape) + log(gamma_fraction(shape, x));
	return both(logspace_complement(part), part);
}

/* Wilson and Hilferty's, or for small shapes the first term's. */
static double
quantile_start(double p, double shape)
{
	double spread = 1 / (9 * shape);
	double root = 1 - spread + normal_quantile(p) * sqrt(spread);
	int sign;

	if (shape >= .5 && root > .1)
		return log(shape) + 3 * log(root);
	return (log(p) + lgamma_r(shape + 1, &sign)) / shape;
}

double
incomplete_gamma_quantile(double p, double shape)
{
	double low = -746, high, y, goal = p < .5 ? log(p) : log1p(-p);

	if (!(p > 0))
		return 0;
	if (p >= 1)
		return HUGE_VAL;
	shape = clamp(shape);
	high = log(shape + 50 * sqrt(shape) + 1000);
	y = fmin(fmax(quantile_start(p, shape), low), high);
	for (int i = 0; i < 200 && high - low > 1e-16; i++) {
		struct incomplete at = incomplete_gamma(shape, exp(y));
		double part = p < .5 ? at.log_lower : at.log_upper;
		double off = p < .5 ? goal - part : part - goal;
		/* d ln(part)/d ln x is x times the density over the part. */
		double slope = exp(
		    incomplete_gamma_front(shape, exp(y)) + log(shape) - part);
		double next = y + off / slope;

		if (off > 0)
			low = y;
		else
			high = y;
		if (!(next > low && next < high))
			next = low + (high - low) / 2;
		if (fabs(next - y) < 1e-15)
			return exp(next);
		y = next;
	}
	return exp(y);
}

/* --- beta ---------------------------------------------------------------- */

/*
 * b0 + a1/(b1 + a2/(b2 + ...)), the even part of 26.5.8: what cancels stands
 * in one term, a q - b p.  Converges fast for p <= (a + 1)/(a + b + 2).
 */
static double
beta_fraction(double a, double b, double p, double q)
{
	double lambda = a * q - b * p;
	double product = a * ((lambda + 1) / (a + 1)), c = product, d = 0;

	for (int m = 1; m < STEPS_MAX; m++) {
		double n = a + 2. * m, rest = (b - m) * p, step;
		double above = (a + m - 1) / (n - 1) *
		    ((a + b + m - 1) * p / (n - 1)) * m * rest;
		double below = m + m * rest / (n - 1) +
		    (a + m) / (n + 1) * (lambda + 1 + m * (1 + q));

		d = below + above * d;
		c = below + above / c;
		d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
		if (fabs(c) < DBL_MIN)
			c = DBL_MIN;
		step = c * d;
		product *= step;
		if (fabs(step - 1) < DBL_EPSILON)
			break;
	}
	return product;
}

/* ln I_p(a, b), where it is the smaller part. */
static double
beta_part(double a, double b, double p, double q)
{
	/* The front is of the pair; 1/B(a, b) is ab/(a + b) of it. */
	return front(a, b, p, q) + log(a) + log(b) - log(a + b) -
	    log(beta_fraction(a, b, p, q));
}

static struct incomplete
beta_normal(double a, double b, double p)
{
	double n = a + b, mean = a / n;
	double z = (p - mean) / sqrt(mean * (b / n) / n);

	return both(normal_log_upper(-z), normal_log_upper(z));
}

struct incomplete
incomplete_beta(const struct incomplete_beta *at)
{
	double a = clamp(at->a), b = clamp(at->b), part;

	if (isnan(at->a + at->b + at->p + at->q) || at->p <= 0)
		return (struct incomplete){ -HUGE_VAL, 0 };
	if (at->q <= 0)
		return (struct incomplete){ 0, -HUGE_VAL };
	if (fmin(a, b) > normal_from)
		return beta_normal(a, b, at->p);
	if (at->p <= (a + 1) / (a + b + 2)) {
		part = beta_part(a, b, at->p, at->q);
		return both(part, logspace_complement(part));
	}
	part = beta_part(b, a, at->q, at->p);
	return both(logspace_complement(part), part);
}
