#include "daemon/core/detect/stream.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static_assert(sizeof(struct stream) == 96, "a stream is part of a stored row");

enum { BITS = 6, PER_WORD = 10 }; /* of what is remembered of weeks */

/*
 * What one more week learns at most: poison in a baseline must come slowly.
 * It is far out in the forecast's tail, since whatever is cut off makes the
 * baseline too low and alerts false: with three standard deviations counts of
 * size .1 rang five times as often.
 */
static double
learnable(const struct sre_forecast *forecast, double x)
{
	double mean = forecast->mean;
	double most = mean + 10 * sqrt(mean + mean * mean / forecast->size) + 3;

	/* Also when that is no number. */
	return x > most ? most : x;
}

static void
set_recent(struct stream *stream, uint16_t week, int cases)
{
	unsigned at = week % STREAM_WEEKS;
	uint64_t *word = &stream->recent[at / PER_WORD];
	unsigned shift = at % PER_WORD * BITS;

	if (cases < 0)
		cases = 0;
	if (cases > STREAM_CASES_SHOWN)
		cases = STREAM_CASES_SHOWN;
	*word &= ~((uint64_t)STREAM_CASES_SHOWN << shift);
	*word |= (uint64_t)cases << shift;
}

unsigned
stream_recent(const struct stream *stream, uint16_t week)
{
	unsigned at = week % STREAM_WEEKS;

	if (week >= stream->week || stream->week - week > STREAM_WEEKS)
		return 0;
	return stream->recent[at / PER_WORD] >> at % PER_WORD * BITS &
	    STREAM_CASES_SHOWN;
}

static struct sre_forecast
forecast_of(const struct stream_scene *scene, double learnt, double volume,
    uint16_t week)
{
	return sre_forecast(scene->prior.a0 + learnt,
	    scene->prior.b0 + exposure_learnt(&scene->view, week), volume,
	    scene->prior.size);
}

/* The open week is over. */
static void
close_week(struct stream *stream, const struct stream_scene *scene, double x)
{
	uint16_t week = stream->week;
	double learnt = x;

	if (!exposure_is_observed(&scene->view, week)) {
		learnt = 0;
	} else if (scene->prior.since && week >= scene->prior.since) {
		struct sre_forecast forecast = forecast_of(scene,
		    stream->learnt, exposure_volume(&scene->view, week), week);

		learnt = learnable(&forecast, x);
		if (stream->flags & STREAM_FIRED)
			memset(stream->evidence, 0, sizeof(stream->evidence));
		else
			sre_step(stream->evidence, &forecast, x);
	}
	stream->learnt = stream->learnt * SRE_RHO + learnt;
	set_recent(stream, week,
	    x < STREAM_CASES_SHOWN ? (int)(x + .5) : STREAM_CASES_SHOWN);
	stream->flags &= (uint8_t)~STREAM_FIRED;
	stream->week++;
}

void
stream_roll(struct stream *stream, const struct stream_scene *scene,
    uint16_t week)
{
	if (!stream->week)
		stream->week = week;
	if (stream->week >= week)
		return;
	close_week(stream, scene, stream_observed(stream, scene->is_alone));
	stream->rest = 0;
	memset(stream->share, 0, sizeof(stream->share));
	while (stream->week < week)
		close_week(stream, scene, 0);
}

/* The share of an organisation, or one that is free for it; NULL: neither. */
static struct stream_share *
find_share(struct stream *stream, uint16_t organisation)
{
	struct stream_share *share = stream->share;

	for (unsigned i = 0; i < STREAM_SHARES; i++)
		if (!share[i].weight || share[i].organisation == organisation)
			return &share[i];
	return NULL;
}

void
stream_add(struct stream *stream, uint16_t organisation, uint16_t weight)
{
	struct stream_share *share = find_share(stream, organisation);

	if (!share) {
		if (stream->rest <= UINT32_MAX - weight)
			stream->rest += weight;
		return;
	}
	share->organisation = organisation;
	share->weight = share->weight > UINT16_MAX - weight
	    ? UINT16_MAX
	    : (uint16_t)(share->weight + weight);
}

void
stream_take(struct stream *stream, uint16_t organisation, uint16_t weight)
{
	struct stream_share *share = find_share(stream, organisation);
	struct stream_share *last = &stream->share[STREAM_SHARES - 1];

	if (!share) {
		stream->rest -= stream->rest < weight ? stream->rest : weight;
		return;
	}
	share->weight -= share->weight < weight ? share->weight : weight;
	if (share->weight)
		return;
	/* Those in use stand before those that are free. */
	memmove(share, share + 1, (size_t)(last - share) * sizeof(*share));
	*last = (struct stream_share){ 0 };
}

void
stream_learn(struct stream *stream, uint16_t week, int32_t weight)
{
	int age = stream->week - week;
	int cases =
	    (weight + (weight < 0 ? -1 : 1) * WEIGHT_CASE / 2) / WEIGHT_CASE;

	if (!stream->week || age <= 0)
		return;
	stream->learnt += (double)weight / WEIGHT_CASE * pow(SRE_RHO, age - 1);
	if (!(stream->learnt > 0))
		stream->learnt = 0;
	if (age <= STREAM_WEEKS)
		set_recent(stream, week,
		    (int)stream_recent(stream, week) + cases);
}

void
stream_fire(struct stream *stream)
{
	memset(stream->evidence, 0, sizeof(stream->evidence));
	stream->flags |= STREAM_FIRED;
}

void
stream_unite(struct stream *stream, const struct stream *other, int sign)
{
	stream->learnt += sign * other->learnt;
	if (!(stream->learnt > 0))
		stream->learnt = 0;
	for (unsigned i = 1; i <= STREAM_WEEKS; i++) {
		uint16_t week = (uint16_t)(stream->week - i);

		set_recent(stream, week,
		    (int)stream_recent(stream, week) +
			sign * (int)stream_recent(other, week));
	}
	stream_fire(stream);
}

/* Put a weight in its place among those before it, which rise. */
static void
insert(uint32_t *weights, unsigned count, uint32_t weight)
{
	for (; count > 0 && weights[count - 1] > weight; count--)
		weights[count] = weights[count - 1];
	weights[count] = weight;
}

double
stream_observed(const struct stream *stream, bool is_alone)
{
	uint32_t weights[STREAM_SHARES + 1];
	uint64_t sum = 0;

	for (unsigned i = 0; i < STREAM_SHARES; i++)
		insert(weights, i, stream->share[i].weight);
	insert(weights, STREAM_SHARES, stream->rest);
	for (unsigned i = 0; i <= STREAM_SHARES; i++) {
		uint64_t most = is_alone ? UINT32_MAX : sum + WEIGHT_CASE;

		sum += weights[i] < most ? weights[i] : most;
	}
	return (double)sum / WEIGHT_CASE;
}

void
stream_read(const struct stream *stream, const struct stream_scene *scene,
    struct stream_reading *reading)
{
	const struct exposure_view *view = &scene->view;

	*reading = (struct stream_reading){
		.observed = stream_observed(stream, scene->is_alone),
		.volume = exposure_volume_open(view, stream->week),
		.a = scene->prior.a0 + stream->learnt,
		.b = scene->prior.b0 + exposure_learnt(view, stream->week),
		.score = -HUGE_VAL,
	};
	if (!scene->prior.since || stream->week < scene->prior.since)
		return;
	reading->forecast = sre_forecast(reading->a, reading->b,
	    reading->volume, scene->prior.size);
	reading->score =
	    sre_score(stream->evidence, &reading->forecast, reading->observed);
	reading->is_scored = !(stream->flags & STREAM_FIRED);
}
