#include "bench/detection_rival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"
#include "daemon/core/detect/distribution.h"
#include "daemon/core/detect/ears.h"
#include "daemon/core/detect/sre.h"

enum { GUARD = 8, TAIL_WEEKS = 4, GLR_WEEKS = 26 };

static const double cusum_k = 1.04;

const char *const rival_name[RIVALS] = {
	[RIVAL_EARS_C2] = "ears_c2",
	[RIVAL_CUSUM] = "cusum",
	[RIVAL_NB_WINDOW] = "nb_window",
	[RIVAL_GLR] = "glr",
};

/* The statistic lies between upper bounds of z = 0 and 1. */
static void
score_ears(const struct rival_series *series, float *scores)
{
	struct ears_options options = { .method = EARS_C2,
		.baseline = 7,
		.min_sigma = .5 };
	double *x = must_alloc(series->weeks, sizeof(*x));
	struct ears_row *low = must_alloc(series->weeks, sizeof(*low));
	struct ears_row *high = must_alloc(series->weeks, sizeof(*high));

	for (unsigned t = 0; t < series->weeks; t++)
		x[t] = series->cases[t];
	ears_series(&options, x, series->weeks, low);
	options.z = 1;
	ears_series(&options, x, series->weeks, high);
	for (unsigned t = RIVAL_FIRST; t < series->weeks; t++)
		scores[t] = (float)((x[t] - low[t].level) /
		    (high[t].level - low[t].level));
	free(x);
	free(low);
	free(high);
}

/* What was learned, without the last weeks. */
struct baseline {
	double a, b;
};

static void
learn(struct baseline *baseline, const struct rival_series *series,
    unsigned week)
{
	const struct prior *prior = &series->prior;
	double x, v;

	if (week == 0)
		*baseline = (struct baseline){ prior->a0, prior->b0 };
	if (week < GUARD)
		return;
	x = series->cases[week - GUARD];
	v = series->volume[week - GUARD];
	baseline->a = prior->a0 + SRE_RHO * (baseline->a - prior->a0) + x;
	baseline->b = prior->b0 + SRE_RHO * (baseline->b - prior->b0) + v;
}

static double
tail_of(const struct baseline *baseline, const struct rival_series *series,
    unsigned week)
{
	struct distribution forecast;
	double x = 0, v = 0, spread;

	for (unsigned i = 0; i < TAIL_WEEKS; i++) {
		x += series->cases[week - i];
		v += series->volume[week - i];
	}
	spread = 1 / series->prior.size / TAIL_WEEKS + 1 / baseline->a;
	forecast =
	    distribution_negbin(v * baseline->a / baseline->b, 1 / spread);
	return -distribution_log_upper(&forecast, x);
}

static double
ratio_of(const struct baseline *baseline, const struct rival_series *series,
    unsigned week)
{
	double most = 0, x = 0, mean = 0;

	for (unsigned i = 0; i < GLR_WEEKS; i++) {
		double value;

		x += series->cases[week - i];
		mean += series->volume[week - i] * baseline->a / baseline->b;
		if (x <= mean)
			continue;
		value = x * log(x / mean) - (x - mean);
		if (value > most)
			most = value;
	}
	return most;
}

void
rival_score(enum rival rival, const struct rival_series *series, float *scores)
{
	struct baseline baseline;
	double sum = 0;

	memset(scores, 0, series->weeks * sizeof(*scores));
	if (rival == RIVAL_EARS_C2) {
		score_ears(series, scores);
		return;
	}
	for (unsigned t = 0; t < series->weeks; t++) {
		double mean, score;

		learn(&baseline, series, t);
		if (t < RIVAL_FIRST)
			continue;
		mean = series->volume[t] * baseline.a / baseline.b;
		sum += (series->cases[t] - mean) / sqrt(mean) - cusum_k;
		if (sum < 0)
			sum = 0;
		score = rival == RIVAL_CUSUM ? sum
		    : rival == RIVAL_GLR     ? ratio_of(&baseline, series, t)
					     : tail_of(&baseline, series, t);
		scores[t] = (float)score;
	}
}
