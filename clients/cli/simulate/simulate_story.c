/*
 * simulate_story.c - an event's facts and the many ways they are told.  The
 * wordings were written as people would say things, without a look at any
 * measure of likeness.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "clients/cli/simulate/simulate_gold.h"

enum { WHERE, WHEN, SIGN, HARM, DEED, NARRATED };
enum { ROWS_PER_SLOT = 8, NUMBER_MOST = 60 };

struct fact {
	uint8_t slot;
	const char *words[STORY_LANGS][2];
};

/* clang-format off */
static const struct fact fact_table[] = {
#define STORY_FACT(slot, en, en2, fr, fr2, nl, nl2) \
	{ slot, { { en, en2 }, { fr, fr2 }, { nl, nl2 } } },
#include "clients/cli/simulate/simulate_story.def"
};

static const char *const fault_words[FAULT_COUNT][STORY_LANGS][2] = {
#define STORY_FAULT(ID, en, en2, fr, fr2, nl, nl2) \
	[FAULT_##ID] = { { en, en2 }, { fr, fr2 }, { nl, nl2 } },
#include "clients/cli/simulate/simulate_story.def"
};

static const char *const stock_table[][STORY_LANGS] = {
#define STORY_STOCK(en, fr, nl) { en, fr, nl },
#include "clients/cli/simulate/simulate_story.def"
};

static const struct {
	const char *slug, *dutch;
} thing_table[] = {
#define STORY_THING(slug, dutch) { slug, dutch },
#include "clients/cli/simulate/simulate_story.def"
};
/* clang-format on */

_Static_assert(sizeof(fact_table) / sizeof(fact_table[0]) ==
	NARRATED * ROWS_PER_SLOT,
    "as many rows in each slot");

enum {
	STOCK_ROWS = sizeof(stock_table) / sizeof(stock_table[0]),
	THINGS = sizeof(thing_table) / sizeof(thing_table[0]),
};

static void
shuffle(uint8_t order[STORY_SLOTS], struct dice *dice)
{
	for (uint32_t i = STORY_SLOTS; i > 1; i--) {
		uint32_t other = dice_below(dice, i);
		uint8_t held = order[i - 1];
		order[i - 1] = order[other];
		order[other] = held;
	}
}

static void
draw_facts(struct story *story, struct dice *dice)
{
	for (unsigned i = 0; i < STORY_SLOTS; i++) {
		story->fact[i] = (uint8_t)dice_below(dice, ROWS_PER_SLOT);
		story->number[i] = (uint8_t)dice_between(dice, 2, NUMBER_MOST);
	}
}

void
story_draw(struct story *story, struct dice *dice)
{
	draw_facts(story, dice);
	for (unsigned i = 0; i < STORY_SLOTS; i++) {
		story->again[i] = (uint8_t)dice_below(dice, 2);
		story->order[i] = (uint8_t)i;
	}
	shuffle(story->order, dice);
	story->told = (uint8_t)dice_between(dice, 1, STORY_SLOTS);
	story->fault_again = (uint8_t)dice_below(dice, 2);
	story->stock = dice_chance(dice, GOLD_stock)
	    ? (uint8_t)dice_below(dice, STOCK_ROWS)
	    : STORY_STOCK_NONE;
}

void
story_redraw_facts(struct story *story, struct dice *dice)
{
	draw_facts(story, dice);
}

void
story_retell(struct story *story, struct dice *dice)
{
	uint8_t kept = 0;
	if (story->stock != STORY_STOCK_NONE)
		story->stock = (uint8_t)dice_below(dice, STOCK_ROWS);
	for (unsigned i = 0; i < STORY_SLOTS; i++)
		story->again[i] ^= dice_chance(dice, GOLD_reworded);
	story->fault_again ^= dice_chance(dice, GOLD_reworded);
	for (unsigned i = 0; i < story->told; i++) {
		if (!dice_chance(dice, GOLD_dropped))
			story->order[kept++] = story->order[i];
	}
	story->told = kept;
	for (uint8_t i = kept; i > 1; i--) {
		uint8_t other = (uint8_t)dice_below(dice, i);
		uint8_t held = story->order[i - 1];
		story->order[i - 1] = story->order[other];
		story->order[other] = held;
	}
}

const char *
story_lang(unsigned lang)
{
	static const char *const name[] = { "en", "fr", "nl" };
	return name[lang];
}

static void
append(char out[TALE_MAX], const char *words, unsigned number)
{
	size_t len = strlen(out);
	const char *mark = strstr(words, "%u");
	if (!mark)
		snprintf(out + len, TALE_MAX - len, "%s", words);
	else
		snprintf(out + len, TALE_MAX - len, "%.*s%u%s",
		    (int)(mark - words), words, number, mark + 2);
}

static void
append_thing(char out[TALE_MAX], const struct ware_kind *kind, unsigned lang)
{
	if (lang == 0) {
		append(out, "The ", 0);
		append(out, kind->en, 0);
		return;
	}
	for (unsigned i = 0; lang == 2 && i < THINGS; i++) {
		if (!strcmp(thing_table[i].slug, kind->slug)) {
			append(out, thing_table[i].dutch, 0);
			break;
		}
	}
	if (lang == 1)
		append(out, kind->fr, 0);
	out[0] = (char)toupper((unsigned char)out[0]);
}

void
story_tell(const struct story *story, const struct ware_kind *kind,
    enum fault_name fault, unsigned lang, char out[TALE_MAX])
{
	out[0] = '\0';
	if (story->stock != STORY_STOCK_NONE) {
		append(out, stock_table[story->stock][lang], 0);
		return;
	}
	append_thing(out, kind, lang);
	append(out, " ", 0);
	append(out, fault_words[fault][lang][story->fault_again], 0);
	append(out, ".", 0);
	for (unsigned i = 0; i < story->told; i++) {
		unsigned slot = story->order[i];
		const struct fact *fact =
		    &fact_table[slot * ROWS_PER_SLOT + story->fact[slot]];
		append(out, " ", 0);
		append(out, fact->words[lang][story->again[slot]],
		    story->number[slot]);
	}
}

static void
mistype_at(char text[TALE_MAX], size_t at, struct dice *dice)
{
	size_t len = strlen(text);
	char held = text[at];
	switch (dice_below(dice, 4)) {
	case 0:
		text[at] = text[at + 1];
		text[at + 1] = held;
		break;
	case 1:
		memmove(text + at, text + at + 1, len - at);
		break;
	case 2:
		if (len + 1 < TALE_MAX)
			memmove(text + at + 1, text + at, len - at + 1);
		break;
	default:
		text[at] = (char)('a' + dice_below(dice, 26));
		break;
	}
}

void
story_mistype(char text[TALE_MAX], struct dice *dice)
{
	for (size_t i = 0; text[i] && text[i + 1]; i++) {
		if (islower((unsigned char)text[i]) &&
		    islower((unsigned char)text[i + 1]) &&
		    dice_chance(dice, GOLD_typos_of_characters))
			mistype_at(text, i++, dice);
	}
}
