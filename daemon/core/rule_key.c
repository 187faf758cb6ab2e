#include "daemon/core/rule_key.h"

#include <ctype.h>
#include <stdio.h>

#include "base/crc32c.h"
#include "base/nearest.h"
#include "proto/country.h"

struct key {
	const char *name;
	void (
	    *read)(struct rule_reading *reading, const struct yaml_node *node);
};

/* ", did you mean \"kettle\"?", or nothing. */
struct hint {
	char text[96];
};

static struct hint
hint_of(struct text word)
{
	struct hint hint = { "" };

	if (word.len > 0)
		(void)snprintf(hint.text, sizeof(hint.text),
		    ", did you mean \"%.*s\"?", TEXT_ARG(word));
	return hint;
}

static struct hint
hint_slug(struct rule_reading *reading, enum word_list list,
    struct text written)
{
	struct text best = { 0 };
	unsigned least = 3;

	for (unsigned i = 0; i < vocabulary_count(reading->vocabulary, list);
	     i++) {
		struct text slug =
		    vocabulary_word(reading->vocabulary, list, i)->slug;
		unsigned distance = nearest_distance(written, slug);

		if (distance < least && distance * 3 <= slug.len) {
			least = distance;
			best = slug;
		}
	}
	return hint_of(best);
}

/* One of a few words; its index, or -1 after complaining. */
static int
read_word(struct rule_reading *reading, const struct yaml_node *node,
    const char *const *words, unsigned count)
{
	char all[128] = "";
	size_t len = 0;

	if (node->kind == YAML_SCALAR)
		for (unsigned i = 0; i < count; i++)
			if (text_is(node->scalar, words[i]))
				return (int)i;
	for (unsigned i = 0; i < count && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
		    i == 0 ? "" : ", ", words[i]);
	RULE_COMPLAIN(reading, node, "use one of: %s", all);
	return -1;
}

/* A whole number, optionally with a unit letter; 0 after complaining. */
static uint32_t
read_number(struct rule_reading *reading, const struct yaml_node *node,
    uint32_t most, const char *unit)
{
	struct text text = node->scalar;
	uint32_t number = 0;
	size_t i = 0;

	if (node->kind == YAML_SCALAR)
		while (i < text.len && i < 4 && isdigit((uint8_t)text.at[i]))
			number = number * 10 + (uint32_t)(text.at[i++] - '0');
	if (i == 0 ||
	    !text_is((struct text){ text.at + i, text.len - i }, unit))
		number = 0;
	if (number < 1 || number > most) {
		RULE_COMPLAIN(reading, node,
		    "use a whole number from 1%s to %u%s", unit, most, unit);
		return 0;
	}
	return number;
}

/* Each scalar of a list; a lone scalar is a list of one. */
static void
read_items(struct rule_reading *reading, const struct yaml_node *node,
    void (*read)(struct rule_reading *, const struct yaml_node *))
{
	if (node->kind == YAML_SCALAR) {
		read(reading, node);
		return;
	}
	if (node->kind == YAML_MAP || !node->child) {
		RULE_COMPLAIN(reading, node,
		    "use a list of words; leave the key out for any");
		return;
	}
	for (node = node->child; node; node = node->next) {
		if (node->kind == YAML_SCALAR)
			read(reading, node);
		else
			RULE_COMPLAIN(reading, node, "use a word here");
	}
}

static void
read_name(struct rule_reading *reading, const struct yaml_node *node)
{
	struct text name = node->scalar;
	bool is_good = node->kind == YAML_SCALAR && name.len > 0 &&
	    name.len <= RULE_NAME_MAX;

	for (size_t i = 0; is_good && i < name.len; i++)
		is_good = islower((uint8_t)name.at[i]) ||
		    isdigit((uint8_t)name.at[i]) || name.at[i] == '-';
	if (!is_good) {
		RULE_COMPLAIN(reading, node,
		    "a name is 1 to %d of a-z, 0-9 and -", RULE_NAME_MAX);
		return;
	}
	memcpy(reading->rule->name, name.at, name.len);
}

static void
read_basis(struct rule_reading *reading, const struct yaml_node *node)
{
	static const char *const words[] = { "rule", "hazard" };
	int word = read_word(reading, node, words, 2);

	reading->rule->basis = word == 1 ? BASIS_HAZARD : BASIS_RULE;
}

static void
read_per(struct rule_reading *reading, const struct yaml_node *node)
{
	static const char *const words[] = { "product", "product-and-mode" };
	int word = read_word(reading, node, words, 2);

	reading->rule->scope = word == 1 ? SCOPE_MODE : SCOPE_PRODUCT;
}

static void
read_window(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->window_days =
	    (int32_t)read_number(reading, node, WINDOW_DAYS, "d");
}

static void
read_sources(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->sources = read_number(reading, node, WINDOW_MAX, "");
}

static void
read_cases(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->cases = read_number(reading, node, WINDOW_MAX, "");
}

static void
read_reports(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->reports = read_number(reading, node, WINDOW_MAX, "");
}

static void
read_organisations(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->organisations =
	    read_number(reading, node, WINDOW_MAX, "");
}

static void
read_watch_sources(struct rule_reading *reading, const struct yaml_node *node)
{
	reading->rule->watch_sources =
	    read_number(reading, node, WINDOW_MAX, "");
}

static uint32_t
hash_text(struct text text)
{
	return crc32c(0, text.at, text.len);
}

