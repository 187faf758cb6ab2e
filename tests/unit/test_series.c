/* Analysts' detectors over a series: against each other, and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "daemon/core/detect/bayes.h"
#include "daemon/core/detect/cusum.h"
#include "daemon/core/detect/ears.h"
#include "daemon/core/detect/glr.h"
#include "daemon/core/detect/maxsprt.h"
#include "daemon/core/detect/sre.h"
#include "daemon/core/detect/sre_series.h"

static const double counts[] = { 0, 1, 0, 2, 0, 0, 1, 3, 0, 1, 5, 4, 0, 2, 6, 8,
	9, 12, 7, 15, 0, 0, 1, 0, 0, 2, 30, 1, 0, 0 };
enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };

static void
assert_near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance * fmax(1, fabs(expected))))
		fail_msg("%.17g, not %.17g", got, expected);
}

static void
ears_by_hand(void **state)
{
	(void)state;
	static const double x[] = { 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 1, 2 };
	enum { N = sizeof(x) / sizeof(x[0]) };
	struct ears_row rows[N];
	struct ears_options options = { EARS_C1, 7, 0, 3 };

	/* Nothing before: whatever comes is above it. */
	ears_series(&options, x, N, rows);
	assert_true(isnan(rows[6].level) && !rows[6].alarm);
	assert_near(rows[7].level, 0, 0);
	assert_true(rows[7].alarm);
	/* Of 0 0 0 0 0 0 1: mean 1/7, variance 1/7. */
	assert_near(rows[8].level, 1 / 7. + 3 * sqrt(1 / 7.), 1e-15);
	options.min_sigma = .5;
	ears_series(&options, x, N, rows);
	assert_near(rows[7].level, 1.5, 1e-15);
	assert_false(rows[7].alarm);

	/* Two counts later for C2, four for C3. */
	options.method = EARS_C2;
	ears_series(&options, x, N, rows);
	assert_true(isnan(rows[8].level));
	assert_near(rows[9].level, 1.5, 1e-15);
	assert_true(rows[9].alarm);
	options.method = EARS_C3_CDC;
	options.z = 2;
	ears_series(&options, x, N, rows);
	assert_true(isnan(rows[10].level));
	/* C2 is 4 at 9; at 10 it is that of 1 on the baseline of 8; at 11 that
	 * of 2 on two ones in seven. */
	double c2[] = { 4, (1 - 1 / 7.) / .5, (2 - 2 / 7.) / .5 };
	assert_near(rows[11].level, c2[0] + c2[1] + c2[2] - 3, 1e-14);
	assert_true(rows[11].alarm);
	options.method = EARS_C3;
	ears_series(&options, x, N, rows);
	assert_near(rows[11].level, fmax(0, 2 + .5 * (2 - (c2[0] + c2[1] - 2))),
	    1e-14);
}

/* A count at the upper bound takes the sum to the limit. */
static void
cusum_bounds_reach_the_limit(void **state)
{
	(void)state;
	struct cusum_row row;

	for (int i = 0; i < CUSUM_TRANSFORMS; i++) {
		struct cusum_options options = {
			.transform = (enum cusum_transform)i,
			.k = 1.04,
			.h = 2.26,
			.mean = 4.5,
			.dispersion = .1,
		};
		double mean = options.mean, upper;

		cusum_series(&options, &mean, 1, &row);
		assert_near(row.sum, 0, 0);
		assert_false(row.alarm);
		upper = row.upper;
		cusum_series(&options, &upper, 1, &row);
		if (i == CUSUM_STANDARD)
			assert_true(row.alarm && upper >= floor(upper));
		else
			assert_near(row.sum, options.h, 1e-12);
	}
}

static void
cusum_goes_on_behind_an_alarm(void **state)
{
	(void)state;
	static const double x[] = { 5, 5, 1 };
	struct cusum_options options = { CUSUM_STANDARD, 1, 2, 1, 0 };
	struct cusum_row rows[3];

	cusum_series(&options, x, 3, rows);
	assert_near(rows[0].sum, 3, 0);
	assert_near(rows[1].sum, 6, 0);
	assert_near(rows[2].sum, 5, 0);
	assert_true(rows[0].alarm && rows[2].alarm);
}

/* Nothing in one count before: P(0) = .7071, P(0..1) = .8839. */
static void
bayes_by_hand(void **state)
{
	(void)state;
	static const double x[] = { 0, 1, 1 };
	struct bayes_options options = { 1, .25 };
	struct bayes_row rows[3];

	bayes_series(&options, x, 3, rows);
	assert_true(isnan(rows[0].upper) && !rows[0].alarm);
	assert_near(rows[1].upper, 1, 0);
	assert_false(rows[1].alarm);
	options.alpha = .3;
	bayes_series(&options, x, 3, rows);
	assert_near(rows[1].upper, 0, 0);
	assert_true(rows[1].alarm);
}

/* The greatest over all beginnings is the greatest of the tests of each. */
static void
glr_is_the_greatest_test(void **state)
{
	(void)state;
	struct glr_options options = { GLR_POISSON, 2.5, 5, log(2), .5 };
	struct glr_row rows[COUNTS];
	size_t first = 0, alarms = 0;

	glr_series(&options, counts, COUNTS, rows);
	for (size_t t = 0; t < COUNTS; t++) {
		double sum = 0, greatest = 0;

		for (size_t k = t + 1; k-- > first;) {
			sum += counts[k];
			greatest = fmax(greatest,
			    maxsprt_llr(sum, 2.5 * (double)(t + 1 - k)));
		}
		assert_near(rows[t].value, greatest, 1e-12);
		assert_int_equal(rows[t].alarm, greatest >= 5);
		if (rows[t].alarm) {
			first = t + 1;
			alarms++;
		}
	}
	assert_true(alarms >= 2);
}

