/*
 * disproportion.h - is a failure over-represented among a product's
 * cases?  The measures of drug safety, from a table of two by two cases:
 *
 *                      this failure    others
 *     this product          a             b
 *     other products        c             d
 *
 * with N = a + b + c + d and E = (a + b)(a + c)/N expected.
 *
 *     RRR  a/E
 *     PRR  [a/(a + b)] / [c/(c + d)]; interval exp(ln PRR -+ z
 *          sqrt(1/a - 1/(a + b) + 1/c - 1/(c + d)))
 *     ROR  ad/(bc); interval exp(ln ROR -+ z sqrt(1/a + 1/b + 1/c + 1/d))
 *     chi2 N(ad - bc)^2/[(a + b)(c + d)(a + c)(b + d)], 1 degree of freedom;
 *          Yates's with max(0, |ad - bc| - N/2) for |ad - bc|
 *     IC   log2[(a + 1/2)/(E + 1/2)]; its quantiles log2 of those of
 *          gamma(a + 1/2, rate E + 1/2): defined for a = 0 too
 *
 * z = 1.959964 (95 %).  After Evans, Waller and Davis, Pharmacoepidemiology
 * and Drug Safety 2001 (PRR), van Puijenbroek and others, ibid. 2002 (ROR),
 * Noren, Hopstadius and Bate, Statistical Methods in Medical Research 2013
 * (IC).  Pure; any thread.
 */
#ifndef TOCSIN_CORE_DETECT_DISPROPORTION_H
#define TOCSIN_CORE_DETECT_DISPROPORTION_H

#include <stdbool.h>

/* Cases: >= 0, below 1e15. */
struct disproportion_table {
	double a, b, c, d;
};

/*
 * A measure that divides by nothing is NAN, or INFINITY where its limit is
 * that; an interval of an observed 0 is NAN.
 */
struct disproportion {
	double cases;    /* N */
	double expected; /* E */
	double rrr;
	double prr, prr_low, prr_high;
	double ror, ror_low, ror_high;
	double chi2, chi2_yates;
	double fisher; /* p of Fisher's exact test, one sided: a or more */
	double ic, ic_005, ic_025, ic_975;
};

/* Fill all of it; any cells may be 0. */
void disproportion_measure(const struct disproportion_table *table,
    struct disproportion *out);

/* log2 of the quantile p of gamma(observed + 1/2, rate expected + 1/2). */
double disproportion_ic(double observed, double expected, double p);

/* What agencies take for a signal by convention. */
struct disproportion_signals {
	bool evans;    /* PRR >= 2, chi2 >= 4, a >= 3 */
	bool ema_ror3; /* ROR's lower end > 1, a >= 3 */
	bool ema_ror5; /* the same with a >= 5 */
	bool umc_ic;   /* IC025 > 0 */
};

/* Of a table and what was measured of it. */
struct disproportion_signals
disproportion_signals(const struct disproportion_table *table,
    const struct disproportion *measured);

#endif
