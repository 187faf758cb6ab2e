#include "daemon/core/detect/disproportion.h"

#include <math.h>

#include "daemon/core/detect/distribution.h"
#include "daemon/core/detect/incomplete.h"

static const double z95 = 1.95996398454005423552;

/* exp(ln ratio -+ z sqrt(variance)) */
static void
interval(double ratio, double variance, double *low, double *high)
{
	double wide = exp(z95 * sqrt(variance));

	*low = *high = (double)NAN;
	if (!(ratio > 0) || !isfinite(wide))
		return;
	*low = ratio / wide;
	*high = ratio * wide;
}

static double
chi_square(const struct disproportion_table *t, double correction)
{
	double cases = t->a + t->b + t->c + t->d;
	double apart = fabs(t->a * t->d - t->b * t->c) - correction * cases;

	/* Each margin divides at once, or their product would overflow. */
	apart = fmax(apart, 0);
	return cases * (apart / (t->a + t->b) / (t->c + t->d)) *
	    (apart / (t->a + t->c) / (t->b + t->d));
}

double
disproportion_ic(double observed, double expected, double p)
{
	return log2(incomplete_gamma_quantile(p, observed + .5)) -
	    log2(expected + .5);
}

void
disproportion_measure(const struct disproportion_table *t,
    struct disproportion *out)
{
	double product = t->a + t->b, others = t->c + t->d;
	struct distribution_bag bag = { t->a + t->c, t->b + t->d, product };

	out->cases = product + others;
	out->expected =
	    out->cases > 0 ? product / out->cases * (t->a + t->c) : 0;
	out->rrr = t->a / out->expected;
	out->prr = t->a / product / (t->c / others);
	interval(out->prr, 1 / t->a - 1 / product + 1 / t->c - 1 / others,
	    &out->prr_low, &out->prr_high);
	out->ror = t->a * t->d / (t->b * t->c);
	interval(out->ror, 1 / t->a + 1 / t->b + 1 / t->c + 1 / t->d,
	    &out->ror_low, &out->ror_high);
	out->chi2 = chi_square(t, 0);
	out->chi2_yates = chi_square(t, .5);
	out->fisher = distribution_bag_upper(&bag, t->a);
	out->ic = log2((t->a + .5) / (out->expected + .5));
	out->ic_005 = disproportion_ic(t->a, out->expected, .005);
	out->ic_025 = disproportion_ic(t->a, out->expected, .025);
	out->ic_975 = disproportion_ic(t->a, out->expected, .975);
}

struct disproportion_signals
disproportion_signals(const struct disproportion_table *table,
    const struct disproportion *measured)
{
	bool is_ror = measured->ror_low > 1;

	return (struct disproportion_signals){
		.evans =
		    measured->prr >= 2 && measured->chi2 >= 4 && table->a >= 3,
		.ema_ror3 = is_ror && table->a >= 3,
		.ema_ror5 = is_ror && table->a >= 5,
		.umc_ic = measured->ic_025 > 0,
	};
}
