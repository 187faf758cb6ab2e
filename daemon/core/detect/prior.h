/*
 * prior.h - what is known of a category's streams before they are looked at:
 * how their rates spread, and how much more their counts vary than chance
 * would have it.  Estimated from the deployment's own streams, never assumed.
 *
 * Only streams that ever reported are known, and how many products are silent
 * is not.  So every sum is one to which a silent stream adds nothing: the
 * estimates are those of all products, the silent ones too.  With x cases in
 * each of the last weeks that were observed, of volume V (exposure.h),
 * n = sum x, E = sum V, Q = sum V^2, r = n/E:
 *
 *   extra = sum (x - rV)^2 - r (E - Q/E)           expected: rate^2 k c
 *   square = r^2 - r/E                             rate^2 (1 + k Q/E^2)
 *   c = Q - 2 sum V^3 / E + (Q/E)^2
 *
 * where k = 1/size.  Pooled, with weight 1/(1 + n/weeks)^2 for a stream, as
 * the variance of extra has it at k = 1:
 *
 *   k = sum extra / sum (c square - extra Q/E^2)
 *
 * Of gamma(a, b) rates, sum square / sum r is (a + 1)/b, and of `streams` seen
 * at all, streams = (b/a) sum r (1 - (1 + E/b)^-a): that is, moments of a
 * negative binomial without its zeros.  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_PRIOR_H
#define TOCSIN_CORE_DETECT_PRIOR_H

#include <stdbool.h>
#include <stdint.h>

struct exposure_view;
struct stream;

/* What a prior is estimated from, at least. */
enum { PRIOR_CASES_MIN = 30, PRIOR_STREAMS_MIN = 10 };

/*
 * Rates of streams, in cases per unit of volume (exposure.h), are gamma(a0,
 * b0); counts have dispersion size (INFINITY: Poisson).  since: the first week
 * whose evidence counts; 0: there is no prior yet, nothing is scored.
 */
struct prior {
	double a0, b0, size;
	uint16_t since;
};

/* Sums over streams; zeroed: over none. */
struct prior_sums {
	double streams; /* with a case in the weeks looked at */
	double cases;
	double weeks;    /* sum over these streams, as the next */
	double exposure; /* E */
	double rate;     /* r */
	double square;
	double square_share; /* square Q/E^2 */
	double extra;        /* weighted */
	double spread;       /* c square - extra Q/E^2, weighted */
};

/*
 * Add what a stream showed in the STREAM_WEEKS weeks before this one, which is
 * open, measured against its category: view.own is its product's own pulse.
 */
void prior_add(struct prior_sums *sums, const struct stream *stream,
    const struct exposure_view *view, uint16_t week);

/* Add sums over other streams, measured against the same volume. */
void prior_merge(struct prior_sums *sums, const struct prior_sums *other);

/*
 * The prior of these sums, without since: a0 from .1 to 2, size from .02.
 * False, and the prior unchanged, when they are over too little.
 */
bool prior_solve(const struct prior_sums *sums, struct prior *prior);

#endif
