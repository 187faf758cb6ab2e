/* filter_read.c - the map of the wire -> a filter, or why not. */
#include "daemon/feed/filter_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "daemon/core/fold.h"
#include "daemon/core/rule.h"
#include "daemon/store/rows.h"
#include "proto/country.h"
#include "proto/report.h"

static const char other_prefix[] = "other:";

static bool
text_begins(struct text text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.at, with, len) == 0;
}

static int
no_memory(struct refusal *why)
{
	return refuse(why, ERROR_INTERNAL, NULL, "out of memory");
}

static int
too_many(const char *field, struct refusal *why)
{
	return refuse(why, ERROR_INVALID, field, "at most %d values",
	    FILTER_ITEMS_MAX);
}

/* Insert in order, unless it is there. */
static int
add_text(struct texts *texts, struct text text, const char *field,
    struct refusal *why)
{
	struct text *grown;
	unsigned at = 0;
	char *copy;
	int order = 1;

	for (; at < texts->count; at++) {
		struct text with = texts->at[at];
		size_t len = text.len < with.len ? text.len : with.len;

		order = memcmp(text.at, with.at, len);
		if (order == 0)
			order = (text.len > with.len) - (text.len < with.len);
		if (order <= 0)
			break;
	}
	if (at < texts->count && order == 0)
		return 0;
	if (texts->count == FILTER_ITEMS_MAX)
		return too_many(field, why);
	copy = malloc(text.len);
	if (copy == NULL)
		return no_memory(why);
	grown = realloc(texts->at, (texts->count + 1) * sizeof(*grown));
	if (grown == NULL) {
		free(copy);
		return no_memory(why);
	}
	memcpy(copy, text.at, text.len);
	memmove(grown + at + 1, grown + at,
	    (texts->count - at) * sizeof(*grown));
	grown[at] = (struct text){ copy, text.len };
	texts->at = grown;
	texts->count++;
	return 0;
}

static int
add_number(struct numbers *numbers, uint32_t number, const char *field,
    struct refusal *why)
{
	uint32_t *grown;
	unsigned at = 0;

