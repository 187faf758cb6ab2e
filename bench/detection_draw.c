#include "bench/detection_draw.h"

#include <math.h>

#include "bench/measure.h"

static const double turn = 6.283185307179586;

/* Never 0. */
static double
share(uint64_t *state)
{
	return dice_share(state) + 1e-17;
}

static double
draw_normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(share(state)));

	return radius * cos(turn * share(state));
}

/* Marsaglia and Tsang, ACM Transactions on Mathematical Software 2000. */
double
draw_gamma(uint64_t *state, double shape)
{
	double boost = 1, d, c;

	if (shape < 1) {
		boost = pow(share(state), 1 / shape);
		shape += 1;
	}
	d = shape - 1. / 3;
	c = 1 / sqrt(9 * d);
	for (;;) {
		double x = draw_normal(state), v = 1 + c * x;

		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(share(state)) < .5 * x * x + d - d * v + d * log(v))
			return d * v * boost;
	}
}

unsigned
draw_poisson(uint64_t *state, double mean)
{
	double left, product = 1;
	unsigned count = 0;

	if (!(mean > 0))
		return 0;
	if (mean > 60) {
		double x = mean + sqrt(mean) * draw_normal(state) + .5;

		return x > 0 ? (unsigned)x : 0;
	}
	left = exp(-mean);
	while ((product *= share(state)) > left)
		count++;
	return count;
}

unsigned
draw_count(uint64_t *state, double mean, double size)
{
	if (size > 0)
		mean *= draw_gamma(state, size) / size;
	return draw_poisson(state, mean);
}

unsigned
draw_below(uint64_t *state, unsigned count)
{
	return (unsigned)(dice_share(state) * count);
}
