/*
 * Distributions: against each other, against what can be written down, and at
 * the ends of what doubles hold.
 */
#include "daemon/core/detect/distribution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "daemon/core/detect/disproportion.h"
#include "daemon/core/detect/incomplete.h"
#include "daemon/core/detect/logspace.h"
#include "daemon/core/detect/normal.h"

static void
assert_near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance * fmax(1e-300, fabs(expected))))
		fail_msg("%.17g, not %.17g", got, expected);
}

static void
logarithms_are_added(void **state)
{
	(void)state;
	double x[] = { 1000, 1000 + log(2), -HUGE_VAL, -1000 };

	assert_near(logspace_sum(x, 4), 1000 + log(3), 1e-15);
	assert_true(logspace_sum(x, 0) < -1e300);
	assert_near(logspace_add(0, 0), log(2), 1e-15);
	assert_near(logspace_add(-HUGE_VAL, 3), 3, 0);
	assert_true(isinf(logspace_add(-HUGE_VAL, -HUGE_VAL)));
	assert_near(logspace_complement(log(.25)), log(.75), 1e-15);
	assert_near(logspace_complement(-1e-20), log(1e-20), 1e-15);
	assert_near(logspace_complement(-800), -exp(-800), 1e-9);
	assert_true(isinf(logspace_complement(0)));
}

static void
normal_tails_and_quantiles(void **state)
{
	(void)state;
	assert_near(normal_quantile(.975), 1.9599639845400543, 1e-14);
	assert_near(normal_quantile(.999), 3.0902323061678135, 1e-13);
	assert_near(normal_quantile(.025), -1.9599639845400543, 1e-14);
	assert_near(normal_quantile(1e-300), -37.0471, 1e-6);
	assert_true(fabs(normal_quantile(.5)) < 1e-15);
	assert_true(isinf(normal_quantile(0)) && isinf(normal_quantile(1)));
	assert_near(normal_log_upper(0), log(.5), 1e-15);
	assert_near(normal_log_upper(40), -804.60844201375, 1e-12);
	/* Where one way of computing it takes over from the other. */
	assert_near(normal_log_upper(25 - 1e-12), normal_log_upper(25), 1e-11);
	for (double z = -8; z < 37; z += .25)
		assert_true(normal_log_upper(z) > normal_log_upper(z + .25));
}

/* Sums of chances are the tails. */
static void
check_sums(const struct distribution *of, unsigned count)
{
	double sum = 0, above = 0;

	for (unsigned x = 0; x < count; x++) {
		sum += distribution_pmf(of, x);
		assert_near(distribution_lower(of, x), sum, 1e-12);
		assert_near(distribution_lower(of, x) +
			distribution_upper(of, x + 1),
		    1, 1e-12);
		assert_near(distribution_lower(of, x + .5),
		    distribution_lower(of, x), 0);
		assert_near(distribution_upper(of, x + .5),
		    distribution_upper(of, x + 1), 0);
	}
	/* From far out to the nearest: small ones first. */
	for (unsigned x = 4 * count; x >= count; x--)
		above += distribution_pmf(of, x);
	if (above > 0)
		assert_near(distribution_upper(of, count), above, 1e-11);
}

