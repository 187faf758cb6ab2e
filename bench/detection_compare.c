#include "bench/detection_compare.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/detection_rival.h"
#include "bench/measure.h"

enum { QUIET_WEEKS = 13, HALVINGS = 30, CALIBRATIONS = 3 };

/* A deployment's cases, stream by stream, and what they are seen against. */
struct ledger {
	struct world world;
	struct prior prior; /* as the daemon estimates it at the end */
	unsigned weeks;
	uint16_t *cases; /* owned: of stream i at i * weeks */
	double *total;   /* owned, as the next: cases a week */
	double *volume;
};

static void
draw(struct ledger *ledger, unsigned week)
{
	struct world *world = &ledger->world;
	unsigned from = week < EXPOSURE_MEAN_WEEKS - 1
	    ? 0
	    : week - (EXPOSURE_MEAN_WEEKS - 1);
	double sum = 0;

	for (size_t i = 0; i < (size_t)world->plan.streams; i++)
		ledger->cases[i * ledger->weeks + week] = 0;
	world_draw(world, week);
	for (size_t i = 0; i < world->count; i++)
		ledger->cases[world->report[i].stream * ledger->weeks + week]++;
	ledger->total[week] = (double)world->count;
	for (unsigned t = from; t <= week; t++)
		sum += ledger->total[t];
	ledger->volume[week] = sum / (week + 1 - from) + EXPOSURE_SHRINK;
}

/* Weeks until before this one; there is room for all. */
static void
open_ledger(struct ledger *ledger, const struct run_plan *plan,
    unsigned repetition, unsigned until)
{
	struct world_plan own = plan->world;
	size_t streams = (size_t)own.streams;
	struct watch watch;

	own.seed = own.seed * 1000 + repetition;
	ledger->weeks = (unsigned)own.weeks;
	ledger->cases =
	    must_alloc(streams * ledger->weeks, sizeof(*ledger->cases));
	ledger->total = must_alloc(ledger->weeks, sizeof(double));
	ledger->volume = must_alloc(ledger->weeks, sizeof(double));
	world_init(&ledger->world, &own);
	watch_init(&watch, &plan->watch, &plan->world);
	for (unsigned week = 0; week < until; week++) {
		draw(ledger, week);
		watch_week(&watch, &ledger->world, week);
	}
	ledger->prior = watch.prior[0];
	watch_fini(&watch);
}

static void
close_ledger(struct ledger *ledger)
{
	world_fini(&ledger->world);
	free(ledger->cases);
	free(ledger->total);
	free(ledger->volume);
}

static void
score(const struct ledger *ledger, enum rival rival, size_t stream,
    unsigned weeks, float *scores)
{
	struct rival_series series = { ledger->cases + stream * ledger->weeks,
		ledger->volume, weeks, ledger->prior };

	rival_score(rival, &series, scores);
}

/* Alerts of a series, each followed by quiet weeks. */
static unsigned
count_alerts(const float *scores, unsigned weeks, double threshold)
{
	unsigned count = 0;

	for (unsigned t = RIVAL_FIRST; t < weeks; t++)
		if ((double)scores[t] >= threshold) {
			count++;
			t += QUIET_WEEKS;
		}
	return count;
}

/* Scores of all streams, weeks after weeks. */
static float *
score_all(const struct ledger *ledger, enum rival rival, unsigned weeks)
{
	size_t streams = (size_t)ledger->world.plan.streams;
	float *scores = must_alloc(streams * weeks, sizeof(*scores));

	for (size_t i = 0; i < streams; i++)
		score(ledger, rival, i, weeks, scores + i * weeks);
	return scores;
}

static double
false_per_1000(const float *scores, size_t streams, unsigned weeks,
    double threshold)
{
	double alerts = 0;

	for (size_t i = 0; i < streams; i++)
		alerts += count_alerts(scores + i * weeks, weeks, threshold);
	return 1000 * alerts / (double)streams / (weeks - RIVAL_FIRST);
}

