#include "clients/cli/drill_field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "proto/country.h"

#define COMPLAIN(reading, node, ...)                                    \
	yaml_complain((reading)->doc, (reading)->errors, (node), false, \
	    __VA_ARGS__)

enum { WORDS_MAX = 32, DIGITS_MAX = 9 };

/* A whole number within the field's bounds; false after complaining. */
static bool
read_number(struct drill_reading *reading, const struct drill_field *field,
    const struct yaml_node *node, int64_t *out)
{
	struct text text = node->scalar;
	bool is_negative = text.len > 0 && text.at[0] == '-';
	size_t first = is_negative, i = first;
	int64_t number = 0;

	if (node->kind == YAML_SCALAR)
		while (i < text.len && i < first + DIGITS_MAX &&
		    isdigit((uint8_t)text.at[i]))
			number = number * 10 + (text.at[i++] - '0');
	if (is_negative)
		number = -number;
	if (node->kind == YAML_SCALAR && i > first && i == text.len &&
	    number >= field->least && number <= field->most) {
		*out = number;
		return true;
	}
	COMPLAIN(reading, node, "use a whole number from %d to %d",
	    field->least, field->most);
	return false;
}

/* One of these words; -1 after complaining. */
static int
read_one_of(struct drill_reading *reading, const struct yaml_node *node,
    const char *const *words, unsigned count)
{
	char all[320] = "";
	size_t len = 0;

	for (unsigned i = 0; node->kind == YAML_SCALAR && i < count; i++)
		if (text_is(node->scalar, words[i]))
			return (int)i;
	for (unsigned i = 0; i < count && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
		    i ? ", " : "", words[i]);
	COMPLAIN(reading, node, "use one of: %s", all);
	return -1;
}

static int
read_severity(struct drill_reading *reading, const struct yaml_node *node)
{
	const char *words[SEVERITY_COUNT];

	for (int i = 0; i < SEVERITY_COUNT; i++)
		words[i] = severity_name((enum severity)i);
	return read_one_of(reading, node, words, SEVERITY_COUNT);
}

static int
read_kind(struct drill_reading *reading, const struct yaml_node *node)
{
	const char *const words[] = { report_kind_name(REPORT_INCIDENT),
		report_kind_name(REPORT_BREAKDOWN) };

	return read_one_of(reading, node, words, 2);
}

static int
read_state(struct drill_reading *reading, const struct yaml_node *node)
{
	const char *words[ALARM_WITHDRAWN + 1];

	for (int i = 0; i <= ALARM_WITHDRAWN; i++)
		words[i] = alarm_status_name((enum alarm_status)i);
	return read_one_of(reading, node, words, ALARM_WITHDRAWN + 1);
}

/* Those that reports and days bring about; people's verbs are not tested. */
static const enum alarm_change changes[] = { CHANGE_WATCH, CHANGE_RAISED,
	CHANGE_UPDATED, CHANGE_SUBSIDING, CHANGE_CLOSED, CHANGE_REGRESSED,
	CHANGE_WITHDRAWN };
enum { NCHANGES = sizeof(changes) / sizeof(changes[0]) };

static int
read_change(struct drill_reading *reading, const struct yaml_node *node)
{
	const char *words[NCHANGES];
	int found;

	for (unsigned i = 0; i < NCHANGES; i++)
		words[i] = alarm_change_name(changes[i]);
	found = read_one_of(reading, node, words, NCHANGES);
	return found < 0 ? -1 : (int)changes[found];
}

uint32_t
drill_change_read(struct drill_reading *reading, const struct yaml_node *node)
{
	int change = read_change(reading, node);

	return change < 0 ? 0 : UINT32_C(1) << change;
}

/* A word of the vocabulary by any of its labels; -1 after complaining. */
static int
read_label(struct drill_reading *reading, const struct yaml_node *node,
    enum word_list list)
{
	int found = node->kind == YAML_SCALAR
	    ? vocabulary_find(reading->vocabulary, list, node->scalar)
	    : -1;

