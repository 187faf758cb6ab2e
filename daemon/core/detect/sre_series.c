#include "daemon/core/detect/sre_series.h"

#include <math.h>

#include "daemon/core/detect/logspace.h"
#include "daemon/core/detect/sre.h"

static void
score(const struct sre_series_options *options, double x,
    struct sre_series_row *row, double *log_evidence)
{
	struct sre_forecast forecast = { row->mean, row->size };
	unsigned n = options->nratios;

	for (unsigned i = 0; i < n; i++) {
		log_evidence[i] = logspace_add(0, log_evidence[i]) +
		    sre_log_ratio(&forecast, x, options->ratios[i]);
		row->log_evidence[i] = log_evidence[i];
	}
	row->log_score = logspace_sum(log_evidence, n) - log(n);
	row->fires = x > 0 && row->log_score >= log(options->threshold);
}

static void
forget(double log_evidence[SRE_SERIES_RATIOS_MAX])
{
	for (unsigned i = 0; i < SRE_SERIES_RATIOS_MAX; i++)
		log_evidence[i] = -HUGE_VAL;
}

void
sre_series(const struct sre_series_options *options, const double *x,
    size_t count, struct sre_series_row *rows)
{
	double log_evidence[SRE_SERIES_RATIOS_MAX];
	double learnt = 0, volume = 0;

	forget(log_evidence);
	for (size_t t = 0; t < count; t++) {
		struct sre_series_row *row = &rows[t];
		double a;

		if (t >= options->lag) {
			learnt = options->rho * learnt + x[t - options->lag];
			volume = options->rho * volume + 1;
		}
		a = options->a0 + learnt;
		row->mean = a / (options->b0 + volume);
		row->size = sre_size(a, options->size, options->cross);
		score(options, x[t], row, log_evidence);
		if (row->fires && options->restart)
			forget(log_evidence);
	}
}
