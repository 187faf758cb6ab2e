#include "daemon/core/detect/pulse.h"

#include <assert.h>
#include <math.h>

#include "daemon/core/detect/exposure.h"
#include "daemon/core/detect/sre.h"

static_assert(sizeof(struct pulse) == 96, "a pulse is part of a stored row");

void
pulse_roll(struct pulse *pulse, uint16_t week)
{
	if (!pulse->week)
		pulse->week = pulse->first = week;
	while (pulse->week < week) {
		unsigned at = pulse->week % PULSE_WEEKS;

		pulse->learnt = pulse->learnt * SRE_RHO +
		    (double)pulse->recent[at] / WEIGHT_CASE;
		pulse->week++;
		pulse->recent[pulse->week % PULSE_WEEKS] = 0;
	}
}

uint16_t
pulse_allowed(const struct pulse *pulse, uint16_t weight)
{
	uint32_t sum = 0, most = PULSE_RISE * WEIGHT_CASE, now;

	for (unsigned i = 1; i <= PULSE_MEAN_WEEKS; i++)
		sum += pulse_weight(pulse, (uint16_t)(pulse->week - i));
	sum = PULSE_RISE * sum / PULSE_MEAN_WEEKS;
	if (sum > most)
		most = sum;
	now = pulse->recent[pulse->week % PULSE_WEEKS];
	if (now >= most)
		return 0;
	return most - now < weight ? (uint16_t)(most - now) : weight;
}

static uint16_t
clamp(int32_t weight)
{
	if (weight < 0)
		return 0;
	return weight > UINT16_MAX ? UINT16_MAX : (uint16_t)weight;
}

void
pulse_add(struct pulse *pulse, uint16_t week, int32_t weight)
{
	int age = pulse->week - week;
	uint16_t *at = &pulse->recent[week % PULSE_WEEKS];

	if (week < pulse->first && weight > 0)
		pulse->first = week;
	if (age < PULSE_WEEKS)
		*at = clamp(*at + weight);
	if (age > 0) {
		pulse->learnt +=
		    (double)weight / WEIGHT_CASE * pow(SRE_RHO, age - 1);
		if (!(pulse->learnt > 0))
			pulse->learnt = 0;
	}
}

uint32_t
pulse_weight(const struct pulse *pulse, uint16_t week)
{
	if (week > pulse->week || pulse->week - week >= PULSE_WEEKS)
		return 0;
	return pulse->recent[week % PULSE_WEEKS];
}

double
pulse_learnt(const struct pulse *pulse, uint16_t week)
{
	double sum = pulse->learnt, since = 0;

	if (week == pulse->week)
		return sum;
	if (week > pulse->week) {
		sum = sum * SRE_RHO +
		    (double)pulse->recent[pulse->week % PULSE_WEEKS] /
			WEIGHT_CASE;
		return sum * pow(SRE_RHO, week - pulse->week - 1);
	}
	/* Back to where it was: without what the weeks since brought. */
	for (uint16_t at = week; at < pulse->week; at++)
		since = since * SRE_RHO +
		    (double)pulse_weight(pulse, at) / WEIGHT_CASE;
	sum = (sum - since) * pow(SRE_RHO, week - pulse->week);
	return sum > 0 ? sum : 0;
}

void
pulse_unite(struct pulse *pulse, const struct pulse *other, int sign)
{
	if (sign > 0 && other->first && other->first < pulse->first)
		pulse->first = other->first;
	pulse->learnt += sign * other->learnt;
	if (!(pulse->learnt > 0))
		pulse->learnt = 0;
	for (unsigned i = 0; i < PULSE_WEEKS; i++)
		pulse->recent[i] =
		    clamp(pulse->recent[i] + sign * other->recent[i]);
}
