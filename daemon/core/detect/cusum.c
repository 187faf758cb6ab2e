#include "daemon/core/detect/cusum.h"

#include <math.h>

const char *const cusum_name[CUSUM_TRANSFORMS] = {
	[CUSUM_STANDARD] = "standard",
	[CUSUM_ROSSI] = "rossi",
	[CUSUM_ANSCOMBE] = "anscombe",
	[CUSUM_PEARSON_NEGBIN] = "pearsonNegBin",
};

static double
deviation(const struct cusum_options *options)
{
	double m = options->mean;

	return sqrt(m + options->dispersion * m * m);
}

static double
transform(const struct cusum_options *options, double x)
{
	double m = options->mean;

	switch (options->transform) {
	case CUSUM_ROSSI:
		return (x - 3 * m + 2 * sqrt(x * m)) / (2 * sqrt(m));
	case CUSUM_ANSCOMBE:
		return 1.5 * (pow(x, 2 / 3.) - pow(m, 2 / 3.)) / pow(m, 1 / 6.);
	case CUSUM_PEARSON_NEGBIN:
		return (x - m) / deviation(options);
	case CUSUM_STANDARD:
	case CUSUM_TRANSFORMS:
		break;
	}
	return (x - m) / sqrt(m);
}

/* The count whose transform is z. */
static double
invert(const struct cusum_options *options, double z)
{
	double m = options->mean, root;

	switch (options->transform) {
	case CUSUM_ROSSI:
		/* The square of sqrt(4 m + 2 sqrt(m) z) - sqrt(m), written
		 * out as others do, so that digits are lost alike. */
		root = sqrt(4 * m * m + 2 * pow(m, 1.5) * z);
		return 2 * sqrt(m) * z + 5 * m - 2 * root;
	case CUSUM_ANSCOMBE:
		root = pow(m, 2 / 3.) + 2 / 3. * pow(m, 1 / 6.) * z;
		return root > 0 ? pow(root, 1.5) : 0;
	case CUSUM_PEARSON_NEGBIN:
		return m + deviation(options) * z;
	case CUSUM_STANDARD:
	case CUSUM_TRANSFORMS:
		break;
	}
	return ceil(sqrt(m) * z + m);
}

void
cusum_series(const struct cusum_options *options, const double *x, size_t count,
    struct cusum_row *rows)
{
	double sum = 0;

	for (size_t t = 0; t < count; t++) {
		double upper = invert(options, options->h + options->k - sum);

		sum = fmax(0, sum + (transform(options, x[t]) - options->k));
		/* False for what is no number, too. */
		rows[t] = (struct cusum_row){ sum, upper > 0 ? upper : 0,
			sum >= options->h };
	}
}
