/*
 * map_bind.c - a map meets a heading: every column it names must be there.
 */
#include <string.h>

#include "base/nearest.h"
#include "clients/cli/formats/map.h"
#include "clients/cli/formats/map_value.h"
#include "daemon/core/fold.h"

enum { FOLDED_MAX = 160 };

struct headings {
	const struct text *heading;
	uint32_t count;
};

const struct report_field *
map_field(struct text path)
{
	unsigned count;
	const struct report_field *field = report_fields(&count);
	for (unsigned i = 0; i < count; i++, field++) {
		if (text_is(path, field->path) &&
		    field->kind != REPORT_FIELD_MAP)
			return field;
	}
	return NULL;
}

void
map_use_column(struct map *map, const char *path, struct text column)
{
	const struct report_field *field = map_field(text_of(path));
	map->use[field->index] = (struct map_use){ .field = field,
		.column = column,
		.at = MAP_UNBOUND };
}

void
map_use_constant(struct map *map, const char *path, struct text constant)
{
	const struct report_field *field = map_field(text_of(path));
	map->use[field->index] = (struct map_use){ .field = field,
		.constant = constant,
		.at = MAP_UNBOUND };
}

/* A heading by its bytes, else by its letters and digits. */
static int
find_heading(const struct headings *headings, struct text name)
{
	char wanted[FOLDED_MAX], folded[FOLDED_MAX];
	size_t wanted_len;
	name = map_trim(name);
	for (uint32_t i = 0; i < headings->count; i++) {
		if (text_equal(map_trim(headings->heading[i]), name))
			return (int)i;
	}
	wanted_len = fold_name(name, wanted, sizeof(wanted));
	for (uint32_t i = 0; wanted_len && i < headings->count; i++) {
		size_t len =
		    fold_name(headings->heading[i], folded, sizeof(folded));
		if (len == wanted_len && !memcmp(folded, wanted, len))
			return (int)i;
	}
	return MAP_UNBOUND;
}

/* The nearest heading to a name that is none, within bounds. */
static void
complain_missing(struct map *map, const struct headings *headings,
    struct text name, const struct yaml_node *node, char why[WHY_MAX])
{
	const struct text *near = NULL;
	unsigned least = 3;
	int shown = name.len < 60 ? (int)name.len : 60;
	for (uint32_t i = 0; i < headings->count; i++) {
		unsigned distance =
		    nearest_distance(name, headings->heading[i]);
		if (distance < least) {
			least = distance;
			near = &headings->heading[i];
		}
	}
	if (map->doc && node)
		yaml_complain(map->doc, &map->errors, node, false,
		    "the file has no column \"%.*s\"%s%.*s%s", shown, name.at,
		    near ? "; did you mean \"" : "", near ? (int)near->len : 0,
		    near ? near->at : "", near ? "\"?" : "");
	else
		snprintf(why, WHY_MAX, "the file has no column \"%.*s\"", shown,
		    name.at);
}

static bool
is_used(const struct map *map, int at)
{
	for (uint32_t i = 0; i < map->nids; i++) {
		if (map->id[i].at == at)
			return true;
	}
	for (int i = 0; i < MAP_USES_MAX; i++) {
		if (map->use[i].field && map->use[i].at == at)
			return true;
	}
	return false;
}

/* A key of its own among the report's; what has a meaning there may not
 * stand in its place. */
static bool
may_be_key(struct text name)
{
	unsigned count;
	const struct report_field *field = report_fields(&count);
	for (unsigned i = 0; i < count; i++, field++) {
		bool is_top = field->group == GROUP_TOP ||
		    field->kind == REPORT_FIELD_MAP;
		if (is_top && text_is(name, field->key))
			return false;
	}
	return name.len && !map_is_reject_heading(name);
}

static void
keep_rest(struct map *map, const struct headings *headings)
{
	for (uint32_t i = 0; i < headings->count && map->nkept < MAP_KEPT_MAX;
	     i++) {
		struct text name = map_trim(headings->heading[i]);
		if (is_used(map, (int)i) || !may_be_key(name) ||
		    find_heading(headings, name) != (int)i)
			continue;
		map->kept[map->nkept++] =
		    (struct map_column){ .name = name, .at = (int)i };
	}
}

/* Without these an ORDS file is none. */
static bool
is_needed(const struct map *map, const struct report_field *field)
{
	return map->doc || !strcmp(field->path, "product.category") ||
	    !strcmp(field->path, "occurred") || !strcmp(field->path, "country");
}

static bool
bind_columns(struct map *map, const struct headings *headings,
    char why[WHY_MAX])
{
	bool is_whole = true;
	for (uint32_t i = 0; i < map->nids; i++) {
		struct map_column *id = &map->id[i];
		id->at = find_heading(headings, id->name);
		if (id->at >= 0)
			continue;
		complain_missing(map, headings, id->name, id->node, why);
		is_whole = false;
	}
	for (int i = 0; i < MAP_USES_MAX; i++) {
		struct map_use *use = &map->use[i];
		if (!use->field || !use->column.len)
			continue;
		use->at = find_heading(headings, use->column);
		if (use->at >= 0 || !is_needed(map, use->field))
			continue;
		complain_missing(map, headings, use->column, use->node, why);
		is_whole = false;
	}
	return is_whole;
}

int
map_bind(struct map *map, const struct text *heading, uint32_t count,
    char why[WHY_MAX])
{
	const struct headings headings = { .heading = heading, .count = count };
	bool is_whole = bind_columns(map, &headings, why);
	for (uint32_t i = 0; i < map->nkept; i++) {
		struct map_column *kept = &map->kept[i];
		kept->at = find_heading(&headings, kept->name);
		if (kept->at >= 0)
			continue;
		complain_missing(map, &headings, kept->name, kept->node, why);
		is_whole = false;
	}
	if (!is_whole)
		return -1;
	if (map->is_all_kept)
		keep_rest(map, &headings);
	return 0;
}