static void
tails_are_sums(void **state)
{
	(void)state;
	struct distribution of[] = {
		distribution_poisson(.01),
		distribution_poisson(3.7),
		distribution_poisson(60),
		distribution_negbin(2, .3),
		distribution_negbin(.05, 20),
		distribution_negbin(25, 4),
		distribution_forecast(.5, 3, 1.5),
		distribution_binomial(20, .3),
		distribution_binomial(60, .99),
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		check_sums(&of[i],
		    of[i].kind == DISTRIBUTION_NEGBIN ? 400 : 100);
}

static void
tails_are_as_written_down(void **state)
{
	(void)state;
	for (double x = 1; x < 1e7; x *= 7) {
		/* Of size 1 it is geometric. */
		double whole = floor(x), mean = 2.5;
		struct distribution geometric = distribution_negbin(mean, 1);
		struct distribution rare = distribution_poisson(1e-4);
		struct distribution trials = distribution_binomial(whole, .1);
		int sign;

		assert_near(distribution_log_upper(&geometric, whole),
		    whole * log(mean / (1 + mean)), 1e-12);
		assert_near(distribution_log_upper(&trials, whole),
		    whole * log(.1), 1e-12);
		assert_near(distribution_log_upper(&rare, whole),
		    whole * log(1e-4) - 1e-4 - lgamma_r(whole + 1, &sign) +
			log1p(1e-4 / (whole + 1)),
		    1e-9);
	}
	/* So wide a one is a Poisson distribution. */
	struct distribution wide = distribution_negbin(3, 1e15);
	struct distribution poisson = distribution_negbin(3, HUGE_VAL);
	assert_int_equal(poisson.kind, DISTRIBUTION_POISSON);
	for (double x = 0; x < 60; x++) {
		assert_near(distribution_log_upper(&wide, x),
		    distribution_log_upper(&poisson, x), 1e-10);
		assert_near(distribution_log_pmf(&wide, x),
		    distribution_log_pmf(&poisson, x), 1e-10);
	}
}

static void
gamma_and_beta_parts(void **state)
{
	(void)state;
	for (double x = 1e-12; x < 700; x *= 3) {
		struct incomplete at = incomplete_gamma(1, x);
		struct incomplete half = incomplete_gamma(.5, x);

		assert_near(at.log_upper, -x, 1e-12);
		assert_near(at.log_lower, logspace_complement(-x), 1e-12);
		assert_near(exp(half.log_lower), erf(sqrt(x)), 1e-12);
	}
	for (double p = 1e-9; p < .999; p = p * 2 + 1e-3) {
		struct incomplete_beta first = { 1, 7.5, p, 1 - p };
		struct incomplete_beta last = { 7.5, 1, p, 1 - p };

		assert_near(incomplete_beta(&first).log_upper, 7.5 * log1p(-p),
		    1e-12);
		assert_near(incomplete_beta(&last).log_lower, 7.5 * log(p),
		    1e-12);
	}
	/* The normal distribution takes over without a step. */
	for (double z = -5; z <= 5; z++) {
		double below = 1e12 * (1 - 1e-6), above = 1e12 * (1 + 1e-6);

		assert_near(incomplete_gamma(below, below + z * 1e6).log_upper,
		    incomplete_gamma(above, above + z * 1e6).log_upper, 1e-4);
	}
}

static void
gamma_quantiles_invert(void **state)
{
	(void)state;
	static const double p[] = { 1e-300, 1e-20, .001, .025, .4999, .5, .5001,
		.975, .999, 1 - 1e-13 };

	for (double shape = .01; shape < 1e9; shape *= 3.7) {
		double before = 0;

		for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
			double x = incomplete_gamma_quantile(p[i], shape);
			struct incomplete at = incomplete_gamma(shape, x);

			assert_true(x >= before);
			before = x;
			if (x < 1e-300)
				continue;
			if (p[i] < .5)
				assert_near(at.log_lower, log(p[i]), 1e-10);
			else
				assert_near(at.log_upper, log1p(-p[i]), 1e-8);
		}
	}
	assert_near(incomplete_gamma_quantile(.3, 1), -log1p(-.3), 1e-14);
	/* Smaller than doubles are. */
	assert_near(incomplete_gamma_quantile(.025, 1e-3), 0, 0);
	assert_true(isinf(incomplete_gamma_quantile(1, 2)));
	assert_near(incomplete_gamma_quantile(0, 2), 0, 0);
}

static void
quantiles_are_the_least(void **state)
{
	(void)state;
	struct distribution of[] = {
		distribution_poisson(.2),
		distribution_poisson(1234.5),
		distribution_negbin(2, .3),
		distribution_negbin(1e6, .02),
		distribution_forecast(7.5, 6, 1),
		distribution_binomial(40, .2),
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		for (double p = 1e-6; p < 1; p = p * 1.3 + 1e-4) {
			double x = distribution_quantile(&of[i], p);

			assert_true(
			    distribution_lower(&of[i], x) >= p * (1 - 1e-12));
			assert_true(
			    x <= 0 || distribution_lower(&of[i], x - 1) < p);
		}
		/* What is reached exactly is reached. */
		for (double x = 0; x < 20; x++) {
			double p = distribution_lower(&of[i], x);

			if (p > 1e-12 && p < 1 - 1e-6)
				assert_near(distribution_quantile(&of[i], p), x,
				    0);
		}
	}
	assert_near(distribution_quantile(&of[5], 1), 40, 0);
	assert_true(isinf(distribution_quantile(&of[0], 1)));
	assert_near(distribution_quantile(&of[0], 0), 0, 0);
}

