/*
 * map_load.c - map.yaml read and checked, every complaint with its place and
 * all of them in one pass.
 */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "clients/cli/formats/map.h"
#include "clients/cli/formats/map_value.h"

enum { DATE_FORMAT_MAX = 32 };

static const char *const map_keys[] = { "encoding", "delimiter", "decimal",
	"date", "source", "licence", "id", "fields", "keep" };
static const char *const use_keys[] = { "column", "value", "values",
	"otherwise", "date" };

static void
complain_key(struct map *map, const struct yaml_node *node,
    const char *const *words, size_t count)
{
	const char *near = nearest_word(node->key, words, count);
	yaml_complain(map->doc, &map->errors, node, true,
	    "unknown key \"%.*s\"%s%s%s", TEXT_ARG(node->key),
	    near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

/* A scalar that is not empty, or a complaint. */
static bool
scalar(struct map *map, const struct yaml_node *node, struct text *out)
{
	if (node->kind == YAML_SCALAR && node->scalar.len) {
		*out = node->scalar;
		return true;
	}
	yaml_complain(map->doc, &map->errors, node, true,
	    "\"%.*s\" wants one value", TEXT_ARG(node->key));
	return false;
}

/* A copy with a NUL, in map->held; room was made for the whole file. */
static const char *
hold(struct map *map, struct text text)
{
	size_t used = 0;
	while (map->held[used])
		used += strlen(map->held + used) + 1;
	memcpy(map->held + used, text.at, text.len);
	map->held[used + text.len] = '\0';
	map->held[used + text.len + 1] = '\0';
	return map->held + used;
}

static const char *
read_date(struct map *map, const struct yaml_node *node)
{
	struct text text;
	const char *format;
	if (!scalar(map, node, &text))
		return NULL;
	format = text.len < DATE_FORMAT_MAX ? hold(map, text) : "";
	if (map_is_date_format(format))
		return format;
	yaml_complain(map->doc, &map->errors, node, false,
	    "a date is written with YYYY or YY, MM and DD, as in DD/MM/YYYY");
	return NULL;
}

/* One character of a few; a tab may be called tab. */
static char
read_mark(struct map *map, const struct yaml_node *node, const char *marks)
{
	struct text text;
	if (!scalar(map, node, &text))
		return 0;
	if (text_is(text, "tab") || text_is(text, "\\t"))
		text = TEXT("\t");
	if (text.len == 1 && strchr(marks, text.at[0]))
		return text.at[0];
	yaml_complain(map->doc, &map->errors, node, false,
	    "\"%.*s\" is one of these characters: %s", TEXT_ARG(node->key),
	    strcmp(marks, ".,") ? ", ; | tab" : ". ,");
	return 0;
}

static const char *
read_encoding(struct map *map, const struct yaml_node *node)
{
	static const char *const known[] = { "utf-8", "cp1252", "latin1" };
	struct text text;
	if (!scalar(map, node, &text))
		return NULL;
	for (size_t i = 0; i < 3; i++) {
		if (text.len == strlen(known[i]) &&
		    !strncasecmp(text.at, known[i], text.len))
			return known[i];
	}
	yaml_complain(map->doc, &map->errors, node, false,
	    "an encoding is utf-8, cp1252 or latin1");
	return NULL;
}

/* A column's name or a list of them. */
static uint32_t
read_columns(struct map *map, const struct yaml_node *node,
    struct map_column *out, uint32_t most)
{
	const struct yaml_node *item =
	    node->kind == YAML_LIST ? node->child : node;
	uint32_t count = 0;
	for (; item; item = node->kind == YAML_LIST ? item->next : NULL) {
		struct text name;
		if (count == most) {
			yaml_complain(map->doc, &map->errors, item, false,
			    "at most %u columns", most);
			return count;
		}
		if (item->kind != YAML_SCALAR || !item->scalar.len) {
			yaml_complain(map->doc, &map->errors, item, false,
			    "a column's heading is wanted");
			continue;
		}
		name = item->scalar;
		out[count++] = (struct map_column){ .name = name,
			.at = MAP_UNBOUND,
			.node = item };
	}
	return count;
}

static int
by_word(const void *a, const void *b)
{
	const struct map_word *left = a, *right = b;
	size_t len =
	    left->from.len < right->from.len ? left->from.len : right->from.len;
	int order = len ? strncasecmp(left->from.at, right->from.at, len) : 0;
	if (order)
		return order;
	return (left->from.len > right->from.len) -
	    (left->from.len < right->from.len);
}

static void
read_words(struct map *map, struct map_use *use, const struct yaml_node *node)
{
	uint32_t count = 0;
	const struct yaml_node *item = node->child;
	if (node->kind != YAML_MAP || !item) {
		yaml_complain(map->doc, &map->errors, node, true,
		    "values is a map of what is written to what it means");
		return;
	}
	for (; item; item = item->next)
		count++;
	use->word = calloc(count, sizeof(*use->word));
	for (item = node->child; item && use->word; item = item->next) {
		if (item->kind != YAML_SCALAR) {
			yaml_complain(map->doc, &map->errors, item, true,
			    "a value means one word");
			continue;
		}
		use->word[use->nwords++] =
		    (struct map_word){ .from = map_trim(item->key),
			    .to = item->scalar };
	}
	if (use->word)
		qsort(use->word, use->nwords, sizeof(*use->word), by_word);
}

static void
read_otherwise(struct map *map, struct map_use *use,
    const struct yaml_node *node)
{
	struct text text;
	if (!scalar(map, node, &text))
		return;
	if (text_is(text, "keep"))
		use->is_open = true;
	else if (!text_is(text, "refuse"))
		yaml_complain(map->doc, &map->errors, node, false,
		    "otherwise is refuse or keep");
}

static void
read_use_key(struct map *map, struct map_use *use, const struct yaml_node *node)
{
	if (text_is(node->key, "column")) {
		scalar(map, node, &use->column);
		use->node = node;
	} else if (text_is(node->key, "value")) {
		scalar(map, node, &use->constant);
	} else if (text_is(node->key, "values")) {
		read_words(map, use, node);
	} else if (text_is(node->key, "otherwise")) {
		read_otherwise(map, use, node);
	} else if (text_is(node->key, "date")) {
		use->date = read_date(map, node);
	} else {
		complain_key(map, node, use_keys,
		    sizeof(use_keys) / sizeof(use_keys[0]));
	}
}

static void
complain_field(struct map *map, const struct yaml_node *node)
{
	const char *paths[MAP_USES_MAX];
	unsigned count;
	const struct report_field *field = report_fields(&count);
	size_t known = 0;
	const char *near;
	for (unsigned i = 0; i < count && known < MAP_USES_MAX; i++, field++) {
		if (field->kind != REPORT_FIELD_MAP)
			paths[known++] = field->path;
	}
	near = nearest_word(node->key, paths, known);
	yaml_complain(map->doc, &map->errors, node, true,
	    "a report has no field \"%.*s\"%s%s%s", TEXT_ARG(node->key),
	    near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

static void
read_field(struct map *map, const struct yaml_node *node)
{
	const struct report_field *field = map_field(node->key);
	struct map_use use = { .field = field, .at = MAP_UNBOUND };
	if (!field) {
		complain_field(map, node);
		return;
	}
	if (field->kind == REPORT_FIELD_ID) {
		map->nids = read_columns(map, node, map->id, MAP_IDS_MAX);
		return;
	}
	use.node = node;
	if (node->kind == YAML_MAP) {
		for (const struct yaml_node *item = node->child; item;
		     item = item->next)
			read_use_key(map, &use, item);
		if (!use.column.len && !use.constant.len)
			yaml_complain(map->doc, &map->errors, node, true,
			    "say a column or a value");
	} else {
		scalar(map, node, &use.column);
	}
	map->use[field->index] = use;
}

static void
read_fields(struct map *map, const struct yaml_node *node)
{
	if (node->kind != YAML_MAP) {
		yaml_complain(map->doc, &map->errors, node, true,
		    "fields is a map of a report's fields to columns");
		return;
	}
	for (const struct yaml_node *item = node->child; item;
	     item = item->next)
		read_field(map, item);
}

static void
read_key(struct map *map, const struct yaml_node *node)
{
	if (text_is(node->key, "encoding"))
		map->encoding = read_encoding(map, node);
	else if (text_is(node->key, "delimiter"))
		map->delimiter = read_mark(map, node, ",;|\t");
	else if (text_is(node->key, "decimal"))
		map->decimal = read_mark(map, node, ".,");
	else if (text_is(node->key, "date"))
		map->date = read_date(map, node);
	else if (text_is(node->key, "source"))
		scalar(map, node, &map->source);
	else if (text_is(node->key, "licence"))
		scalar(map, node, &map->licence);
	else if (text_is(node->key, "id"))
		map->nids = read_columns(map, node, map->id, MAP_IDS_MAX);
	else if (text_is(node->key, "fields"))
		read_fields(map, node);
	else if (text_is(node->key, "keep"))
		map->nkept = read_columns(map, node, map->kept, MAP_KEPT_MAX);
	else
		complain_key(map, node, map_keys,
		    sizeof(map_keys) / sizeof(map_keys[0]));
}

int
map_load(struct map *map, const char *path)
{
	const struct yaml_node *root;
	*map = (struct map){ 0 };
	map->doc = yaml_load(path, &map->errors);
	if (!map->doc)
		return -1;
	/* Date formats are the only texts held: a few bytes each. */
	map->held = calloc(MAP_USES_MAX + 1, DATE_FORMAT_MAX);
	root = yaml_root(map->doc);
	if (!map->held || !root || root->kind != YAML_MAP) {
		buf_printf(&map->errors.text,
		    "%s: a map says which column is which field, under "
		    "\"fields\"\n",
		    path);
		map->errors.count++;
		return -1;
	}
	for (const struct yaml_node *node = root->child; node;
	     node = node->next)
		read_key(map, node);
	return map->errors.count ? -1 : 0;
}
