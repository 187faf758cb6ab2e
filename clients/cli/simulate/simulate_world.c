/*
 * simulate_world.c - which line stands for what: its day, its fate, and the
 * defects that were planted among the last days' lines.
 */
#include <stdlib.h>

#include "clients/cli/simulate/simulate.h"

enum {
	RESENT_OF_10000 = 300,
	AMENDED_OF_10000 = 50,
	LOOK_BACK = 2000, /* lines; how late something is sent again */
	TRIES = 8,
	ROOM_PER_DEFECT = 2 * PLANT_MOST, /* leave others between */
	DAY_MS = 86400000,
};

static uint32_t
plant_days(const struct world_options *options)
{
	return options->days < PLANT_DAYS ? options->days : PLANT_DAYS;
}

/* The first line of the last so many days. */
static uint64_t
first_line(const struct world_options *options, uint32_t days)
{
	uint64_t before = options->days - days;
	return (before * options->reports + options->days - 1) / options->days;
}

uint32_t
world_room(const struct world_options *options)
{
	uint64_t lines =
	    options->reports - first_line(options, plant_days(options));
	uint64_t room = lines / ROOM_PER_DEFECT;
	if (room > options->products)
		room = options->products;
	return room < PLANTS_MAX ? (uint32_t)room : PLANTS_MAX;
}

static int
by_line(const void *a, const void *b)
{
	const struct planting *left = a, *right = b;
	return (left->line > right->line) - (left->line < right->line);
}

static bool
is_taken(const struct world *world, uint64_t line)
{
	for (uint32_t i = 0; i < world->nplantings; i++) {
		if (world->planting[i].line == line)
			return true;
	}
	return false;
}

static bool
is_planted(const struct world *world, uint32_t nplants, uint32_t rank)
{
	for (uint32_t i = 0; i < nplants; i++) {
		if (world->plant[i].rank == rank)
			return true;
	}
	return false;
}

/* A product that is not in the news anyway. */
static uint32_t
draw_rank(const struct world *world, uint32_t number, struct dice *dice)
{
	uint32_t products = world->options.products;
	uint32_t rank = products < 100
	    ? 0
	    : dice_between(dice, products / 10, products / 2);
	while (is_planted(world, number, rank))
		rank = (rank + 1) % products;
	return rank;
}

static void
sow(struct world *world, uint32_t number)
{
	const struct world_options *options = &world->options;
	struct dice dice = dice_for(options->seed, DICE_PLANT, number);
	struct plant *plant = &world->plant[number];
	uint64_t from = first_line(options, plant_days(options));
	uint64_t span = options->reports - from;
	struct ware ware;
	plant->rank = draw_rank(world, number, &dice);
	ware_make(&ware, options->seed, plant->rank);
	plant->fault = ware.kind->notable[dice_below(&dice, NOTABLE_MAX)];
	plant->reports = dice_between(&dice, PLANT_LEAST, PLANT_MOST);
	plant->branches =
	    dice_between(&dice, PLANT_BRANCHES, PLANT_BRANCHES + 4);
	for (uint32_t i = 0; i < plant->reports; i++) {
		uint64_t line =
		    from + (uint64_t)(dice_real(&dice) * (double)span);
		while (is_taken(world, line))
			line = line + 1 < options->reports ? line + 1 : from;
		world->planting[world->nplantings++] =
		    (struct planting){ .line = line, .plant = number };
	}
}

/* Number each plant's reports in the order of their lines. */
static void
count_in_order(struct world *world)
{
	uint32_t seen[PLANTS_MAX] = { 0 };
	qsort(world->planting, world->nplantings, sizeof(world->planting[0]),
	    by_line);
	for (uint32_t i = 0; i < world->nplantings; i++) {
		struct planting *planting = &world->planting[i];
		struct plant *plant = &world->plant[planting->plant];
		planting->nth = seen[planting->plant]++;
		if (!planting->nth)
			plant->first = planting->line;
		plant->last = planting->line;
	}
}

/* A source is a reporter, else a branch. */
static void
count_sources(struct world *world)
{
	uint64_t told[PLANTS_MAX] = { 0 }; /* branches, as bits */
	for (uint32_t i = 0; i < world->nplantings; i++) {
		const struct planting *planting = &world->planting[i];
		struct plant *plant = &world->plant[planting->plant];
		struct sim_report report;
		uint64_t bit;
		report_make(&report, world, planting->line);
		bit = UINT64_C(1)
		    << ((report.sender - sender_table) * BRANCHES +
			   (report.branch - report.sender->branch));
		if (report.reporter[0] || !(told[planting->plant] & bit))
			plant->sources++;
		if (!report.reporter[0])
			told[planting->plant] |= bit;
	}
}

int
world_init(struct world *world, const struct world_options *options)
{
	*world = (struct world){ .options = *options };
	world->ranking = ranking_new(options->products, RANKING_WIDE);
	world->planting = calloc((size_t)options->defects * PLANT_MOST + 1,
	    sizeof(struct planting));
	if (!world->ranking || !world->planting) {
		world_fini(world);
		return -1;
	}
	for (uint32_t i = 0; i < options->defects; i++)
		sow(world, i);
	count_in_order(world);
	count_sources(world);
	return 0;
}

void
world_fini(struct world *world)
{
	ranking_free(world->ranking);
	free(world->planting);
	*world = (struct world){ 0 };
}

const struct planting *
world_planting(const struct world *world, uint64_t line)
{
	const struct planting key = { .line = line };
	if (!world->nplantings || line < world->planting[0].line)
		return NULL;
	return bsearch(&key, world->planting, world->nplantings, sizeof(key),
	    by_line);
}

int32_t
world_day(const struct world *world, uint64_t line)
{
	const struct world_options *options = &world->options;
	uint64_t day = line * options->days / options->reports;
	return options->today - (int32_t)(options->days - 1 - day);
}

int64_t
world_moment(const struct world *world, uint64_t line)
{
	const struct world_options *options = &world->options;
	uint64_t rest = line * options->days % options->reports;
	return (int64_t)world_day(world, line) * DAY_MS +
	    (int64_t)(rest * DAY_MS / options->reports);
}

static enum fate
throw_fate(const struct world *world, uint64_t line, struct dice *dice)
{
	uint32_t thrown;
	*dice = dice_for(world->options.seed, DICE_FATE, line);
	thrown = dice_below(dice, 10000);
	if (line < 2 || world_planting(world, line))
		return FATE_NEW;
	if (thrown < RESENT_OF_10000)
		return FATE_RESENT;
	if (thrown < RESENT_OF_10000 + AMENDED_OF_10000)
		return FATE_AMENDED;
	return FATE_NEW;
}

/*
 * Only even lines are sent again and only odd ones amended: what is resent is
 * then always as it is held, and what is amended always news.
 */
enum fate
world_fate(const struct world *world, uint64_t line, uint64_t *original)
{
	struct dice dice, other;
	enum fate fate = throw_fate(world, line, &dice);
	*original = line;
	for (int i = 0; fate != FATE_NEW && i < TRIES; i++) {
		uint32_t most = line < LOOK_BACK ? (uint32_t)line : LOOK_BACK;
		uint64_t back = line - dice_between(&dice, 1, most);
		back = fate == FATE_RESENT ? back & ~UINT64_C(1) : back | 1;
		if (back >= line ||
		    throw_fate(world, back, &other) != FATE_NEW ||
		    (fate == FATE_AMENDED && world_planting(world, back)))
			continue;
		*original = back;
		return fate;
	}
	return FATE_NEW;
}
