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

/* How one language is written. */
struct tongue {
	const struct words *stock, *lead, *more;
	const char *after, *months; /* before and behind the number */
	uint32_t after_of_10000, months_min;
	char capital; /* of a sentence without a lead; 0 keeps it */
};

static const struct tongue english = { &stock_en, &lead_en, &more_en, " after",
	"months", 4000, 1, 0 };
static const struct tongue french = { &stock_fr, &lead_fr, &more_fr,
	" au bout de", "mois", 3000, 2, 'L' };

static void
tell(char out[TALE_MAX], const struct tongue *tongue, const char *subject,
    const char *fault, struct dice *dice)
{
	const char *lead = word(tongue->lead, dice);
	uint32_t months = dice_between(dice, tongue->months_min, 40);

	if (dice_chance(dice, STOCK_OF_10000)) {
		snprintf(out, TALE_MAX, "%s", word(tongue->stock, dice));
		return;
	}
	snprintf(out, TALE_MAX, "%s%s %s", lead, subject, fault);
	if (!lead[0] && tongue->capital)
		out[0] = tongue->capital;
	if (dice_chance(dice, tongue->after_of_10000))
		snprintf(out + strlen(out), TALE_MAX - strlen(out), "%s %u %s",
		    tongue->after, months, tongue->months);
	strcat(out, ".");
	while (dice_chance(dice, MORE_OF_10000) && strlen(out) < TALE_MAX / 2)
		snprintf(out + strlen(out), TALE_MAX - strlen(out), " %s",
		    word(tongue->more, dice));
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
		tell(report->text, &french, ware->kind->fr, fault->fr, dice);
	else
		tell(report->text, &english, ware->kind->en, fault->en, dice);
}
