#include "bench/detection_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

enum { HEARD_WEEKS = 13, YEAR = 52 };

static unsigned
count_of(double number)
{
	return (unsigned)number;
}

void
watch_init(struct watch *watch, const struct watch_plan *plan,
    const struct world_plan *world)
{
	unsigned streams = count_of(world->streams);
	unsigned categories = count_of(world->categories);

	*watch = (struct watch){ .plan = *plan,
		.world = world,
		.stream = must_alloc(streams, sizeof(*watch->stream)),
		.pulse = must_alloc(streams, sizeof(*watch->pulse)),
		.rang = must_alloc(streams, sizeof(*watch->rang)),
		.bell = must_alloc(streams, sizeof(*watch->bell)),
		.category = must_alloc(categories, sizeof(*watch->category)),
		.prior = must_alloc(categories, sizeof(*watch->prior)) };
	watch_listen(watch, 0);
}

void
watch_fini(struct watch *watch)
{
	for (unsigned i = 0; i < count_of(watch->world->categories); i++)
		exposure_fini(&watch->category[i]);
	exposure_fini(&watch->all);
	free(watch->stream);
	free(watch->pulse);
	free(watch->rang);
	free(watch->bell);
	free(watch->category);
	free(watch->prior);
}

static void
expose(struct exposure *exposure, uint16_t week, uint32_t weight)
{
	if (exposure_add(exposure, week, (int32_t)weight))
		die("out of memory");
}

static void
copy_exposure(struct exposure *exposure, const struct exposure *other)
{
	for (unsigned i = 0; i < other->count; i++)
		expose(exposure, (uint16_t)(other->first + i),
		    other->weight[i]);
}

void
watch_copy(struct watch *watch, const struct watch *other)
{
	unsigned streams = count_of(other->world->streams);
	unsigned categories = count_of(other->world->categories);

	watch_init(watch, &other->plan, other->world);
	memcpy(watch->stream, other->stream, streams * sizeof(*watch->stream));
	memcpy(watch->pulse, other->pulse, streams * sizeof(*watch->pulse));
	memcpy(watch->rang, other->rang, streams * sizeof(*watch->rang));
	memcpy(watch->prior, other->prior, categories * sizeof(*watch->prior));
	watch->family = other->family;
	for (unsigned i = 0; i < categories; i++)
		copy_exposure(&watch->category[i], &other->category[i]);
	copy_exposure(&watch->all, &other->all);
}

void
watch_listen(struct watch *watch, unsigned week)
{
	watch->alerts = watch->stream_weeks = 0;
	watch->listened = week;
	for (unsigned i = 0; i < count_of(watch->world->streams); i++)
		watch->bell[i] = (struct watch_bell){ .week = -1,
			.is_heard_before = watch->rang[i] &&
			    (unsigned)watch->rang[i] + HEARD_WEEKS >=
				WATCH_EPOCH + week };
}

/* Does a category report less than can be measured against? */
static bool
is_small(const struct watch *watch, unsigned category)
{
	const struct exposure *exposure = &watch->category[category];
	double weight = 0;
	unsigned from = 0;

	if (watch->plan.family <= 0)
		return false;
	if (exposure->count > YEAR)
		from = exposure->count - YEAR;
	for (unsigned i = from; i < exposure->count; i++)
		weight += exposure->weight[i];
	return weight <
	    (double)WATCH_SMALL * WEIGHT_CASE * (exposure->count - from);
}

/* A prior without since stands for "that of the family". */
struct stream_scene
watch_scene(struct watch *watch, uint32_t stream)
{
	unsigned category = stream % count_of(watch->world->categories);
	bool is_family =
	    watch->plan.family > 0 && !watch->prior[category].since;

	return (struct stream_scene){
		.view = { .category = is_family ? &watch->all
						: &watch->category[category],
		    .all = &watch->all,
		    .own = &watch->pulse[stream] },
		.prior = is_family ? watch->family : watch->prior[category],
	};
}

