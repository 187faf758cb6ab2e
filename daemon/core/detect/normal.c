#include "daemon/core/detect/normal.h"

#include <math.h>
#include <stdbool.h>

static const double half_ln_2pi = .91893853320467274178;

/* From here on erfc() comes near the smallest doubles. */
static const double far_out = 25;

double
normal_log_upper(double z)
{
	double near = 1 / (z * z);

	if (z < far_out)
		return log(erfc(z * M_SQRT1_2) / 2);
	if (isinf(z))
		return -HUGE_VAL;
	/* The asymptotic series; what is left out is below 1e-9. */
	return -z * z / 2 - half_ln_2pi - log(z) +
	    log1p(-near * (1 - 3 * near * (1 - 5 * near)));
}

/* z >= 0 with P(Z > z) = tail, tail within 0..1/2. */
static double
above(double tail)
{
	double t = sqrt(-2 * log(tail));
	double z = t -
	    (2.515517 + t * (.802853 + t * .010328)) /
		(1 + t * (1.432788 + t * (.189269 + t * .001308)));

	for (int i = 0; i < 8; i++) {
		double at = normal_log_upper(z);
		double slope = exp(-z * z / 2 - half_ln_2pi - at);
		double step = (at - log(tail)) / slope;

		z += step;
		if (fabs(step) < 1e-15)
			break;
	}
	return z;
}

double
normal_quantile(double p)
{
	bool is_low = p < .5;
	double tail = is_low ? p : 1 - p;

	if (isnan(p))
		return 0;
	if (tail <= 0)
		return is_low ? -HUGE_VAL : HUGE_VAL;
	return is_low ? -above(tail) : above(tail);
}