/* Whatever is asked, the answer is a chance. */
static void
nothing_overflows(void **state)
{
	(void)state;
	static const double odd[] = { 0, -1, 1e-300, 1e-10, .5, 1, 17.5, 1e6,
		1e10, 1e300, HUGE_VAL, -HUGE_VAL, (double)NAN };
	enum { ODD = sizeof(odd) / sizeof(odd[0]) };

	for (size_t i = 0; i < (size_t)ODD * ODD * ODD; i++) {
		double a = odd[i % ODD], b = odd[i / ODD % ODD];
		double x = odd[i / ODD / ODD];
		struct distribution of[] = { distribution_poisson(a),
			distribution_negbin(a, b),
			distribution_forecast(a, b, a),
			distribution_binomial(a, b) };

		for (size_t n = 0; n < sizeof(of) / sizeof(of[0]); n++) {
			double pmf = distribution_log_pmf(&of[n], x);
			double upper = distribution_log_upper(&of[n], x);
			double lower = distribution_log_lower(&of[n], x);

			if (!(pmf <= 1e-9 && upper <= 0 && lower <= 0))
				fail_msg("%zu(%g, %g) at %g: %g, %g, %g", n, a,
				    b, x, pmf, upper, lower);
		}
		assert_true(!isnan(incomplete_gamma(a, b).log_lower));
		assert_true(!isnan(incomplete_gamma_quantile(b, a)));
		assert_true(!isnan(normal_log_upper(a)) || isnan(a));
	}
}

static void
draws_from_a_bag(void **state)
{
	(void)state;
	/* 5 special ones and 7 others, 6 drawn: of C(12, 6) = 924 ways. */
	static const double ways[] = { 7, 105, 350, 350, 105, 7 };
	struct distribution_bag bag = { 5, 7, 6 };
	struct distribution_bag all = { 5, 7, 12 };
	double above = 0;

	for (int x = 5; x >= 0; x--) {
		above += ways[x] / 924;
		assert_near(distribution_bag_upper(&bag, x), above, 1e-13);
	}
	assert_near(distribution_bag_upper(&bag, 6), 0, 0);
	assert_near(distribution_bag_upper(&all, 5), 1, 0);
	assert_near(distribution_bag_upper(&all, 6), 0, 0);
	assert_near(distribution_bag_upper(&(struct distribution_bag){ 0, 0,
					       0 },
			0),
	    1, 0);
}

/* Two published examples: Evans 2001, and the IC of 12 where 5 are expected. */
static void
over_representation(void **state)
{
	(void)state;
	struct disproportion_table rifabutin = { 41, 14, 754, 591958 };
	struct disproportion_table even = { 10, 10, 10, 10 };
	struct disproportion_table none = { 0, 5, 7, 100 };
	struct disproportion_table empty = { 0, 0, 0, 0 };
	struct disproportion measured;

	disproportion_measure(&rifabutin, &measured);
	assert_near(measured.prr, 585.9945, 1e-6);
	assert_near(measured.chi2, 22739.5, 1e-6);
	assert_near(measured.chi2_yates, 22187.3, 2e-6);
	assert_true(disproportion_signals(&rifabutin, &measured).evans);
	assert_near(disproportion_ic(12, 5, .025), .2542334, 1e-6);
	disproportion_measure(&even, &measured);
	assert_near(measured.prr, 1, 1e-15);
	assert_near(measured.prr_low * measured.prr_high, 1, 1e-12);
	assert_near(measured.ror_low * measured.ror_high, 1, 1e-12);
	assert_true(fabs(measured.ic) < 1e-15 && measured.ic_025 < 0);
	assert_false(disproportion_signals(&even, &measured).umc_ic);
	disproportion_measure(&none, &measured);
	assert_true(isfinite(measured.ic) && isfinite(measured.ic_025));
	assert_true(isnan(measured.prr_low) && isnan(measured.ror_high));
	assert_near(measured.fisher, 1, 0);
	disproportion_measure(&empty, &measured);
	assert_near(measured.expected, 0, 0);
	assert_true(isfinite(measured.ic_975));
	assert_false(disproportion_signals(&empty, &measured).ema_ror3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms_are_added),
		cmocka_unit_test(normal_tails_and_quantiles),
		cmocka_unit_test(tails_are_sums),
		cmocka_unit_test(tails_are_as_written_down),
		cmocka_unit_test(gamma_and_beta_parts),
		cmocka_unit_test(gamma_quantiles_invert),
		cmocka_unit_test(quantiles_are_the_least),
		cmocka_unit_test(nothing_overflows),
		cmocka_unit_test(draws_from_a_bag),
		cmocka_unit_test(over_representation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
