/* extra.c - keys of a report that fields.def does not know. */
#include "proto/extra.h"

#include <stdio.h>

#include "proto/scan.h"

enum { PATH_MAX_BYTES = 64 };

/* A container of an unknown value, being walked. */
struct level {
	struct value container;
	struct value_walk walk;
};

static bool
is_clean(const struct value *value)
{
	return value->kind == VALUE_STR && utf8_is_valid(value->as.text) &&
	    (value->as.text.len == 0 ||
		!memchr(value->as.text.at, '\0', value->as.text.len));
}

/*
 * Does key stand in map in front of itself?  Compared one by one: there are
 * at most REPORT_UNKNOWN_MAX keys to ask for.
 */
static bool
is_repeated(const struct value *map, const struct value *key)
{
	struct value_walk walk = value_walk(map);
	struct value other;
	struct value item;

	while (value_next_pair(&walk, &other, &item) &&
	    other.span.at != key->span.at)
		if (other.kind == VALUE_STR &&
		    text_equal(other.as.text, key->as.text))
			return true;
	return false;
}

static int
check_key(struct reading *reading, const char *path, const struct value *map,
    const struct value *key)
{
	if (!is_clean(key))
		return refuse(reading->why, ERROR_INVALID, path,
		    "keys are strings of UTF-8 without NUL");
	if (++reading->report->unknown > REPORT_UNKNOWN_MAX)
		return refuse(reading->why, ERROR_INVALID, path,
		    "at most %d keys that are not known",
		    (int)REPORT_UNKNOWN_MAX);
	if (is_repeated(map, key))
		return refuse(reading->why, ERROR_INVALID, path,
		    "\"%.*s\" is given twice", TEXT_ARG(key->as.text));
	return 0;
}

static const char *
leaf_fault(const struct value *value)
{
	if (value->kind == VALUE_EXT)
		return "extension types are not used";
	if (value->kind == VALUE_BIN)
		return "bytes must be UTF-8";
	if (value->kind == VALUE_STR && !is_clean(value))
		return "use UTF-8 without NUL";
	if (value->kind == VALUE_FLOAT && value->as.real - value->as.real != 0)
		return "use finite numbers";
	return NULL;
}

/* Everything inside a container, without recursion. */
static int
check_inside(struct reading *reading, const char *path,
    const struct value *container)
{
	struct level level[SCAN_MAX_DEPTH];
	unsigned depth = 1;
	int code = 0;

	level[0] = (struct level){ *container, value_walk(container) };
	while (depth > 0 && !code) {
		struct level *top = &level[depth - 1];
		struct value key;
		struct value item;
		const char *fault;

		if (top->container.kind == VALUE_LIST
			? !value_next(&top->walk, &item)
			: !value_next_pair(&top->walk, &key, &item)) {
			depth--;
			continue;
		}
		if (top->container.kind == VALUE_MAP)
			code = check_key(reading, path, &top->container, &key);
		fault = leaf_fault(&item);
		if (!code && fault)
			return refuse(reading->why, ERROR_INVALID, path, "%s",
			    fault);
		if (item.kind != VALUE_LIST && item.kind != VALUE_MAP)
			continue;
		if (depth == SCAN_MAX_DEPTH)
			return refuse(reading->why, ERROR_INVALID, path,
			    "nested too deeply");
		level[depth++] = (struct level){ item, value_walk(&item) };
	}
	return code;
}

static void
note_misspelling(struct reading *reading, enum report_group group,
    struct text key)
{
	const struct report_field *near;

	if (!reading->problems ||
	    reading->problems->count == REPORT_PROBLEMS_MAX)
		return;
	near = report_field_nearest(group, key);
	if (near)
		problem_add(reading->problems, near->path, "unknown-key",
		    "\"%.*s\" is kept, but not understood; did you mean "
		    "\"%s\"?",
		    key.len < 40 ? (int)key.len : 40, key.at, near->key);
}

int
extra_check(struct reading *reading, enum report_group group,
    const struct value *map, const struct value *key, const struct value *item)
{
	char path[PATH_MAX_BYTES];
	struct text name = value_text(key);
	const char *fault;

	if (check_key(reading, report_group_name(group), map, key))
		return (int)reading->why->code;
	snprintf(path, sizeof(path), "%s%s%.*s", report_group_name(group),
	    group == GROUP_TOP ? "" : ".", name.len < 40 ? (int)name.len : 40,
	    name.at ? name.at : "");
	fault = leaf_fault(item);
	if (fault)
		return refuse(reading->why, ERROR_INVALID, path, "%s", fault);
	if (item->kind == VALUE_LIST || item->kind == VALUE_MAP)
		if (check_inside(reading, path, item))
			return (int)reading->why->code;
	note_misspelling(reading, group, name);
	return 0;
}
