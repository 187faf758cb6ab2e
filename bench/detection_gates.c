/*
 * detection_gates.c - how many true signals would the gates never let through,
 * where who reports of a product is as it really is?
 *
 *   bench-detection-gates FILE [SEED]
 *
 * A line of FILE is a report as it stands in real data: product, organisation
 * and group, three numbers, products together.  Of each product a defect is
 * planted RUNS times: a Poisson number of reports, one a week on average, for
 * WEEKS weeks, each from the organisation and group of one of the product's
 * own reports, on a day of that week.  Each week the gate is asked of the
 * reports of the last 91 days, with all organisations established and all
 * groups registered as sites.  What is held can be released by a person: it is
 * not suppressed.  What the product is reported for besides is left out, which
 * makes it harder.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "daemon/core/detect/gate.h"

enum {
	WEEKS = 26,
	WINDOW_DAYS = 91,
	RUNS = 40,
	REPORTS_LEAST = 10, /* of a product: fewer are no mix to draw from */
	FIRST_DAY = 20003,  /* a Monday */
	REPORTS_MOST = 1 << 20,
};

struct row {
	unsigned product, organisation, group;
};

struct dice {
	uint64_t state;
};

/* In [0, 1): xorshift64*. */
static double throw(struct dice * dice)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return (double)(dice->state * UINT64_C(2685821657736338717) >> 11) /
	    9007199254740992.;
}

/* Poisson, mean 1. */
static unsigned
throw_count(struct dice *dice)
{
	double product = throw(dice), least = exp(-1.);
	unsigned count = 0;

	while (product > least) {
		product *= throw(dice);
		count++;
	}
	return count;
}

/* What the planted reports of one product are drawn from. */
struct mix {
	const struct row *row;
	unsigned count;
};

static void
forget_old(struct gate_evidence *evidence, int today)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < evidence->count; i++)
		if (evidence->entry[i].filed >= today - WINDOW_DAYS)
			evidence->entry[kept++] = evidence->entry[i];
	evidence->count = kept;
}

static void
plant(struct gate_evidence *evidence, const struct mix *mix, struct dice *dice,
    int monday)
{
	for (unsigned n = throw_count(dice);
	     n > 0 && evidence->count < GATE_ENTRIES_MAX; n--) {
		const struct row *row =
		    &mix->row[(unsigned)(throw(dice) * mix->count)];

		evidence->entry[evidence->count++] =
		    (struct gate_entry){ .source = row->group,
			    .organisation = (uint16_t)row->organisation,
			    .filed =
				(uint16_t)(monday + (int)(throw(dice) * 7)),
			    .site = row->group,
			    .is_established = true };
	}
}

/* The most that one planted defect comes to. */
static enum gate
run_once(const struct mix *mix, struct dice *dice)
{
	struct gate_evidence evidence = { .kind = GATE_STATISTIC };
	enum gate best = GATE_SHUT;

	for (int week = 0; week < WEEKS && best != GATE_OPEN; week++) {
		int monday = FIRST_DAY + 7 * week;
		struct gate_answer answer;

		plant(&evidence, mix, dice, monday);
		forget_old(&evidence, monday + 6);
		gate_ask(&evidence, &answer);
		if (answer.gate > best)
			best = answer.gate;
	}
	return best;
}

struct tally {
	unsigned products, of_one; /* ... organisation, for 95 % at least */
	unsigned long came_to[GATE_OPEN + 1];
};

static bool
is_of_one(const struct mix *mix)
{
	for (unsigned i = 0; i < mix->count; i++) {
		unsigned same = 0;

		for (unsigned j = 0; j < mix->count; j++)
			same += mix->row[j].organisation ==
			    mix->row[i].organisation;
		if (same * 20 >= mix->count * 19)
			return true;
	}
	return false;
}

static void
run_product(const struct mix *mix, struct dice *dice, struct tally *tally)
{
	if (mix->count < REPORTS_LEAST)
		return;
	tally->products++;
	tally->of_one += is_of_one(mix);
	for (unsigned i = 0; i < RUNS; i++)
		tally->came_to[run_once(mix, dice)]++;
}

static unsigned
read_rows(const char *path, struct row *rows)
{
	FILE *file = fopen(path, "r");
	unsigned count = 0;

	if (!file)
		return 0;
	while (count < REPORTS_MOST &&
	    fscanf(file, "%u %u %u", &rows[count].product,
		&rows[count].organisation, &rows[count].group) == 3)
		count++;
	fclose(file);
	return count;
}

int
main(int argc, char **argv)
{
	struct dice dice = { argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 7 };
	struct row *rows = calloc(REPORTS_MOST, sizeof(*rows));
	struct tally tally = { 0 };
	unsigned count = argc > 1 && rows ? read_rows(argv[1], rows) : 0;
	double runs;

	for (unsigned at = 0, end; at < count; at = end) {
		for (end = at;
		     end < count && rows[end].product == rows[at].product;)
			end++;
		run_product(&(struct mix){ rows + at, end - at }, &dice,
		    &tally);
	}
	free(rows);
	runs = (double)tally.products * RUNS;
	if (!tally.products) {
		fputs("bench-detection-gates FILE [SEED]: nothing to draw "
		      "from\n",
		    stderr);
		return 1;
	}
	printf("{\"rows\": %u, \"products\": %u, \"of_one_share\": %.4f, "
	       "\"open_share\": %.4f, \"held_share\": %.4f, "
	       "\"suppressed_share\": %.4f}\n",
	    count, tally.products, tally.of_one / (double)tally.products,
	    (double)tally.came_to[GATE_OPEN] / runs,
	    (double)tally.came_to[GATE_HELD] / runs,
	    (double)tally.came_to[GATE_SHUT] / runs);
	return 0;
}
