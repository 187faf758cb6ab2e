/*
 * simulate_dice.h - randomness that is the same everywhere for the same seed:
 * xoshiro256** started by splitmix64, and picks from a heavy-tailed ranking.
 */
#ifndef TOCSIN_CLIENTS_CLI_SIMULATE_DICE_H
#define TOCSIN_CLIENTS_CLI_SIMULATE_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state[4];
};

/* What a stream of dice is for; equal streams throw the same. */
enum dice_purpose {
	DICE_FATE,
	DICE_REPORT,
	DICE_CHANGE,
	DICE_WARE,
	DICE_PLANT,
	DICE_GOLD
};

/* Dice for one thing of one kind: independent of all others. */
struct dice dice_for(uint64_t seed, enum dice_purpose purpose, uint64_t thing);

/* Any 64 bits. */
uint64_t dice_next(struct dice *dice);

/* A number below limit (1 or more); the bias is below limit / 2^32. */
uint32_t dice_below(struct dice *dice, uint32_t limit);

/* A number of least..most. */
uint32_t dice_between(struct dice *dice, uint32_t least, uint32_t most);

/* True in so many of 10,000 throws. */
bool dice_chance(struct dice *dice, uint32_t of_10000);

/* 0 or more, below 1. */
double dice_real(struct dice *dice);

/*
 * Ranks 0..count-1, rank r drawn in proportion to 1 / (r + head): a long tail
 * of rarely drawn ones under a head that, where it is wide, does not swallow
 * all.  1 is Zipf's law.
 */
enum { RANKING_WIDE = 20 };
struct ranking;
struct ranking *ranking_new(uint32_t count,
    uint32_t head);                         /* NULL: out of memory */
void ranking_free(struct ranking *ranking); /* NULL is fine */
uint32_t ranking_draw(const struct ranking *ranking, struct dice *dice);

#endif
