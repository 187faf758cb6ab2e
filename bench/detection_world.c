#include "bench/detection_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/detection_draw.h"
#include "bench/measure.h"

static const double turn = 6.283185307179586;
static const double weeks_a_year = 52;
static const double rate_min = 1e-4;

void
world_init(struct world *world, const struct world_plan *plan)
{
	size_t streams = (size_t)plan->streams;
	unsigned organisations = (unsigned)plan->organisations;
	double sum = 0;

	*world = (struct world){ .plan = *plan,
		.dice = (uint64_t)plan->seed * 1000003 + 17,
		.rate = must_alloc(streams, sizeof(double)),
		.launch = must_alloc(streams, sizeof(uint16_t)),
		.phase = must_alloc(streams, sizeof(double)),
		.is_planted = must_alloc(streams, 1),
		.organisation = must_alloc(organisations + 1, sizeof(double)) };
	for (size_t i = 0; i < streams; i++) {
		double rate = draw_gamma(&world->dice, plan->shape) *
		    plan->mean / plan->shape;

		world->rate[i] = rate > rate_min ? rate : rate_min;
		if (plan->own_season > 0)
			world->phase[i] = dice_share(&world->dice);
		if (dice_share(&world->dice) < plan->launches)
			world->launch[i] =
			    (uint16_t)(plan->weeks * dice_share(&world->dice));
	}
	for (unsigned i = 0; i < organisations; i++)
		world->organisation[i] = sum += 1. / (i + 1);
	for (unsigned i = 0; i < organisations; i++)
		world->organisation[i] /= sum;
}

void
world_fini(struct world *world)
{
	free(world->rate);
	free(world->launch);
	free(world->phase);
	free(world->is_planted);
	free(world->organisation);
	free(world->report);
}

void
world_plant(struct world *world, uint64_t seed)
{
	world->dice = seed * 7919 + (uint64_t)world->plan.seed;
	for (size_t i = 0; i < (size_t)world->plan.streams; i++)
		world->is_planted[i] =
		    dice_share(&world->dice) < world->plan.planted_share;
}

static uint16_t
draw_organisation(struct world *world)
{
	unsigned low = 0, high = (unsigned)world->plan.organisations;
	double share = dice_share(&world->dice);

	if (!high)
		return (uint16_t)(1 + draw_below(&world->dice, 9000));
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (world->organisation[middle] < share)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint16_t)(low + 1);
}

static void
add(struct world *world, size_t stream, uint16_t organisation)
{
	if (world->count == world->cap) {
		world->cap = world->cap * 2 + 1024;
		world->report = reallocarray(world->report, world->cap,
		    sizeof(*world->report));
		if (!world->report)
			die("out of memory");
	}
	world->report[world->count++] =
	    (struct world_report){ (uint32_t)stream, organisation };
}

/* How much of everything there is in a week. */
static double
level(const struct world_plan *plan, unsigned week)
{
	double years = (week + 1) / weeks_a_year;
	double level = 1 + plan->season * sin(turn * years);

	if (week < plan->ramp)
		level *= (week + 1) / plan->ramp;
	return level * pow(plan->growth, years);
}

static void
draw_batch(struct world *world, size_t stream, uint16_t organisation)
{
	const struct world_plan *plan = &world->plan;
	unsigned more = draw_count(&world->dice, plan->batch_more, 1);

	for (unsigned i = 0; i < more; i++) {
		if ((enum world_batch)plan->batch == BATCH_SEVERAL)
			organisation = draw_organisation(world);
		add(world, stream, organisation);
	}
}

static void
draw_stream(struct world *world, size_t stream, unsigned week, double now)
{
	const struct world_plan *plan = &world->plan;
	double rate = world->rate[stream] * now;
	unsigned cases;

	if (plan->own_season > 0)
		rate *= 1 +
		    plan->own_season *
			sin(turn *
			    (week / weeks_a_year + world->phase[stream]));
	cases = draw_count(&world->dice, rate, plan->size);
	for (unsigned i = 0; i < cases; i++) {
		uint16_t organisation = draw_organisation(world);

		add(world, stream, organisation);
		if (plan->batch > 0 &&
		    dice_share(&world->dice) < plan->batch_share)
			draw_batch(world, stream, organisation);
	}
	if (!world->is_planted[stream] || week < plan->planted_at)
		return;
	cases = draw_poisson(&world->dice, plan->planted);
	for (unsigned i = 0; i < cases; i++)
		add(world, stream, draw_organisation(world));
}

/* A hostile organisation hides a defect by reporting other products. */
static void
draw_flood(struct world *world, unsigned week)
{
	const struct world_plan *plan = &world->plan;
	unsigned streams = (unsigned)plan->streams, more;
	unsigned among = streams;

	if (plan->flood <= 0 || week < plan->flood_at)
		return;
	if (plan->flood_products > 0)
		among = (unsigned)plan->flood_products;
	more = draw_poisson(&world->dice,
	    (double)world->count * plan->flood / (1 - plan->flood));
	while (more) {
		unsigned stream = draw_below(&world->dice, among);

		if (world->is_planted[stream])
			continue;
		add(world, stream, WORLD_HOSTILE);
		more--;
	}
}

static void
shuffle(struct world *world)
{
	for (size_t i = world->count; i > 1; i--) {
		size_t other = draw_below(&world->dice, (unsigned)i);
		struct world_report held = world->report[i - 1];

		world->report[i - 1] = world->report[other];
		world->report[other] = held;
	}
}

void
world_draw(struct world *world, unsigned week)
{
	double now = level(&world->plan, week);

	world->count = 0;
	for (size_t i = 0; i < (size_t)world->plan.streams; i++)
		if (week >= world->launch[i])
			draw_stream(world, i, week, now);
	draw_flood(world, week);
	shuffle(world);
}
