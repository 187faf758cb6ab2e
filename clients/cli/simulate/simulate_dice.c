#include "clients/cli/simulate/simulate_dice.h"

#include <stdlib.h>

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15;
	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return mixed ^ (mixed >> 31);
}

struct dice
dice_for(uint64_t seed, enum dice_purpose purpose, uint64_t thing)
{
	struct dice dice;
	uint64_t state = seed;
	state = splitmix(&state) + (uint64_t)purpose;
	state = splitmix(&state) ^ thing;
	for (int i = 0; i < 4; i++)
		dice.state[i] = splitmix(&state);
	return dice;
}

static uint64_t
turn(uint64_t bits, int by)
{
	return (bits << by) | (bits >> (64 - by));
}

uint64_t
dice_next(struct dice *dice)
{
	uint64_t *s = dice->state;
	uint64_t thrown = turn(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = turn(s[3], 45);
	return thrown;
}

uint32_t
dice_below(struct dice *dice, uint32_t limit)
{
	return (uint32_t)(((dice_next(dice) >> 32) * limit) >> 32);
}

uint32_t
dice_between(struct dice *dice, uint32_t least, uint32_t most)
{
	return least + dice_below(dice, most - least + 1);
}

bool
dice_chance(struct dice *dice, uint32_t of_10000)
{
	return dice_below(dice, 10000) < of_10000;
}

double
dice_real(struct dice *dice)
{
	return (double)(dice_next(dice) >> 11) * 0x1p-53;
}

/*
 * Walker's alias table: rank i is kept with this probability, of 2^32, and
 * else stands for another.
 */
struct ranking {
	uint32_t count;
	struct {
		uint32_t keep;
		uint32_t other;
	} slot[];
};

struct lists {
	uint32_t *small, *large; /* ranks drawn less, more than the average */
	uint32_t nsmall, nlarge;
	double *share; /* of a rank, in averages */
};

static void
sort_in(struct lists *lists, uint32_t rank)
{
	if (lists->share[rank] < 1)
		lists->small[lists->nsmall++] = rank;
	else
		lists->large[lists->nlarge++] = rank;
}

static void
share_out(struct ranking *ranking, struct lists *lists, uint32_t head)
{
	double sum = 0;
	for (uint32_t i = 0; i < ranking->count; i++)
		sum += 1.0 / ((double)i + head);
	for (uint32_t i = 0; i < ranking->count; i++) {
		lists->share[i] =
		    (double)ranking->count / ((double)i + head) / sum;
		ranking->slot[i].keep = UINT32_MAX;
		ranking->slot[i].other = i;
		sort_in(lists, i);
	}
	while (lists->nsmall && lists->nlarge) {
		uint32_t small = lists->small[--lists->nsmall];
		uint32_t large = lists->large[--lists->nlarge];
		ranking->slot[small].keep =
		    (uint32_t)(lists->share[small] * UINT32_MAX);
		ranking->slot[small].other = large;
		lists->share[large] -= 1 - lists->share[small];
		sort_in(lists, large);
	}
}

struct ranking *
ranking_new(uint32_t count, uint32_t head)
{
	struct ranking *ranking =
	    malloc(sizeof(*ranking) + count * sizeof(ranking->slot[0]));
	struct lists lists = { .small = calloc(count, sizeof(uint32_t)),
		.large = calloc(count, sizeof(uint32_t)),
		.share = calloc(count, sizeof(double)) };
	if (ranking && lists.small && lists.large && lists.share) {
		ranking->count = count;
		share_out(ranking, &lists, head);
	} else {
		free(ranking);
		ranking = NULL;
	}
	free(lists.small);
	free(lists.large);
	free(lists.share);
	return ranking;
}

void
ranking_free(struct ranking *ranking)
{
	free(ranking);
}

uint32_t
ranking_draw(const struct ranking *ranking, struct dice *dice)
{
	uint32_t rank = dice_below(dice, ranking->count);
	uint32_t thrown = (uint32_t)(dice_next(dice) >> 32);
	return thrown <= ranking->slot[rank].keep ? rank
						  : ranking->slot[rank].other;
}
