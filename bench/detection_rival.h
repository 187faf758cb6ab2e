/*
 * detection_rival.h - other detectors, for comparison: what each says of every
 * week of a series; it rings where it says more than a threshold.
 */
#ifndef TOCSIN_BENCH_DETECTION_RIVAL_H
#define TOCSIN_BENCH_DETECTION_RIVAL_H

#include <stdint.h>

#include "daemon/core/detect/prior.h"

enum rival {
	RIVAL_EARS_C2,   /* least standard deviation .5 */
	RIVAL_CUSUM,     /* standardised, k = 1.04, learned mean */
	RIVAL_NB_WINDOW, /* -ln of the tail of a sum of 4 weeks */
	RIVAL_GLR,       /* Poisson, the last 26 weeks, learned mean */
	RIVALS
};

extern const char *const rival_name[RIVALS];

/*
 * Learned means: a rate per volume, from the prior and all but the last 8
 * weeks, forgotten as the daemon does; EARS knows no volume.
 */
struct rival_series {
	const uint16_t *cases;
	const double *volume;
	unsigned weeks;
	struct prior prior;
};

enum { RIVAL_FIRST = 52 }; /* weeks before have a score of 0 */

/* Fill a score for each week. */
void rival_score(enum rival rival, const struct rival_series *series,
    float *scores);

#endif
