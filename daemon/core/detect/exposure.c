#include "daemon/core/detect/exposure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/detect/pulse.h"
#include "daemon/core/detect/sre.h"

enum { ROOM = 64 }; /* weeks more than asked for */

void
exposure_fini(struct exposure *exposure)
{
	free(exposure->weight);
	free(exposure->learnt);
}

/* Room for this many weeks, the new ones before those held or behind. */
static int
make_room(struct exposure *exposure, unsigned before, unsigned count)
{
	if (count > exposure->cap) {
		unsigned cap = count + ROOM;
		uint32_t *weight =
		    reallocarray(exposure->weight, cap, sizeof(*weight));
		double *learnt;

		if (!weight)
			return -1;
		exposure->weight = weight;
		learnt = reallocarray(exposure->learnt, cap, sizeof(*learnt));
		if (!learnt)
			return -1;
		exposure->learnt = learnt;
		exposure->cap = cap;
	}
	memmove(exposure->weight + before, exposure->weight,
	    exposure->count * sizeof(*exposure->weight));
	memset(exposure->weight, 0, before * sizeof(*exposure->weight));
	memset(exposure->weight + before + exposure->count, 0,
	    (count - before - exposure->count) * sizeof(*exposure->weight));
	exposure->first = (uint16_t)(exposure->first - before);
	exposure->count = count;
	return 0;
}

static int
reach(struct exposure *exposure, uint16_t week)
{
	if (!exposure->count)
		exposure->first = week;
	if (week < exposure->first) {
		exposure->learnt_until = 0;
		return make_room(exposure, exposure->first - week,
		    exposure->count + exposure->first - week);
	}
	if (week - exposure->first < (int)exposure->count)
		return 0;
	return make_room(exposure, 0, week - exposure->first + 1u);
}

/*
 * The first week held is one with a weight, so that an exposure follows from
 * its weights alone, in whichever order they came and went.
 */
static void
trim(struct exposure *exposure)
{
	unsigned empty = 0;

	while (empty < exposure->count && !exposure->weight[empty])
		empty++;
	if (!empty)
		return;
	exposure->count -= empty;
	exposure->first = (uint16_t)(exposure->first + empty);
	exposure->learnt_until = 0;
	memmove(exposure->weight, exposure->weight + empty,
	    exposure->count * sizeof(*exposure->weight));
}

int
exposure_add(struct exposure *exposure, uint16_t week, int32_t weight)
{
	unsigned at;
	int64_t sum;

	if (reach(exposure, week))
		return -1;
	at = (unsigned)(week - exposure->first);
	sum = (int64_t)exposure->weight[at] + weight;
	exposure->weight[at] = sum < 0 ? 0
	    : sum > UINT32_MAX         ? UINT32_MAX
				       : (uint32_t)sum;
	/* D before the week itself does not change. */
	if (exposure->learnt_until > at + 1)
		exposure->learnt_until = at + 1;
	if (at == 0)
		trim(exposure);
	return 0;
}

uint32_t
exposure_weight(const struct exposure *exposure, uint16_t week)
{
	if (week < exposure->first ||
	    week - exposure->first >= (int)exposure->count)
		return 0;
	return exposure->weight[week - exposure->first];
}

void
exposure_forget(struct exposure *exposure)
{
	exposure->learnt_until = 0;
}

bool
exposure_is_observed(const struct exposure_view *view, uint16_t week)
{
	return exposure_weight(view->all, week) > 0;
}

unsigned
exposure_weeks_before(const struct exposure *all, uint16_t week)
{
	unsigned count = 0;

	for (unsigned i = 0; i < all->count && all->first + i < week; i++)
		count += all->weight[i] > 0;
	return count;
}

/* Cases of others of the category in a week. */
static double
others(const struct exposure_view *view, uint16_t week)
{
	uint32_t weight = exposure_weight(view->category, week);
	uint32_t own = view->own ? pulse_weight(view->own, week) : 0;

	return (double)(weight > own ? weight - own : 0) / WEIGHT_CASE;
}

double
exposure_volume(const struct exposure_view *view, uint16_t week)
{
	double sum = 0;
	unsigned weeks = 0;

	for (unsigned i = 0; i < EXPOSURE_MEAN_WEEKS && i < week; i++) {
		uint16_t at = (uint16_t)(week - i);

		if (!exposure_is_observed(view, at))
			continue;
		sum += others(view, at);
		weeks++;
	}
	return (weeks ? sum / weeks : 0) + EXPOSURE_SHRINK;
}

double
exposure_volume_open(const struct exposure_view *view, uint16_t week)
{
	double seen = exposure_volume(view, week);
	double before = exposure_volume(view, (uint16_t)(week - 1));

	return seen > before ? seen : before;
}

/* Bring D up to the arrays' element at, each from the one before. */
static void
learn(const struct exposure_view *view, unsigned at)
{
	struct exposure *exposure = view->category;
	unsigned from = exposure->learnt_until;

	if (from == 0)
		exposure->learnt[from++] = 0;
	for (; from <= at; from++) {
		uint16_t week = (uint16_t)(exposure->first + from - 1);
		double sum = exposure->learnt[from - 1] * SRE_RHO;

		if (exposure_is_observed(view, week))
			sum +=
			    (double)exposure->weight[from - 1] / WEIGHT_CASE +
			    EXPOSURE_SHRINK;
		exposure->learnt[from] = sum;
	}
	exposure->learnt_until = from;
}

/* D before a week, of the whole category since its own beginning. */
static double
learnt_of_all(const struct exposure_view *view, uint16_t week)
{
	struct exposure *exposure = view->category;

	if (!exposure->count || week <= exposure->first)
		return 0;
	if (reach(exposure, week))
		return 0;
	if (week - exposure->first >= (int)exposure->learnt_until)
		learn(view, (unsigned)(week - exposure->first));
	return exposure->learnt[week - exposure->first];
}

/*
 * A product that nobody ever reported before is either harmless or new, and
 * only a harmless one was silent for all that long: products that are launched
 * would ring, one after the other, if all weeks counted.
 */
double
exposure_learnt(const struct exposure_view *view, uint16_t week)
{
	double sum = learnt_of_all(view, week), without = 0;

	if (view->own) {
		int since = view->own->first - EXPOSURE_CREDIT_WEEKS;
		double before = since > 0 && since < week
		    ? learnt_of_all(view, (uint16_t)since)
		    : 0;

		without = pulse_learnt(view->own, week);
		if (before > 0)
			without += before * pow(SRE_RHO, week - since);
	}
	return sum > without ? sum - without : 0;
}
