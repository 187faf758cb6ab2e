#include "bench/detection_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"

/* World and watch of one repetition, until before this week. */
static void
grow(struct world *world, struct watch *watch, const struct run_plan *plan,
    unsigned repetition, unsigned weeks)
{
	struct world_plan own = plan->world;

	own.seed = own.seed * 1000 + repetition;
	world_init(world, &own);
	watch_init(watch, &plan->watch, &plan->world);
	for (unsigned week = 0; week < weeks; week++) {
		world_draw(world, week);
		watch_week(watch, world, week);
	}
}

struct run_null
run_null(const struct run_plan *plan)
{
	struct run_null sum = { 0 };
	double weeks = plan->until > 0 ? plan->until : plan->world.weeks;

	for (unsigned i = 0; i < (unsigned)plan->repetitions; i++) {
		struct world world;
		struct watch watch;

		grow(&world, &watch, plan, i, (unsigned)weeks);
		sum.alerts += watch.alerts;
		sum.stream_weeks += watch.stream_weeks;
		sum.excess += 1 / watch.prior[0].size / plan->repetitions;
		sum.shape += watch.prior[0].a0 / plan->repetitions;
		watch_fini(&watch);
		world_fini(&world);
	}
	return sum;
}

void
run_found_add(struct run_found *found, double delay)
{
	if (found->count == found->cap) {
		found->cap = found->cap * 2 + 1024;
		found->delay = reallocarray(found->delay, found->cap,
		    sizeof(*found->delay));
		if (!found->delay)
			die("out of memory");
	}
	found->delay[found->count++] = delay;
	found->planted++;
	found->soon += delay <= RUN_SOON;
	found->late += delay <= RUN_LATE;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double
run_found_median(struct run_found *found)
{
	if (!found->count)
		return HUGE_VAL;
	qsort(found->delay, found->count, sizeof(*found->delay), compare);
	return found->delay[found->count / 2];
}

void
run_found_fini(struct run_found *found)
{
	free(found->delay);
}

static void
judge(struct run_found *found, const struct watch *watch,
    const struct world *world)
{
	for (size_t i = 0; i < (size_t)world->plan.streams; i++) {
		const struct watch_bell *bell = &watch->bell[i];

		if (!world->is_planted[i] || bell->is_heard_before)
			continue;
		run_found_add(found,
		    bell->week < 0 ? (double)HUGE_VAL
				   : bell->week - world->plan.planted_at);
	}
}

/* Another planting in a deployment that stands at the planting's week. */
static void
plant(struct run_found *found, const struct watch *watch, struct world *world,
    unsigned round)
{
	unsigned from = (unsigned)world->plan.planted_at;
	struct watch trial;

	world_plant(world, round + 1);
	watch_copy(&trial, watch);
	watch_listen(&trial, from);
	for (unsigned week = from; week < from + RUN_LATE; week++) {
		world_draw(world, week);
		watch_week(&trial, world, week);
	}
	judge(found, &trial, world);
	watch_fini(&trial);
}

double
run_planted(const struct run_plan *plan, struct run_found *found)
{
	double alerts = 0, stream_weeks = 0;

	for (unsigned i = 0; i < (unsigned)plan->repetitions; i++) {
		struct world world;
		struct watch watch;

		grow(&world, &watch, plan, i, (unsigned)plan->world.planted_at);
		alerts += (double)watch.alerts;
		stream_weeks += (double)watch.stream_weeks;
		for (unsigned k = 0; k < (unsigned)plan->rounds; k++)
			plant(found, &watch, &world, k);
		watch_fini(&watch);
		world_fini(&world);
	}
	return 1000 * alerts / stream_weeks;
}

/* False alerts over their bound. */
static double
null_ratio(const struct run_plan *plan)
{
	struct run_null null = run_null(plan);

	return (double)null.alerts / (double)null.stream_weeks *
	    plan->watch.threshold;
}

static int
complain(const char *what, double found, const char *relation, double limit)
{
	fprintf(stderr, "%s: %.3f, not %s %.3f\n", what, found, relation,
	    limit);
	return 1;
}

int
run_check(const struct run_plan *standard)
{
	const double most = 1.2, wanted = .9, deviations = 1.96;
	struct run_plan plan = *standard;
	struct run_found found = { 0 };
	double ratio, share, least;
	int failed = 0;

	plan.world.streams = 2000;
	plan.watch.threshold = 1000;
	ratio = null_ratio(&plan);
	if (ratio > most)
		failed = complain("nothing happens", ratio, "at most", most);
	plan.world.size = .1;
	ratio = null_ratio(&plan);
	if (ratio > most)
		failed = complain("counts of size .1", ratio, "at most", most);
	plan.world.size = 0;
	plan.world.batch = BATCH_ONE;
	ratio = null_ratio(&plan);
	if (ratio > most)
		failed = complain("batches", ratio, "at most", most);
	plan.world.batch = BATCH_NONE;
	plan.watch.threshold = 2000; /* about .1 false in 1,000 */
	plan.world.planted = 1;
	plan.rounds = 15;
	run_planted(&plan, &found);
	share = (double)found.late / (double)found.planted;
	least = wanted -
	    deviations * sqrt(wanted * (1 - wanted) / (double)found.planted);
	if (share < least)
		failed = complain("found of +1 a week in 26 weeks", share,
		    "at least", least);
	run_found_fini(&found);
	return failed;
}
