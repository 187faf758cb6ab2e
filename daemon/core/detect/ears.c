#include "daemon/core/detect/ears.h"

#include <math.h>

/* Of the baseline that ends before count t - guard. */
struct baseline {
	double mean, sigma;
};

static const unsigned guard_c2 = 2;

static struct baseline
baseline_of(const struct ears_options *options, const double *x, size_t t,
    unsigned guard)
{
	unsigned n = options->baseline;
	const double *from = &x[t - guard - n];
	double sum = 0, squares = 0, mean;

	for (unsigned i = 0; i < n; i++)
		sum += from[i];
	mean = sum / n;
	for (unsigned i = 0; i < n; i++)
		squares += (from[i] - mean) * (from[i] - mean);
	return (struct baseline){ mean,
		fmax(sqrt(squares / (n - 1)), options->min_sigma) };
}

/* max(0, C2 - 1) of count t; NAN where 0 is divided by 0. */
static double
excess(const struct ears_options *options, const double *x, size_t t)
{
	struct baseline base = baseline_of(options, x, t, guard_c2);
	double c2 = (x[t] - base.mean) / base.sigma;

	return c2 < 1 ? 0 : c2 - 1;
}

static struct ears_row
row_at(const struct ears_options *options, const double *x, size_t t)
{
	bool is_c1 = options->method == EARS_C1;
	struct baseline base = baseline_of(options, x, t, is_c1 ? 0 : guard_c2);
	double level, before;

	if (is_c1 || options->method == EARS_C2) {
		level = base.mean + options->z * base.sigma;
		return (struct ears_row){ level, x[t] > level };
	}
	before = excess(options, x, t - 2) + excess(options, x, t - 1);
	if (options->method == EARS_C3_CDC) {
		level = before + excess(options, x, t);
		return (struct ears_row){ level, level > options->z };
	}
	level = x[t] + base.sigma * (options->z - before);
	if (level < 0)
		level = 0;
	return (struct ears_row){ level, x[t] > level };
}

unsigned
ears_history(const struct ears_options *options)
{
	switch (options->method) {
	case EARS_C1:
		return options->baseline;
	case EARS_C2:
		return options->baseline + guard_c2;
	case EARS_C3:
	case EARS_C3_CDC:
		break;
	}
	return options->baseline + guard_c2 + 2;
}

void
ears_series(const struct ears_options *options, const double *x, size_t count,
    struct ears_row *rows)
{
	unsigned history = ears_history(options);

	for (size_t t = 0; t < count; t++)
		rows[t] = t < history ? (struct ears_row){ (double)NAN, false }
				      : row_at(options, x, t);
}