	while (at < numbers->count && numbers->at[at] < number)
		at++;
	if (at < numbers->count && numbers->at[at] == number)
		return 0;
	if (numbers->count == FILTER_ITEMS_MAX)
		return too_many(field, why);
	grown = realloc(numbers->at, (numbers->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return no_memory(why);
	memmove(grown + at + 1, grown + at,
	    (numbers->count - at) * sizeof(*grown));
	grown[at] = number;
	numbers->at = grown;
	numbers->count++;
	return 0;
}

static int
add_product(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	uint32_t product = product_id_parse(item);

	if (product == 0)
		return refuse(why, ERROR_INVALID, field,
		    "%.*s is no product id; they look like p123",
		    TEXT_ARG(item));
	return add_number(&filter->product, product, field, why);
}

static int
add_brand(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	char folded[PRODUCT_KEY_MAX];
	size_t len = fold_name(item, folded, sizeof(folded) - 1);

	if (len == 0)
		return refuse(why, ERROR_INVALID, field,
		    "a brand needs a letter or a digit");
	return add_text(&filter->brand, (struct text){ folded, len }, field,
	    why);
}

/* The category whose slug or name is likeliest meant, or NULL. */
static const char *
nearest_category(const struct vocabulary *vocabulary, struct text item,
    char out[PRODUCT_SLUG_MAX + 1])
{
	unsigned count = vocabulary_count(vocabulary, WORDS_CATEGORY);
	unsigned best = 3;
	bool found = false;

	for (unsigned i = 0; i < count; i++) {
		const struct word *word =
		    vocabulary_word(vocabulary, WORDS_CATEGORY, i);
		unsigned distance = nearest_distance(item, word->slug);
		unsigned by_name = nearest_distance(item, word->en);

		if (by_name < distance)
			distance = by_name;
		if (distance >= best || distance * 3 > item.len)
			continue;
		best = distance;
		found = true;
		snprintf(out, PRODUCT_SLUG_MAX + 1, "%.*s",
		    TEXT_ARG(word->slug));
	}
	return found ? out : NULL;
}

/* A category outside the vocabulary, folded as products' are. */
static int
add_other(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	const size_t prefix = sizeof(other_prefix) - 1;
	char name[PRODUCT_SLUG_MAX];
	struct text label = { item.at + prefix, item.len - prefix };
	size_t len;

	memcpy(name, other_prefix, prefix);
	len = fold_prose(label, name + prefix, sizeof(name) - 1 - prefix);
	if (len == 0)
		return refuse(why, ERROR_INVALID, field,
		    "a word is missing behind other:");
	return add_text(&filter->category, (struct text){ name, prefix + len },
	    field, why);
}

static int
add_category(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	char near[PRODUCT_SLUG_MAX + 1];
	int index;

	if (text_begins(item, other_prefix))
		return add_other(filter, item, field, why);
	index = vocabulary_find(filter->vocabulary, WORDS_CATEGORY, item);
	if (index >= 0)
		return add_text(&filter->category,
		    vocabulary_word(filter->vocabulary, WORDS_CATEGORY,
			(unsigned)index)
			->slug,
		    field, why);
	if (nearest_category(filter->vocabulary, item, near))
		return refuse(why, ERROR_INVALID, field,
		    "%.*s is no category, did you mean %s?", TEXT_ARG(item),
		    near);
	return refuse(why, ERROR_INVALID, field, "%.*s is no category",
	    TEXT_ARG(item));
}

static int
add_country(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	char code[2];
	bool is_mapped;

	if (!country_find(item, code, &is_mapped))
		return refuse(why, ERROR_INVALID, field,
		    "%.*s is no country; use ISO 3166-1 alpha-2",
		    TEXT_ARG(item));
	return add_number(&filter->country,
	    (uint32_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]), field, why);
}

static int
add_kind(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	static const enum report_kind kinds[] = { REPORT_INCIDENT,
		REPORT_BREAKDOWN };

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!text_is(item, report_kind_name(kinds[i])))
			continue;
		filter->kinds |= (uint8_t)(1u << kinds[i]);
		return 0;
	}
	return refuse(why, ERROR_INVALID, field,
	    "%.*s: use incident or breakdown", TEXT_ARG(item));
}

static int
add_rule(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	bool fits = item.len <= RULE_NAME_MAX;

	for (size_t i = 0; fits && i < item.len; i++)
		fits = (item.at[i] >= 'a' && item.at[i] <= 'z') ||
		    (item.at[i] >= '0' && item.at[i] <= '9') ||
		    item.at[i] == '-';
	if (!fits)
		return refuse(why, ERROR_INVALID, field,
		    "%.*s is no rule's name: [a-z0-9-], at most %d",
		    TEXT_ARG(item), RULE_NAME_MAX);
	return add_text(&filter->rule, item, field, why);
}

static int
set_severity(struct filter *filter, struct text item, const char *field,
    struct refusal *why)
{
	const char *words[SEVERITY_COUNT];
	const char *near;
	int found = severity_find(item);

	if (found >= 0) {
		filter->severity_min = (enum severity)found;
		return 0;
	}
	for (int i = 0; i < SEVERITY_COUNT; i++)
		words[i] = severity_name((enum severity)i);
	near = nearest_word(item, words, SEVERITY_COUNT);
	return refuse(why, ERROR_INVALID, field,
	    "%.*s is no severity%s%s; use none, damage, minor, medical, "
	    "severe or fatal",
	    TEXT_ARG(item), near ? ", did you mean " : "", near ? near : "");
}

typedef int add_item(struct filter *filter, struct text item, const char *field,
    struct refusal *why);

