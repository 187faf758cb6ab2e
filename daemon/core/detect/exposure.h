/*
 * exposure.h - how much is reported of a category, week by week: what the
 * counts of its products are measured against.  If everything is reported
 * twice as often, nothing has happened to a product.
 *
 * Volume V of a week: cases a week of the category in the four weeks that end
 * with it, without the product's own, and EXPOSURE_SHRINK more.  What was
 * learnt of a category, D: the sum over the weeks before of their cases
 * (without the product's own) and EXPOSURE_SHRINK, each forgotten by SRE_RHO a
 * week.  The rate of a stream is so many cases per unit of volume, and the
 * baseline of each stream is credited with D since its product was first
 * reported, and of EXPOSURE_CREDIT_WEEKS before.  Weeks in which nobody
 * reported anything of any product were not observed: they are left out of
 * both.  Not safe to share between threads.
 */
#ifndef TOCSIN_CORE_DETECT_EXPOSURE_H
#define TOCSIN_CORE_DETECT_EXPOSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/detect/doubt.h"

struct pulse;

enum {
	EXPOSURE_SHRINK = 5, /* cases a week */
	EXPOSURE_MEAN_WEEKS = 4,
	EXPOSURE_CREDIT_WEEKS = 26,
};

/* One category, or all of them together.  A zeroed one is empty. */
struct exposure {
	uint16_t first;        /* week of the arrays' first element */
	unsigned count;        /* weeks held */
	unsigned learnt_until; /* elements of learnt that are right */
	uint32_t *weight;      /* owned: weights a week */
	double *learnt;        /* owned: D before that week, in cases */
	unsigned cap;
};

/* Free the memory; not the struct. */
void exposure_fini(struct exposure *exposure);

/*
 * So much weight more (or less; not below 0) in this week, which may lie
 * before the first.  0, or -1 when out of memory.
 */
int exposure_add(struct exposure *exposure, uint16_t week, int32_t weight);

/* The weight of a week; 0 where none is held. */
uint32_t exposure_weight(const struct exposure *exposure, uint16_t week);

/* A category as seen by one of its products. */
struct exposure_view {
	struct exposure *category;  /* whose sums may be brought up to date */
	const struct exposure *all; /* tells which weeks were observed */
	const struct pulse *own;    /* the product's own; NULL: none */
};

/* Was anything reported in this week at all? */
bool exposure_is_observed(const struct exposure_view *view, uint16_t week);

/* Weeks observed before this one. */
unsigned exposure_weeks_before(const struct exposure *all, uint16_t week);

/* Something of the past became observed, or not: sums are made anew. */
void exposure_forget(struct exposure *exposure);

/* V of a week that is over. */
double exposure_volume(const struct exposure_view *view, uint16_t week);

/*
 * V of the week that is open: what was seen of it counts in only when it is
 * more than the week before had.
 */
double exposure_volume_open(const struct exposure_view *view, uint16_t week);

/* D before this week, as credited to streams of the product; never below 0. */
double exposure_learnt(const struct exposure_view *view, uint16_t week);

#endif
