/*
 * detection.c - how often the detector rings for nothing, and how soon for
 * something, in invented deployments.
 *
 * bench-detection null ...     alerts where nothing happens
 * bench-detection planted ...  where defects are planted
 * bench-detection compare ...  other detectors, where defects are planted
 * bench-detection cost ...     what a report costs
 * bench-detection check        a short look, for the tests
 *
 * with NAME=NUMBER for each of the options below that is not as there.  Prints
 * figures as one JSON object; a median of -1: less than half were found.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/detection_compare.h"
#include "bench/detection_cost.h"
#include "bench/detection_run.h"
#include "bench/measure.h"

static const double false_per_1000 = .1; /* for comparisons */

#define WORLD(name, fallback)                                          \
	{                                                              \
#name, offsetof(struct run_plan, world.name), fallback \
	}
#define WATCH(name, fallback)                                          \
	{                                                              \
#name, offsetof(struct run_plan, watch.name), fallback \
	}
#define PLAN(name, fallback)                                     \
	{                                                        \
#name, offsetof(struct run_plan, name), fallback \
	}

static const struct option {
	const char *name;
	size_t offset;
	double fallback;
} options[] = {
	WORLD(streams, 6000),
	WORLD(categories, 1),
	WORLD(weeks, 312),
	WORLD(mean, .3),
	WORLD(shape, .5),
	WORLD(size, 0),
	WORLD(season, 0),
	WORLD(own_season, 0),
	WORLD(growth, 1),
	WORLD(ramp, 0),
	WORLD(batch, 0),
	WORLD(batch_share, .05),
	WORLD(batch_more, 4),
	WORLD(organisations, 20),
	WORLD(launches, 0),
	WORLD(planted_at, 182),
	WORLD(planted, 0),
	WORLD(planted_share, .01),
	WORLD(flood, 0),
	WORLD(flood_at, 182),
	WORLD(flood_products, 0),
	WORLD(seed, 1),
	WATCH(threshold, 1e4),
	WATCH(prior_given, 0),
	WATCH(family, 0),
	PLAN(repetitions, 1),
	PLAN(rounds, 1),
	PLAN(until, 0),
};
enum { OPTIONS = sizeof(options) / sizeof(*options) };

static void
set(struct run_plan *plan, const char *argument)
{
	size_t len = strcspn(argument, "=");

	for (size_t i = 0; i < OPTIONS; i++) {
		char *end;
		double value;

		if (strlen(options[i].name) != len ||
		    strncmp(options[i].name, argument, len) != 0)
			continue;
		if (!argument[len])
			break;
		value = strtod(argument + len + 1, &end);
		if (*end || !isfinite(value) || value < 0)
			break;
		memcpy((char *)plan + options[i].offset, &value, sizeof(value));
		return;
	}
	die("not an option with a number: %s", argument);
}

static void
read_plan(struct run_plan *plan, char **arguments)
{
	for (size_t i = 0; i < OPTIONS; i++)
		memcpy((char *)plan + options[i].offset, &options[i].fallback,
		    sizeof(double));
	for (; *arguments; arguments++)
		set(plan, *arguments);
}

static void
print_null(const struct run_plan *plan)
{
	struct run_null null = run_null(plan);

	printf("{\"alerts\": %llu, \"stream_weeks\": %llu, "
	       "\"excess\": %.4f, \"shape\": %.4f}\n",
	    (unsigned long long)null.alerts,
	    (unsigned long long)null.stream_weeks, null.excess, null.shape);
}

static void
print_planted(const struct run_plan *plan)
{
	struct run_found found = { 0 };
	double alerts = run_planted(plan, &found);
	double planted = (double)found.planted;
	double median = run_found_median(&found);

	printf("{\"planted\": %.0f, \"found_8w\": %.4f, "
	       "\"found_26w\": %.4f, \"median\": %.2f, "
	       "\"false_per_1000\": %.4f}\n",
	    planted, (double)found.soon / planted, (double)found.late / planted,
	    isfinite(median) ? median : -1, alerts);
	run_found_fini(&found);
}

int
main(int argc, char **argv)
{
	struct run_plan plan;

	if (argc < 2)
		die("usage: bench-detection null|planted|compare|cost|check "
		    "[NAME=NUMBER ...]");
	read_plan(&plan, argv + 2);
	if (strcmp(argv[1], "null") == 0)
		print_null(&plan);
	else if (strcmp(argv[1], "planted") == 0)
		print_planted(&plan);
	else if (strcmp(argv[1], "compare") == 0)
		compare_print(&plan, false_per_1000);
	else if (strcmp(argv[1], "cost") == 0)
		cost_print(plan.world.streams);
	else if (strcmp(argv[1], "check") == 0)
		return run_check(&plan);
	else
		die("not something to do: %s", argv[1]);
	return 0;
}
