#include "daemon/core/detect/bayes.h"

#include <math.h>

#include "daemon/core/detect/distribution.h"

void
bayes_series(const struct bayes_options *options, const double *x, size_t count,
    struct bayes_row *rows)
{
	double sum = 0;

	for (size_t t = 0; t < count; t++) {
		struct bayes_row *row = &rows[t];

		*row = (struct bayes_row){ (double)NAN, false };
		if (t >= options->window) {
			struct distribution forecast =
			    distribution_forecast(sum + .5, options->window, 1);

			row->upper = distribution_quantile(&forecast,
			    1 - options->alpha);
			row->alarm = x[t] > row->upper;
			sum -= x[t - options->window];
		}
		sum += x[t];
	}
}