static void
add_hazard(struct rule_reading *reading, unsigned index)
{
	const struct word *word =
	    vocabulary_word(reading->vocabulary, WORDS_HAZARD, index);
	uint32_t bit = UINT32_C(1) << index;

	if (reading->rule->hazards & bit)
		return;
	reading->rule->hazards |= bit;
	reading->hazard_sum += hash_text(word->slug);
}

static void
read_designated(struct rule_reading *reading, const struct yaml_node *node)
{
	unsigned count = vocabulary_count(reading->vocabulary, WORDS_HAZARD);
	bool is_any = false;

	for (unsigned i = 0; i < count; i++) {
		if (!vocabulary_word(reading->vocabulary, WORDS_HAZARD, i)
			 ->is_designated)
			continue;
		add_hazard(reading, i);
		is_any = true;
	}
	if (!is_any)
		RULE_COMPLAIN(reading, node,
		    "the vocabulary of hazards designates none");
}

static void
read_hazard(struct rule_reading *reading, const struct yaml_node *node)
{
	int index;

	if (text_is(node->scalar, "designated")) {
		read_designated(reading, node);
		return;
	}
	index =
	    vocabulary_find(reading->vocabulary, WORDS_HAZARD, node->scalar);
	if (index >= 0)
		add_hazard(reading, (unsigned)index);
	else
		RULE_COMPLAIN(reading, node, "no such hazard%s",
		    hint_slug(reading, WORDS_HAZARD, node->scalar).text);
}

static void
read_category(struct rule_reading *reading, const struct yaml_node *node)
{
	struct rule *rule = reading->rule;
	int index =
	    vocabulary_find(reading->vocabulary, WORDS_CATEGORY, node->scalar);

	if (index < 0) {
		RULE_COMPLAIN(reading, node, "no such category%s",
		    hint_slug(reading, WORDS_CATEGORY, node->scalar).text);
		return;
	}
	for (unsigned i = 0; i < rule->ncategories; i++)
		if (rule->category[i] == index)
			return;
	if (rule->ncategories == RULE_CATEGORIES_MAX) {
		RULE_COMPLAIN(reading, node, "at most %d categories a rule",
		    RULE_CATEGORIES_MAX);
		return;
	}
	rule->category[rule->ncategories++] = index;
	reading->category_sum += hash_text(vocabulary_word(reading->vocabulary,
	    WORDS_CATEGORY, (unsigned)index)
					       ->slug);
}

static void
read_kind(struct rule_reading *reading, const struct yaml_node *node)
{
	const char *const words[] = { report_kind_name(REPORT_INCIDENT),
		report_kind_name(REPORT_BREAKDOWN) };
	int kind = read_word(reading, node, words, 2);

	if (kind >= 0)
		reading->rule->kinds |= (uint8_t)(1u << kind);
}

static void
read_country(struct rule_reading *reading, const struct yaml_node *node)
{
	struct rule *rule = reading->rule;
	char code[2];
	uint16_t country;
	bool is_mapped;

	if (!country_find(node->scalar, code, &is_mapped)) {
		RULE_COMPLAIN(reading, node,
		    "no such country; use two letters, such as FR");
		return;
	}
	country = (uint16_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]);
	for (unsigned i = 0; i < rule->ncountries; i++)
		if (rule->country[i] == country)
			return;
	if (rule->ncountries == RULE_COUNTRIES_MAX) {
		RULE_COMPLAIN(reading, node, "at most %d countries a rule",
		    RULE_COUNTRIES_MAX);
		return;
	}
	rule->country[rule->ncountries++] = country;
	reading->country_sum += hash_text((struct text){ code, 2 });
}

static void
read_severity(struct rule_reading *reading, const struct yaml_node *node)
{
	const char *words[SEVERITY_COUNT - 1];
	int word;

	for (int i = SEVERITY_UNSTATED + 1; i < SEVERITY_COUNT; i++)
		words[i - 1] = severity_name((enum severity)i);
	word = read_word(reading, node, words, SEVERITY_COUNT - 1);
	reading->rule->severity_min = (enum severity)(word + 1);
}

static void
read_hazards(struct rule_reading *reading, const struct yaml_node *node)
{
	read_items(reading, node, read_hazard);
}

static void
read_categories(struct rule_reading *reading, const struct yaml_node *node)
{
	read_items(reading, node, read_category);
}

static void
read_kinds(struct rule_reading *reading, const struct yaml_node *node)
{
	read_items(reading, node, read_kind);
}

static void
read_countries(struct rule_reading *reading, const struct yaml_node *node)
{
	read_items(reading, node, read_country);
}

static const struct key keys[] = {
	{ "name", read_name },
	{ "basis", read_basis },
	{ "per", read_per },
	{ "window", read_window },
	{ "sources", read_sources },
	{ "cases", read_cases },
	{ "reports", read_reports },
	{ "organisations", read_organisations },
	{ "watch_sources", read_watch_sources },
	{ "hazards", read_hazards },
	{ "category", read_categories },
	{ "kind", read_kinds },
	{ "severity_min", read_severity },
	{ "country", read_countries },
};

enum { NKEYS = sizeof(keys) / sizeof(keys[0]) };

void
rule_key_read(struct rule_reading *reading, const struct yaml_node *node)
{
	const char *names[NKEYS];

	for (unsigned i = 0; i < NKEYS; i++) {
		names[i] = keys[i].name;
		if (text_is(node->key, names[i])) {
			keys[i].read(reading, node);
			return;
		}
	}
	yaml_complain(reading->doc, reading->errors, node, true,
	    "unknown key%s",
	    hint_of(text_of(nearest_word(node->key, names, NKEYS))).text);
}