static void
take(struct watch *watch, const struct world_report *report, uint16_t week,
    double part)
{
	uint32_t i = report->stream;
	struct stream *stream = &watch->stream[i];
	struct pulse *pulse = &watch->pulse[i];
	struct stream_scene scene = watch_scene(watch, i);
	struct stream_reading reading;
	uint16_t allowed;

	pulse_roll(pulse, week);
	allowed = pulse_allowed(pulse, WEIGHT_CASE);
	pulse_add(pulse, week, allowed);
	expose(&watch->category[i % count_of(watch->world->categories)], week,
	    allowed);
	expose(&watch->all, week, allowed);
	stream_roll(stream, &scene, week);
	stream_add(stream, report->organisation, WEIGHT_CASE);
	stream_read(stream, &scene, &reading);
	if (!reading.is_scored || reading.score < log(watch->plan.threshold))
		return;
	stream_fire(stream);
	watch->rang[i] = week;
	watch->alerts++;
	if (watch->bell[i].week < 0)
		watch->bell[i].week = week - WATCH_EPOCH + part;
}

/* As things are in truth, before any season or growth. */
static struct prior
given_prior(const struct watch *watch)
{
	const struct world_plan *plan = watch->world;
	double volume =
	    plan->streams / plan->categories * plan->mean + EXPOSURE_SHRINK;

	return (struct prior){ .a0 = plan->shape,
		.b0 =
		    plan->shape / plan->mean * volume * watch->plan.prior_given,
		.size = plan->size > 0 ? plan->size : (double)HUGE_VAL,
		.since = WATCH_EPOCH + WATCH_COLD };
}

static void
set_prior(struct prior *prior, const struct prior_sums *sums)
{
	if (prior_solve(sums, prior) && !prior->since)
		prior->since = WATCH_EPOCH + WATCH_COLD;
}

/* week: the one that is open now. */
static void
learn_priors(struct watch *watch, uint16_t week)
{
	unsigned categories = count_of(watch->world->categories);
	struct prior_sums *sums = must_alloc(categories, sizeof(*sums));
	struct prior_sums family = { 0 };

	for (unsigned i = 0; i < count_of(watch->world->streams); i++) {
		struct exposure_view view = {
			.category = &watch->category[i % categories],
			.all = &watch->all,
			.own = &watch->pulse[i]
		};

		prior_add(&sums[i % categories], &watch->stream[i], &view,
		    week);
		view.category = &watch->all;
		if (watch->plan.family > 0)
			prior_add(&family, &watch->stream[i], &view, week);
	}
	set_prior(&watch->family, &family);
	for (unsigned i = 0; i < categories; i++)
		if (is_small(watch, i))
			watch->prior[i].since = 0;
		else
			set_prior(&watch->prior[i], &sums[i]);
	free(sums);
}

static void
choose_priors(struct watch *watch, unsigned week)
{
	unsigned weeks = week + 1; /* that are over */

	if (weeks < WATCH_COLD)
		return;
	if (watch->plan.prior_given > 0) {
		for (unsigned i = 0; i < count_of(watch->world->categories);
		     i++)
			watch->prior[i] = given_prior(watch);
		return;
	}
	if ((weeks - WATCH_COLD) % WATCH_RENEW == 0)
		learn_priors(watch, (uint16_t)(WATCH_EPOCH + weeks));
}

void
watch_week(struct watch *watch, const struct world *world, unsigned week)
{
	uint16_t now = (uint16_t)(WATCH_EPOCH + week);

	for (size_t i = 0; i < world->count; i++)
		take(watch, &world->report[i], now,
		    ((double)i + 1) / (double)world->count);
	choose_priors(watch, week);
	if (week < WATCH_COLD || week < watch->listened)
		return;
	for (unsigned i = 0; i < count_of(watch->world->streams); i++)
		watch->stream_weeks += watch->stream[i].week > 0;
}
