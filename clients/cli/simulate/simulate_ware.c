/*
 * simulate_ware.c - products: a made-up brand and model each, an example
 * barcode, and the many ways people write them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "clients/cli/simulate/simulate.h"

static const char *
word(const struct words *words, struct dice *dice)
{
	return words->word[dice_below(dice, words->count)];
}

static void
make_brand(struct ware *ware, struct dice *dice)
{
	const char *head = word(&brand_heads, dice);
	const char *tail = word(&brand_tails, dice);
	if (!dice_chance(dice, 1200)) {
		snprintf(ware->brand, sizeof(ware->brand), "%s%s", head, tail);
		return;
	}
	snprintf(ware->brand, sizeof(ware->brand), "%s%s & %s", head, tail,
	    word(&brand_heads, dice));
}

static char
letter(struct dice *dice)
{
	return (char)('A' + dice_below(dice, 26));
}

static void
make_model(struct ware *ware, struct dice *dice)
{
	char a = letter(dice), b = letter(dice), c = letter(dice);
	uint32_t number = dice_between(dice, 1, 999);
	uint32_t look = dice_below(dice, 10);
	char *out = ware->model;
	size_t cap = sizeof(ware->model);
	if (look < 4)
		snprintf(out, cap, "%c%c%u", a, b, number + 100);
	else if (look < 7)
		snprintf(out, cap, "%c%c-%u%c", a, b, number + 1000, c);
	else if (look < 9)
		snprintf(out, cap, "%u %c%c%c", number + 1000, a, b, c);
	else
		snprintf(out, cap, "%s %u%c", word(&model_words, dice), number,
		    a);
}

/* 952 is the range GS1 keeps for examples: no product on sale bears it. */
static void
make_gtin(struct ware *ware, uint64_t seed, uint32_t rank)
{
	unsigned sum = 0;
	snprintf(ware->gtin, sizeof(ware->gtin), "952%03u%06u",
	    (unsigned)(seed % 1000), rank % 1000000);
	for (int i = 0; i < 12; i++)
		sum += (unsigned)(ware->gtin[i] - '0') * (i % 2 ? 3 : 1);
	ware->gtin[12] = (char)('0' + (10 - sum % 10) % 10);
	ware->gtin[13] = '\0';
}

void
ware_make(struct ware *ware, uint64_t seed, uint32_t rank)
{
	struct dice dice = dice_for(seed, DICE_WARE, rank);
	ware->kind = &ware_kinds[dice_below(&dice, ware_kind_count)];
	make_brand(ware, &dice);
	make_model(ware, &dice);
	make_gtin(ware, seed, rank);
}

static void
lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static void
upper(char *text)
{
	for (; *text; text++)
		*text = (char)toupper((unsigned char)*text);
}

static void
drop_any(char *text, const char *marks)
{
	char *to = text;
	for (; *text; text++) {
		if (!strchr(marks, *text))
			*to++ = *text;
	}
	*to = '\0';
}

/* Put a mark before the character at, when there is room. */
static void
insert(char text[WARE_NAME_MAX], size_t at, char mark)
{
	size_t len = strlen(text);
	if (at >= len || len + 1 >= WARE_NAME_MAX)
		return;
	memmove(text + at + 1, text + at, len - at + 1);
	text[at] = mark;
}

/* Swap or double two plain letters: a slip that makes another key. */
static void
slip(char text[WARE_NAME_MAX], struct dice *dice)
{
	size_t len = strlen(text);
	size_t at = 1 + dice_below(dice, 3);
	char held;
	if (at + 1 >= len || (text[at] & 0x80) || (text[at + 1] & 0x80))
		return;
	held = text[at];
	if (dice_chance(dice, 5000) || text[at] == text[at + 1]) {
		insert(text, at, held);
		return;
	}
	text[at] = text[at + 1];
	text[at + 1] = held;
}

void
ware_spell_brand(const struct ware *ware, struct dice *dice, bool may_err,
    char out[WARE_NAME_MAX])
{
	uint32_t how = dice_below(dice, 100);
	memcpy(out, ware->brand, WARE_NAME_MAX);
	if (how < 13)
		lower(out);
	else if (how < 24)
		upper(out);
	else if (how < 29)
		insert(out, 3, '-');
	else if (how < 33)
		insert(out, 3, ' ');
	else if (how < 37)
		drop_any(out, " &");
	else if (how < 39 && may_err)
		slip(out, dice);
}

void
ware_spell_model(const struct ware *ware, struct dice *dice, bool may_err,
    char out[WARE_NAME_MAX])
{
	uint32_t how = dice_below(dice, 100);
	memcpy(out, ware->model, WARE_NAME_MAX);
	if (how < 12)
		lower(out);
	else if (how < 22)
		drop_any(out, " -");
	else if (how < 28)
		insert(out, 2, ' ');
	else if (how < 32)
		insert(out, 2, '/');
	else if (how < 33 && may_err)
		slip(out, dice);
}