static const struct filter_field {
	const char *name;
	const char *path;
	add_item *add;
	bool is_lone;
} fields[] = {
	{ "product", "filter.product", add_product, false },
	{ "brand", "filter.brand", add_brand, false },
	{ "category", "filter.category", add_category, false },
	{ "country", "filter.country", add_country, false },
	{ "kind", "filter.kind", add_kind, false },
	{ "rule", "filter.rule", add_rule, false },
	{ "severity_min", "filter.severity_min", set_severity, true },
};
enum { NFIELDS = sizeof(fields) / sizeof(fields[0]) };

static int
read_item(struct filter *filter, const struct filter_field *field,
    const struct value *item, struct refusal *why)
{
	if (item->kind != VALUE_STR)
		return refuse(why, ERROR_INVALID, field->path, "must be text");
	if (item->as.text.len == 0)
		return refuse(why, ERROR_INVALID, field->path,
		    "a value is empty");
	return field->add(filter, item->as.text, field->path, why);
}

static int
read_field(struct filter *filter, const struct filter_field *field,
    const struct value *value, struct refusal *why)
{
	struct value_walk walk;
	struct value item;
	int code = 0;

	if (value_is_absent(value))
		return 0;
	if (value->kind != VALUE_LIST)
		return read_item(filter, field, value, why);
	if (field->is_lone && value->count > 1)
		return refuse(why, ERROR_INVALID, field->path,
		    "takes one value");
	walk = value_walk(value);
	while (code == 0 && value_next(&walk, &item))
		code = read_item(filter, field, &item, why);
	return code;
}

/* Index of a key among the fields; NFIELDS with why filled. */
static unsigned
find_field(const struct value *key, struct refusal *why)
{
	const char *words[NFIELDS];
	const char *near;

	if (key->kind != VALUE_STR) {
		(void)refuse(why, ERROR_INVALID, "filter", "keys are text");
		return NFIELDS;
	}
	for (unsigned i = 0; i < NFIELDS; i++) {
		if (text_is(key->as.text, fields[i].name))
			return i;
		words[i] = fields[i].name;
	}
	near = nearest_word(key->as.text, words, NFIELDS);
	(void)refuse(why, ERROR_INVALID, "filter", "unknown key %.*s%s%s%s",
	    TEXT_ARG(key->as.text), near ? ", did you mean " : "",
	    near ? near : "", near ? "?" : "");
	return NFIELDS;
}

static int
read_fields(struct filter *filter, const struct value *map, struct refusal *why)
{
	struct value_walk walk = value_walk(map);
	struct value key, value;
	unsigned seen = 0;

	while (value_next_pair(&walk, &key, &value)) {
		unsigned index = find_field(&key, why);
		int code;

		if (index == NFIELDS)
			return ERROR_INVALID;
		if (seen & 1u << index)
			return refuse(why, ERROR_INVALID, fields[index].path,
			    "is given twice");
		seen |= 1u << index;
		code = read_field(filter, &fields[index], &value, why);
		if (code != 0)
			return code;
	}
	return 0;
}

static int
index_categories(struct filter *filter, struct refusal *why)
{
	if (filter->category.count == 0)
		return 0;
	filter->category_index =
	    calloc(filter->category.count, sizeof(*filter->category_index));
	if (filter->category_index == NULL)
		return no_memory(why);
	for (unsigned i = 0; i < filter->category.count; i++) {
		struct text name = filter->category.at[i];

		filter->category_index[i] = text_begins(name, other_prefix)
		    ? -1
		    : vocabulary_find(filter->vocabulary, WORDS_CATEGORY, name);
	}
	return 0;
}

int
filter_new(const struct value *map, const struct vocabulary *vocabulary,
    struct filter **filter, struct refusal *why)
{
	struct filter *made;
	int code;

	*filter = NULL;
	if (map->kind != VALUE_MAP && !value_is_absent(map))
		return refuse(why, ERROR_INVALID, "filter", "must be a map");
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return no_memory(why);
	made->vocabulary = vocabulary;
	code = read_fields(made, map, why);
	if (code == 0)
		code = index_categories(made, why);
	if (code != 0)
		goto fail;
	*filter = made;
	return 0;

fail:
	filter_free(made);
	return code;
}