	if (found < 0)
		COMPLAIN(reading, node, "no such %s",
		    list == WORDS_HAZARD ? "hazard" : "category");
	return found;
}

static void
read_hazards(struct drill_reading *reading, const struct yaml_node *node,
    uint32_t *out)
{
	const struct yaml_node *item = node;
	bool is_list = node->kind == YAML_LIST;

	if (is_list)
		item = node->child;
	for (; item; item = is_list ? item->next : NULL) {
		int hazard = read_label(reading, item, WORDS_HAZARD);

		if (hazard >= 0)
			*out |= UINT32_C(1) << hazard;
	}
}

static void
read_country(struct drill_reading *reading, const struct yaml_node *node,
    uint16_t *out)
{
	char code[2];
	bool is_mapped;

	if (node->kind == YAML_SCALAR &&
	    country_find(node->scalar, code, &is_mapped))
		*out = (uint16_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]);
	else
		COMPLAIN(reading, node,
		    "no such country; use two letters, such as FR");
}

/* A text that is not empty; false after complaining. */
static bool
read_word(struct drill_reading *reading, const struct yaml_node *node,
    struct text *out)
{
	if (node->kind == YAML_SCALAR && node->scalar.len) {
		*out = node->scalar;
		return true;
	}
	COMPLAIN(reading, node, "use a word here");
	return false;
}

static void
read_mode(struct drill_reading *reading, const struct yaml_node *node,
    struct text *out)
{
	int found;

	if (!read_word(reading, node, out))
		return;
	found = vocabulary_find(reading->vocabulary, WORDS_MODE, *out);
	if (found >= 0)
		*out = vocabulary_word(reading->vocabulary, WORDS_MODE,
		    (unsigned)found)
			   ->slug;
}

static void
read_field(struct drill_reading *reading, const struct drill_field *field,
    const struct yaml_node *node, void *member)
{
	int64_t number = 0;

	switch (field->kind) {
	case DRILL_INT32:
		if (read_number(reading, field, node, &number))
			*(int32_t *)member = (int32_t)number;
		return;
	case DRILL_INT64:
		(void)read_number(reading, field, node, member);
		return;
	case DRILL_WORD:
		(void)read_word(reading, node, member);
		return;
	case DRILL_FLAG:
		*(bool *)member =
		    read_one_of(reading, node,
			(const char *const[]){ "false", "true" }, 2) == 1;
		return;
	case DRILL_CATEGORY:
		*(int *)member = read_label(reading, node, WORDS_CATEGORY);
		return;
	case DRILL_MODE:
		read_mode(reading, node, member);
		return;
	case DRILL_HAZARDS:
		read_hazards(reading, node, member);
		return;
	case DRILL_SEVERITY:
		*(int *)member = read_severity(reading, node);
		return;
	case DRILL_KIND:
		*(int *)member = read_kind(reading, node);
		return;
	case DRILL_COUNTRY:
		read_country(reading, node, member);
		return;
	case DRILL_CHANGE:
		*(int *)member = read_change(reading, node);
		return;
	case DRILL_STATE:
		*(int *)member = read_state(reading, node);
		return;
	}
}

void
drill_fields_read(struct drill_reading *reading,
    const struct drill_field *fields, const struct yaml_node *map, void *to)
{
	const char *names[WORDS_MAX];
	unsigned count = 0, i;

	for (; fields[count].name; count++)
		names[count] = fields[count].name;
	if (map->kind != YAML_MAP) {
		COMPLAIN(reading, map, "use a map of keys, such as {day: 0}");
		return;
	}
	for (const struct yaml_node *node = map->child; node;
	     node = node->next) {
		const char *near;

		for (i = 0; i < count && !text_is(node->key, names[i]); i++)
			;
		if (i < count) {
			read_field(reading, &fields[i], node,
			    (char *)to + fields[i].at);
			continue;
		}
		near = nearest_word(node->key, names, count);
		yaml_complain(reading->doc, reading->errors, node, true,
		    "unknown key%s%s%s", near ? ", did you mean \"" : "",
		    near ? near : "", near ? "\"?" : "");
	}
}
