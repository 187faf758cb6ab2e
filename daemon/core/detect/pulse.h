/*
 * pulse.h - what one product brings to the volume of its category, so that it
 * is not measured against itself: its last weeks, and all before them in one
 * number.  A stored row's part: fixed layout, edited in place.
 */
#ifndef TOCSIN_CORE_DETECT_PULSE_H
#define TOCSIN_CORE_DETECT_PULSE_H

#include <stdint.h>

enum { PULSE_WEEKS = 32, PULSE_MEAN_WEEKS = 13, PULSE_RISE = 4 };

/* Zeroed: nothing yet. */
struct pulse {
	double
	    learnt; /* cases of the weeks before `week`, forgotten by SRE_RHO */
	uint64_t category;            /* of the product; 0 not yet known */
	uint16_t week;                /* that is open; 0 none */
	uint16_t has_streams;         /* it is more than a category */
	uint16_t first;               /* week of its first report; 0 none */
	uint16_t unused[5];           /* 0 */
	uint16_t recent[PULSE_WEEKS]; /* weight of week w at w % PULSE_WEEKS */
};

/* Make this week the open one; an earlier one changes nothing. */
void pulse_roll(struct pulse *pulse, uint16_t week);

/*
 * How much of this weight counts towards the category's volume in the open
 * week: a product is not more than PULSE_RISE times its own mean of 13 weeks,
 * or that many cases.
 */
uint16_t pulse_allowed(const struct pulse *pulse, uint16_t weight);

/* So much weight more (or less; not below 0) in a week: the open or an
 * earlier one. */
void pulse_add(struct pulse *pulse, uint16_t week, int32_t weight);

/* The weight of a week; of long past ones 0. */
uint32_t pulse_weight(const struct pulse *pulse, uint16_t week);

/* Cases of the weeks before this one, forgotten by SRE_RHO a week. */
double pulse_learnt(const struct pulse *pulse, uint16_t week);

/*
 * Another product was merged into this one (sign 1), or told apart again (-1).
 * Both have the same week open.  The first week stays that of the earlier one.
 */
void pulse_unite(struct pulse *pulse, const struct pulse *other, int sign);

#endif
