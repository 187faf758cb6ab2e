#include "daemon/core/detect/distribution.h"

#include <float.h>
#include <math.h>

#include "daemon/core/detect/incomplete.h"

static const double most = 1e300;

static double
positive(double x)
{
	return fmin(fmax(x, 0), most);
}

struct distribution
distribution_poisson(double mean)
{
	return (struct distribution){ .kind = DISTRIBUTION_POISSON,
		.mean = positive(mean) };
}

/* From the odds of another case: mean/size, or volume/rate. */
static struct distribution
negbin(double size, double odds)
{
	odds = positive(odds);
	return (struct distribution){ .kind = DISTRIBUTION_NEGBIN,
		.mean = positive(size * odds),
		.size = size,
		.chance = odds / (1 + odds),
		.rest = 1 / (1 + odds) };
}

struct distribution
distribution_negbin(double mean, double size)
{
	if (isinf(size))
		return distribution_poisson(mean);
	return negbin(positive(size), positive(mean) / positive(size));
}

struct distribution
distribution_forecast(double shape, double rate, double volume)
{
	return negbin(positive(shape), positive(volume) / positive(rate));
}

struct distribution
distribution_binomial(double trials, double chance)
{
	chance = fmin(fmax(chance, 0), 1);
	trials = floor(positive(trials));
	return (struct distribution){ .kind = DISTRIBUTION_BINOMIAL,
		.mean = trials * chance,
		.trials = trials,
		.chance = chance,
		.rest = 1 - chance };
}

/* Is all chance at 0? */
static int
is_nothing(const struct distribution *of)
{
	return of->mean <= 0;
}

/* ln P(X = x) for whole x > 0. */
static double
log_pmf(const struct distribution *of, double x)
{
	struct incomplete_beta at = { x, of->size, of->chance, of->rest };

	switch (of->kind) {
	case DISTRIBUTION_POISSON:
		return incomplete_gamma_front(x, of->mean);
	case DISTRIBUTION_NEGBIN:
		/* size/(x + size) of the chance in x + size trials. */
		return incomplete_beta_front(&at) -
		    log1p(x / fmax(of->size, DBL_MIN));
	case DISTRIBUTION_BINOMIAL:
		if (x > of->trials)
			return -HUGE_VAL;
		if (x >= of->trials)
			return x * log(of->chance);
		at.b = of->trials - x;
		return incomplete_beta_front(&at);
	}
	return -HUGE_VAL;
}

/* ln P(X = 0) */
static double
log_none(const struct distribution *of)
{
	switch (of->kind) {
	case DISTRIBUTION_POISSON:
		return -of->mean;
	case DISTRIBUTION_NEGBIN:
		/* ln rest would lose the digits of a small chance. */
		return of->size *
		    (of->chance < .5 ? log1p(-of->chance) : log(of->rest));
	case DISTRIBUTION_BINOMIAL:
		return of->trials * log1p(-of->chance);
	}
	return -HUGE_VAL;
}

double
distribution_log_pmf(const struct distribution *of, double x)
{
	if (!(x >= 0) || x > floor(x) || isinf(x))
		return -HUGE_VAL;
	if (is_nothing(of))
		return x > 0 ? -HUGE_VAL : 0;
	return x > 0 ? log_pmf(of, x) : log_none(of);
}

double
distribution_pmf(const struct distribution *of, double x)
{
	return exp(distribution_log_pmf(of, x));
}

/* Below whole x > 0 and from there on. */
static struct incomplete
split(const struct distribution *of, double x)
{
	static const struct incomplete all_below = { 0, -HUGE_VAL };
	struct incomplete_beta at = { x, of->size, of->chance, of->rest };
	struct incomplete part;

	if (is_nothing(of) || isinf(x))
		return all_below;
	if (of->kind == DISTRIBUTION_BINOMIAL) {
		if (x > of->trials)
			return all_below;
		at.b = of->trials - x + 1;
	}
	part = of->kind == DISTRIBUTION_POISSON ? incomplete_gamma(x, of->mean)
						: incomplete_beta(&at);
	return (struct incomplete){ part.log_upper, part.log_lower };
}

double
distribution_log_upper(const struct distribution *of, double x)
{
	return x > 0 ? split(of, ceil(x)).log_upper : 0;
}

double
distribution_log_lower(const struct distribution *of, double x)
{
	if (x < 0)
		return -HUGE_VAL;
	return split(of, floor(x) + 1).log_lower;
}

double
distribution_upper(const struct distribution *of, double x)
{
	return exp(distribution_log_upper(of, x));
}

double
distribution_lower(const struct distribution *of, double x)
{
	return exp(distribution_log_lower(of, x));
}

/* Is P(X <= x) >= p, asked of the smaller tail? */
static int
reaches(const struct distribution *of, double x, double p)
{
	double slack = 64 * DBL_EPSILON;

	if (p <= .5)
		return distribution_lower(of, x) >= p * (1 - slack);
	return distribution_upper(of, x + 1) <= 1 - p + p * slack;
}

double
distribution_quantile(const struct distribution *of, double p)
{
	double low = -1, high = fmax(1, floor(of->mean));

	if (!(p > 0) || is_nothing(of))
		return 0;
	if (p >= 1)
		return of->kind == DISTRIBUTION_BINOMIAL ? of->trials
							 : HUGE_VAL;
	while (!reaches(of, high, p) && high < most) {
		low = high;
		high *= 2;
	}
	/* Above 2^53 neighbours cannot be told apart. */
	while (high - low > 1 && high > low * (1 + DBL_EPSILON)) {
		double middle = floor(low + (high - low) / 2);

		if (reaches(of, middle, p))
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* --- drawing from a bag -------------------------------------------------- */

/*
 * As binomials of one chance, which falls out: binomial coefficients alone
 * are large, and would leave few digits of their difference.
 */
static double
log_drawn(const struct distribution_bag *bag, double x)
{
	double all = bag->special + bag->others, chance = bag->draws / all;
	struct distribution special =
	    distribution_binomial(bag->special, chance);
	struct distribution others = distribution_binomial(bag->others, chance);
	struct distribution both = distribution_binomial(all, chance);

	return distribution_log_pmf(&special, x) +
	    distribution_log_pmf(&others, bag->draws - x) -
	    distribution_log_pmf(&both, bag->draws);
}

/* P(X = x + 1) / P(X = x) */
static double
next_drawn(const struct distribution_bag *bag, double x)
{
	return (bag->special - x) / (x + 1) *
	    ((bag->draws - x) / (bag->others - bag->draws + x + 1));
}

/* Sum over x, x + step, ... in units of the first. */
static double
drawn_series(const struct distribution_bag *bag, double x, double step)
{
	double sum = 1, part = 1;

	while (part > sum * DBL_EPSILON / 8) {
		part *=
		    step > 0 ? next_drawn(bag, x) : 1 / next_drawn(bag, x - 1);
		sum += part;
		x += step;
	}
	return sum;
}

double
distribution_bag_upper(const struct distribution_bag *bag, double marked)
{
	double least = fmax(0, bag->draws - bag->others);
	double greatest = fmin(bag->draws, bag->special);
	double all = bag->special + bag->others;
	double mean = all > 0 ? bag->draws / all * bag->special : 0;

	if (!(marked > least))
		return 1;
	if (marked > greatest)
		return 0;
	/* The tail that falls from its first term on. */
	if (marked > mean)
		return fmin(1,
		    exp(log_drawn(bag, marked)) * drawn_series(bag, marked, 1));
	return fmax(0,
	    1 -
		exp(log_drawn(bag, marked - 1)) *
		    drawn_series(bag, marked - 1, -1));
}
