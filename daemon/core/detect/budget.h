/*
 * budget.h - how high a stream's threshold stands, so that the whole instance
 * rings falsely no more often than was allowed.
 *
 * A stream with threshold N rings falsely at most once in N weeks (sre.h), and
 * what streams do adds up whatever they have in common.  Sharing the budget by
 * weight, N = sum of weights / (allowed a week x own weight) makes the sum of
 * all 1/N the budget.  The bound is exact for known baselines; so what people
 * judge of the alerts scales it, once they have judged enough.  Pure; any
 * thread.
 */
#ifndef TOCSIN_CORE_DETECT_BUDGET_H
#define TOCSIN_CORE_DETECT_BUDGET_H

#include <stdint.h>

enum {
	BUDGET_WEIGHT = 1,
	BUDGET_WEIGHT_SEVERE = 10, /* of streams of a grave hazard */
	BUDGET_JUDGED_MIN = 20,    /* alerts, before their judgements count */
};

struct budget {
	double per_week; /* false alerts allowed; > 0 */
	double floor;    /* no threshold is lower */
	double weights;  /* sum over the streams that are known */
	double scale;    /* of budget_scale; 1 unless people judged */
};

/*
 * N of a stream of this weight: it rings at score >= ln N.  A stream that is
 * not yet among the known ones may be asked about: N is of at least its own
 * weight.  INFINITY when nothing is allowed.
 */
double budget_threshold(const struct budget *budget, double weight);

/* What people said of the alerts that spend the budget. */
struct budget_record {
	uint64_t right, wrong; /* judged so */
	uint64_t raised;       /* judged or not */
	double weeks;          /* in which they were raised */
	/* The same weeks, each divided by the scale in force in it: as many
	 * false alerts at scale 1 stand for it. */
	double weeks_at_scale_1;
};

/*
 * False alerts a week: alerts nobody judged are taken to be wrong as often as
 * those that were.  0 when none was judged.
 */
double budget_realised(const struct budget_record *record);

/*
 * How many times more often than allowed alerts would be wrong at scale 1, .25
 * to 100; 1 before BUDGET_JUDGED_MIN were judged.
 */
double budget_scale(const struct budget_record *record, double per_week);

#endif
