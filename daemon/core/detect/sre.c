#include "daemon/core/detect/sre.h"

#include <math.h>

/* Far above any threshold, and far from where doubles end. */
static const double evidence_max = 1e250;
static const double log_ratio_max = 575; /* about ln evidence_max */

const double sre_ratios[SRE_RATIOS] = { 2, 4, 8, 16 };

double
sre_size(double a, double size, bool cross)
{
	double spread = isinf(size) ? 0 : 1 / size;

	return 1 / (spread + 1 / a + (cross ? spread / a : 0));
}

struct sre_forecast
sre_forecast(double a, double b, double volume, double size)
{
	return (struct sre_forecast){ .mean = volume * a / b,
		.size = sre_size(a, size, true) };
}

double
sre_log_ratio(const struct sre_forecast *forecast, double x, double ratio)
{
	double mean = forecast->mean, size = forecast->size;
	double more = (ratio - 1) * mean;
	double gain = x > 0 ? x * log(ratio) : 0; /* most weeks are empty */

	if (isinf(size))
		return gain - more;
	return gain - (x + size) * log1p(more / (size + mean));
}

/* (1 + M) L, of one ratio. */
static double
grow(double evidence, const struct sre_forecast *forecast, double x,
    double ratio)
{
	double log_ratio = sre_log_ratio(forecast, x, ratio);
	double grown;

	/* The comparison is false for what is no number. */
	if (!(log_ratio < log_ratio_max))
		log_ratio = log_ratio_max;
	grown = (1 + evidence) * exp(log_ratio);
	return grown < evidence_max ? grown : evidence_max;
}

void
sre_step(double evidence[SRE_RATIOS], const struct sre_forecast *forecast,
    double x)
{
	for (unsigned i = 0; i < SRE_RATIOS; i++)
		evidence[i] = grow(evidence[i], forecast, x, sre_ratios[i]);
}

double
sre_score(const double evidence[SRE_RATIOS],
    const struct sre_forecast *forecast, double x)
{
	double sum = 0;

	for (unsigned i = 0; i < SRE_RATIOS; i++)
		sum += grow(evidence[i], forecast, x, sre_ratios[i]);
	return log(sum / SRE_RATIOS);
}
