#include "daemon/core/detect/glr.h"

#include <math.h>

/* Of the counts first..last. */
static double
generalised(double mean, const double *x, size_t first, size_t last)
{
	double sum = 0, expected = 0, greatest = 0;

	for (size_t k = last + 1; k-- > first;) {
		sum += x[k];
		expected += mean;
		if (sum > expected) {
			double theta = log(sum / expected);

			greatest = fmax(greatest,
			    theta * sum + (1 - exp(theta)) * expected);
		}
	}
	return greatest;
}

/* What one count adds to the sum of a known rise. */
static double
step(const struct glr_options *options, double x)
{
	double mean = options->mean, theta = options->theta;
	double spread = options->dispersion * mean;

	if (options->method == GLR_LRCUSUM)
		return theta * x + (1 - exp(theta)) * mean;
	return theta * x +
	    (x + 1 / options->dispersion) *
	    log((1 + spread) / (1 + spread * exp(theta)));
}

void
glr_series(const struct glr_options *options, const double *x, size_t count,
    struct glr_row *rows)
{
	size_t first = 0;
	double value = 0;

	for (size_t t = 0; t < count; t++) {
		bool alarm;

		if (options->method == GLR_POISSON) {
			value = generalised(options->mean, x, first, t);
			alarm = value >= options->limit;
		} else {
			value = fmax(0, value + step(options, x[t]));
			alarm = value > options->limit;
		}
		rows[t] = (struct glr_row){ value, alarm };
		if (alarm) {
			first = t + 1;
			value = 0;
		}
	}
}