/* As variance nears the mean, the negative binomial is Poisson's. */
static void
lrcusum_without_dispersion(void **state)
{
	(void)state;
	struct glr_options options = { GLR_LRCUSUM, 2.5, 5, log(2), 1e-9 };
	struct glr_row rows[COUNTS], others[COUNTS];

	glr_series(&options, counts, COUNTS, rows);
	options.method = GLR_NB_LRCUSUM;
	glr_series(&options, counts, COUNTS, others);
	for (size_t t = 0; t < COUNTS; t++) {
		assert_near(others[t].value, rows[t].value, 1e-5);
		assert_int_equal(others[t].alarm, rows[t].alarm);
	}
}

static void
maxsprt_and_its_limits(void **state)
{
	(void)state;
	static const double x[] = { 0, 3, 1 };
	struct maxsprt_row rows[3];

	maxsprt_series(.5, x, 3, rows);
	assert_near(rows[0].llr, 0, 0);
	assert_near(rows[1].llr, 1 - 3 + 3 * log(3), 1e-14);
	assert_near(rows[2].cases, 4, 0);
	assert_near(rows[2].expected, 1.5, 1e-15);
	assert_true(isinf(maxsprt_llr(1, 0)));
	assert_near(maxsprt_llr(0, 0), 0, 0);

	assert_near(maxsprt_critical(1, 1), 2.853937, 1e-6);
	assert_near(maxsprt_critical(10, 1), 3.467952, 1e-6);
	/* Between rows, on the safe side. */
	assert_near(maxsprt_critical(7, 1), maxsprt_critical(10, 1), 0);
	assert_true(maxsprt_critical(7, 2) <= maxsprt_critical(8, 2));
	assert_true(maxsprt_critical(7, 2) >= maxsprt_critical(7, 4));
	assert_true(isnan(maxsprt_critical(1001, 1)));
	assert_true(isnan(maxsprt_critical(5, 0)));
}

/* What the daemon's streams step week by week. */
static void
sre_is_what_streams_do(void **state)
{
	(void)state;
	struct sre_series_options options = { .a0 = .7,
		.b0 = 1.4,
		.rho = SRE_RHO,
		.size = 3,
		.lag = 1,
		.cross = true,
		.threshold = 1000,
		.restart = true,
		.nratios = SRE_RATIOS,
		.ratios = { 2, 4, 8, 16 } };
	struct sre_series_row rows[COUNTS];
	double evidence[SRE_RATIOS] = { 0 }, a = .7, b = 1.4;
	unsigned fired = 0;

	sre_series(&options, counts, COUNTS, rows);
	for (size_t t = 0; t < COUNTS; t++) {
		struct sre_forecast forecast = sre_forecast(a, b, 1, 3);
		double score = sre_score(evidence, &forecast, counts[t]);

		assert_near(rows[t].mean, forecast.mean, 1e-12);
		assert_near(rows[t].size, forecast.size, 1e-12);
		assert_near(rows[t].log_score, score, 1e-10);
		sre_step(evidence, &forecast, counts[t]);
		if (rows[t].fires) {
			for (unsigned i = 0; i < SRE_RATIOS; i++)
				evidence[i] = 0;
			fired++;
		}
		a = .7 + SRE_RHO * (a - .7) + counts[t];
		b = 1.4 + SRE_RHO * (b - 1.4) + 1;
	}
	assert_true(fired >= 1);
}

/* Cases by the million, or none for ever: still numbers. */
static void
sre_has_no_end(void **state)
{
	(void)state;
	static double x[2000];
	static struct sre_series_row rows[2000];
	struct sre_series_options options = { .a0 = .5,
		.b0 = 1,
		.rho = 1,
		.size = HUGE_VAL,
		.lag = 1000,
		.threshold = 1000,
		.nratios = 1,
		.ratios = { 16 } };

	for (size_t t = 0; t < 2000; t++)
		x[t] = 1e9;
	sre_series(&options, x, 2000, rows);
	for (size_t t = 0; t < 2000; t++)
		assert_true(isfinite(rows[t].log_score));
	/* ln 16 a case, less what dispersion by an unsure rate takes. */
	assert_true(rows[999].log_score > 1e11 && rows[999].fires);
	for (size_t t = 0; t < 2000; t++)
		x[t] = 0;
	options.lag = 1;
	sre_series(&options, x, 2000, rows);
	assert_true(isfinite(rows[1999].log_score));
	assert_false(rows[1999].fires);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ears_by_hand),
		cmocka_unit_test(cusum_bounds_reach_the_limit),
		cmocka_unit_test(cusum_goes_on_behind_an_alarm),
		cmocka_unit_test(bayes_by_hand),
		cmocka_unit_test(glr_is_the_greatest_test),
		cmocka_unit_test(lrcusum_without_dispersion),
		cmocka_unit_test(maxsprt_and_its_limits),
		cmocka_unit_test(sre_is_what_streams_do),
		cmocka_unit_test(sre_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
