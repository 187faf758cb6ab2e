/*
 * simulate_text.c - what people write: a stock phrase, or a sentence about
 * the thing and sometimes another.
 */
#include <stdio.h>
#include <string.h>

#include "clients/cli/simulate/simulate.h"

enum { STOCK_OF_10000 = 2200, MORE_OF_10000 = 5500 };

static const char *
word(const struct words *words, struct dice *dice)
{
	return words->word[dice_below(dice, words->count)];
}

static void
tell_english(char out[TALE_MAX], const struct ware *ware,
    const struct fault *fault, struct dice *dice)
{
	const char *lead = word(&lead_en, dice);
	uint32_t months = dice_between(dice, 1, 40);
	if (dice_chance(dice, STOCK_OF_10000)) {
		snprintf(out, TALE_MAX, "%s", word(&stock_en, dice));
		return;
	}
	snprintf(out, TALE_MAX, "%s%s %s", lead, ware->kind->en, fault->en);
	if (dice_chance(dice, 4000))
		snprintf(out + strlen(out), TALE_MAX - strlen(out),
		    " after %u months", months);
	strcat(out, ".");
	while (dice_chance(dice, MORE_OF_10000) && strlen(out) < TALE_MAX / 2)
		snprintf(out + strlen(out), TALE_MAX - strlen(out), " %s",
		    word(&more_en, dice));
}

static void
tell_french(char out[TALE_MAX], const struct ware *ware,
    const struct fault *fault, struct dice *dice)
{
	const char *lead = word(&lead_fr, dice);
	uint32_t months = dice_between(dice, 2, 40);
	if (dice_chance(dice, STOCK_OF_10000)) {
		snprintf(out, TALE_MAX, "%s", word(&stock_fr, dice));
		return;
	}
	snprintf(out, TALE_MAX, "%s%s %s", lead, ware->kind->fr, fault->fr);
	if (!lead[0])
		out[0] = 'L';
	if (dice_chance(dice, 3000))
		snprintf(out + strlen(out), TALE_MAX - strlen(out),
		    " au bout de %u mois", months);
	strcat(out, ".");
	while (dice_chance(dice, MORE_OF_10000) && strlen(out) < TALE_MAX / 2)
		snprintf(out + strlen(out), TALE_MAX - strlen(out), " %s",
		    word(&more_fr, dice));
}

void
tale_tell(struct sim_report *report, const struct ware *ware,
    enum fault_name name, struct dice *dice)
{
	const struct fault *fault = &fault_table[name];
	const char *country = report->branch->country;
	bool is_french = !strcmp(country, "FR") ||
	    (!strcmp(country, "BE") && dice_chance(dice, 5000));
	report->lang = is_french ? "fr" : "en";
	if (is_french)
		tell_french(report->text, ware, fault, dice);
	else
		tell_english(report->text, ware, fault, dice);
}