/* The threshold with so many false alerts over all these scores. */
static double
threshold_of(float **scores, const struct ledger *like, double wanted)
{
	size_t streams = (size_t)like->world.plan.streams;
	double low = 0, high = 1e4;

	for (unsigned i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2, sum = 0;

		for (unsigned k = 0; k < CALIBRATIONS; k++)
			sum += false_per_1000(scores[k], streams, like->weeks,
			    middle);
		if (sum / CALIBRATIONS > wanted)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void
calibrate(const struct run_plan *plan, double wanted, double *thresholds)
{
	struct ledger ledgers[CALIBRATIONS];

	for (unsigned k = 0; k < CALIBRATIONS; k++)
		open_ledger(&ledgers[k], plan, 900 + k,
		    (unsigned)plan->world.weeks);
	for (unsigned r = 0; r < RIVALS; r++) {
		float *scores[CALIBRATIONS];

		for (unsigned k = 0; k < CALIBRATIONS; k++)
			scores[k] = score_all(&ledgers[k], r, ledgers[k].weeks);
		thresholds[r] = threshold_of(scores, &ledgers[0], wanted);
		for (unsigned k = 0; k < CALIBRATIONS; k++)
			free(scores[k]);
	}
	for (unsigned k = 0; k < CALIBRATIONS; k++)
		close_ledger(&ledgers[k]);
}

/* Weeks from the planting to the first alert; below 0: it rang before. */
static double
delay_of(const float *scores, unsigned planted_at, double threshold)
{
	for (unsigned t = planted_at - QUIET_WEEKS; t < planted_at; t++)
		if ((double)scores[t] >= threshold)
			return -1;
	for (unsigned t = planted_at; t < planted_at + RUN_LATE; t++)
		if ((double)scores[t] >= threshold)
			return t - planted_at + 1;
	return HUGE_VAL;
}

struct outcome {
	struct run_found found[RIVALS];
	double false_per_1000[RIVALS];
};

static void
judge(struct outcome *outcome, struct ledger *ledger, const double *thresholds,
    float *scores)
{
	const struct world *world = &ledger->world;
	unsigned from = (unsigned)world->plan.planted_at;

	for (size_t i = 0; i < (size_t)world->plan.streams; i++) {
		if (!world->is_planted[i])
			continue;
		for (unsigned r = 0; r < RIVALS; r++) {
			double delay;

			score(ledger, r, i, from + RUN_LATE, scores);
			delay = delay_of(scores, from, thresholds[r]);
			if (delay >= 0)
				run_found_add(&outcome->found[r], delay);
		}
	}
}

static void
play(struct outcome *outcome, const struct run_plan *plan,
    const double *thresholds)
{
	unsigned from = (unsigned)plan->world.planted_at;
	float *scores = must_alloc(from + RUN_LATE, sizeof(*scores));

	for (unsigned i = 0; i < (unsigned)plan->repetitions; i++) {
		struct ledger ledger;

		open_ledger(&ledger, plan, i, from);
		for (unsigned r = 0; r < RIVALS; r++) {
			float *all = score_all(&ledger, r, from);

			outcome->false_per_1000[r] +=
			    false_per_1000(all, (size_t)plan->world.streams,
				from, thresholds[r]) /
			    plan->repetitions;
			free(all);
		}
		for (unsigned k = 0; k < (unsigned)plan->rounds; k++) {
			world_plant(&ledger.world, k + 1);
			for (unsigned t = from; t < from + RUN_LATE; t++)
				draw(&ledger, t);
			judge(outcome, &ledger, thresholds, scores);
		}
		close_ledger(&ledger);
	}
	free(scores);
}

static void
print_outcome(const char *name, struct outcome *outcome)
{
	printf("\"%s\": {", name);
	for (unsigned r = 0; r < RIVALS; r++) {
		struct run_found *found = &outcome->found[r];
		double planted = (double)found->planted;
		double median = run_found_median(found);

		printf("%s\"%s\": {\"false_per_1000\": %.4f, "
		       "\"found_8w\": %.4f, \"found_26w\": %.4f, "
		       "\"median\": %.1f}",
		    r ? ", " : "", rival_name[r], outcome->false_per_1000[r],
		    (double)found->soon / planted,
		    (double)found->late / planted,
		    isfinite(median) ? median : -1);
		run_found_fini(found);
	}
	printf("}");
}

void
compare_print(const struct run_plan *standard, double wanted)
{
	static const struct {
		const char *name;
		double planted, growth;
	} cases[] = {
		{ "plus1", 1, 1 },
		{ "plus3", 3, 1 },
		{ "plus1_doubling", 1, 2 },
		{ "plus3_doubling", 3, 2 },
	};
	struct run_plan plan = *standard;
	double thresholds[RIVALS];

	calibrate(&plan, wanted, thresholds);
	printf("{");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outcome outcome = { 0 };

		plan.world.planted = cases[i].planted;
		plan.world.growth = cases[i].growth;
		/* Sixteen times the reports at the end: fewer must do. */
		if (cases[i].growth > 1)
			plan.repetitions = fmin(standard->repetitions, 2);
		play(&outcome, &plan, thresholds);
		printf("%s", i ? ", " : "");
		print_outcome(cases[i].name, &outcome);
	}
	printf("}\n");
}
