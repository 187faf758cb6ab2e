/*
 * map.c - a row of cells becomes a report.
 */
#include "clients/cli/formats/map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/formats/map_value.h"
#include "daemon/core/fold.h"

enum { AGE_MOST = 200, LIST_MOST = 64 };

/* One row being written. */
struct mapping {
	const struct map *map;
	const struct map_row *row;
	struct tocsin_writer *writer;
	struct map_notes *notes;
	struct fault *fault;
};

static struct tocsin_text
wire(struct text text)
{
	return (struct tocsin_text){ text.at, text.len };
}

void
map_fini(struct map *map)
{
	for (int i = 0; i < MAP_USES_MAX; i++)
		free(map->use[i].word);
	yaml_free(map->doc);
	yaml_errors_free(&map->errors);
	free(map->held);
	*map = (struct map){ 0 };
}

bool
map_is_reject_heading(struct text heading)
{
	return text_is(heading, "_line") || text_is(heading, "_field") ||
	    text_is(heading, "_code") || text_is(heading, "_reason");
}

/* ASCII case does not matter in values. */
static int
compare_words(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? strncasecmp(a.at, b.at, len) : 0;
	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static const struct map_word *
find_word(const struct map_use *use, struct text value)
{
	uint32_t low = 0, high = use->nwords;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_words(value, use->word[middle].from);
		if (!order)
			return &use->word[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* What a use says of this row: empty when nothing.  0, or -1 with fault. */
static int
look_up(struct mapping *mapping, const struct map_use *use, struct text *value)
{
	const struct map_word *word;
	*value = (struct text){ NULL, 0 };
	if (use->at >= 0 && (uint32_t)use->at < mapping->row->count)
		*value = map_trim(mapping->row->cell[use->at]);
	if (!value->len) {
		*value = use->constant;
		return 0;
	}
	if (fault_check_text(mapping->fault, use->field->path, *value))
		return -1;
	if (!use->word)
		return 0;
	word = find_word(use, *value);
	if (word)
		*value = word->to;
	else if (!use->is_open)
		return fault_set(mapping->fault, use->field->path,
		    "\"%.*s\" is not among the map's values",
		    value->len < 60 ? (int)value->len : 60, value->at);
	return 0;
}

static int
put_number(struct mapping *mapping, const struct map_use *use,
    struct text value)
{
	const struct report_field *field = use->field;
	bool is_years = field->kind == REPORT_FIELD_YEARS;
	double number = -1;
	bool is_number = !map_number(value, mapping->map->decimal, &number);
	if (is_years && mapping->map->is_age_dropped &&
	    (!is_number || number < 0 || number > AGE_MOST)) {
		mapping->notes->is_age_dropped = true;
		return 0;
	}
	if (!is_number || (!is_years && number != (double)(int64_t)number))
		return fault_set(mapping->fault, field->path,
		    "\"%.*s\" is no %s", value.len < 40 ? (int)value.len : 40,
		    value.at, is_years ? "number" : "whole number");
	if (number == (double)(int64_t)number)
		tocsin_put_int(mapping->writer, field->key, (int64_t)number);
	else
		tocsin_put_real(mapping->writer, field->key, number);
	return 0;
}

static int
put_flag(struct mapping *mapping, const struct map_use *use, struct text value)
{
	static const char *const words[2][5] = {
		{ "no", "false", "0", "non", "faux" },
		{ "yes", "true", "1", "oui", "vrai" },
	};
	for (int yes = 0; yes < 2; yes++) {
		for (int i = 0; i < 5; i++) {
			if (compare_words(value, text_of(words[yes][i])))
				continue;
			tocsin_put_bool(mapping->writer, use->field->key, yes);
			return 0;
		}
	}
	return fault_set(mapping->fault, use->field->path,
	    "\"%.*s\" is neither yes nor no",
	    value.len < 40 ? (int)value.len : 40, value.at);
}

static int
put_date(struct mapping *mapping, const struct map_use *use, struct text value)
{
	const char *format = use->date ? use->date : mapping->map->date;
	char date[DATE_MAX];
	if (map_date(value, format, date, mapping->fault, use->field->path))
		return -1;
	tocsin_put_string(mapping->writer, use->field->key, date);
	if (!strcmp(use->field->path, "filed"))
		memcpy(mapping->notes->filed, date, sizeof(date));
	return 0;
}

/* One cell may hold several, on lines of their own or with ; or | between;
 * of barcodes also with commas. */
static void
put_list(struct mapping *mapping, const struct map_use *use, struct text value)
{
	const char *marks =
	    use->field->kind == REPORT_FIELD_CODES ? "\n\r;|," : "\n\r;|";
	unsigned count = 0;
	tocsin_put_list(mapping->writer, use->field->key);
	while (value.len && count < LIST_MOST) {
		size_t len = 0;
		struct text item;
		while (len < value.len && !strchr(marks, value.at[len]))
			len++;
		item = map_trim((struct text){ value.at, len });
		if (item.len) {
			tocsin_put_text(mapping->writer, NULL, wire(item));
			count++;
		}
		len += len < value.len;
		value.at += len;
		value.len -= len;
	}
	tocsin_put_end(mapping->writer);
}

/* "Repair Café Danmark" becomes "repair-cafe-danmark". */
static struct text
fold_source(struct mapping *mapping, struct text value)
{
	char *held = mapping->notes->source_held;
	size_t len =
	    fold_prose(value, held, sizeof(mapping->notes->source_held));
	for (size_t i = 0; i < len; i++) {
		if (held[i] == ' ')
			held[i] = '-';
	}
	return (struct text){ held, len };
}

static void
put_text(struct mapping *mapping, const struct map_use *use, struct text value)
{
	const char *path = use->field->path;
	struct map_notes *notes = mapping->notes;
	if (!strcmp(path, "origin.source")) {
		notes->source = value;
	} else if (!strcmp(path, "origin.group")) {
		notes->group = value;
	} else if (!strcmp(path, "reporter")) {
		notes->reporter = value;
	}
	tocsin_put_text(mapping->writer, use->field->key, wire(value));
}

static int
put_value(struct mapping *mapping, const struct map_use *use, struct text value)
{
	switch ((enum report_field_kind)use->field->kind) {
	case REPORT_FIELD_COUNT:
	case REPORT_FIELD_YEARS:
		return put_number(mapping, use, value);
	case REPORT_FIELD_FLAG:
		return put_flag(mapping, use, value);
	case REPORT_FIELD_DATE:
		return put_date(mapping, use, value);
	case REPORT_FIELD_LIST:
	case REPORT_FIELD_CODES:
		put_list(mapping, use, value);
		return 0;
	case REPORT_FIELD_ID:
	case REPORT_FIELD_KIND:
	case REPORT_FIELD_SEVERITY:
	case REPORT_FIELD_COUNTRY:
	case REPORT_FIELD_LINE:
	case REPORT_FIELD_PROSE:
	case REPORT_FIELD_LANG:
	case REPORT_FIELD_MAP:
	case REPORT_FIELD_KINDS:
	default:
		put_text(mapping, use, value);
		return 0;
	}
}

/* What was said on the command line stands for the row's own. */
static struct text
overlaid(const struct mapping *mapping, const struct report_field *field)
{
	const struct map *map = mapping->map;
	if (!strcmp(field->path, "origin.source"))
		return mapping->row->overlay->source.len
		    ? mapping->row->overlay->source
		    : map->source;
	if (!strcmp(field->path, "origin.licence"))
		return mapping->row->overlay->licence.len
		    ? mapping->row->overlay->licence
		    : map->licence;
	return (struct text){ NULL, 0 };
}

/* The ids' cells with a slash between. */
static int
put_id(struct mapping *mapping)
{
	const struct map *map = mapping->map;
	struct text only = mapping->row->overlay->id;
	char joined[512];
	size_t len = 0;
	for (uint32_t i = 0; i < map->nids; i++) {
		struct text part = { NULL, 0 };
		uint32_t at = (uint32_t)map->id[i].at;
		if (map->id[i].at >= 0 && at < mapping->row->count)
			part = map_trim(mapping->row->cell[at]);
		if (!part.len)
			return fault_set(mapping->fault, "id",
			    "the cell \"%.*s\" is empty",
			    TEXT_ARG(map->id[i].name));
		if (fault_check_text(mapping->fault, "id", part))
			return -1;
		if (len + part.len + 1 > sizeof(joined))
			return fault_set(mapping->fault, "id", "is too long");
		if (i)
			joined[len++] = '/';
		memcpy(joined + len, part.at, part.len);
		len += part.len;
	}
	if (map->nids)
		only = (struct text){ joined, len };
	if (only.len)
		tocsin_put_text(mapping->writer, "id", wire(only));
	return 0;
}

static int
put_field(struct mapping *mapping, const struct report_field *field,
    struct text *value)
{
	const struct map_use *use = &mapping->map->use[field->index];
	*value = overlaid(mapping, field);
	if (value->len || !use->field)
		return 0;
	if (look_up(mapping, use, value))
		return -1;
	if (value->len && mapping->map->is_source_folded &&
	    !strcmp(field->path, "origin.source"))
		*value = fold_source(mapping, *value);
	return 0;
}

/* The fields of one map of the report; the map only when there is one. */
static int
put_group(struct mapping *mapping, const struct report_field *group)
{
	unsigned count;
	const struct report_field *field = report_fields(&count);
	bool is_open = false;
	for (unsigned i = 0; i < count; i++, field++) {
		const struct map_use *use = &mapping->map->use[field->index];
		const struct map_use bare = { .field = field };
		struct text value;
		if (field->group != group->group ||
		    field->kind == REPORT_FIELD_MAP)
			continue;
		if (put_field(mapping, field, &value))
			return -1;
		if (!value.len)
			continue;
		if (!is_open)
			tocsin_put_map(mapping->writer, group->key);
		is_open = true;
		if (put_value(mapping, use->field ? use : &bare, value))
			return -1;
	}
	if (is_open)
		tocsin_put_end(mapping->writer);
	return 0;
}

static int
put_top(struct mapping *mapping)
{
	unsigned count;
	const struct report_field *field = report_fields(&count);
	for (unsigned i = 0; i < count; i++, field++) {
		const struct map_use *use = &mapping->map->use[field->index];
		struct text value;
		if (field->kind == REPORT_FIELD_MAP) {
			if (put_group(mapping, field))
				return -1;
			continue;
		}
		if (field->group != GROUP_TOP || !use->field ||
		    field->kind == REPORT_FIELD_ID)
			continue;
		if (put_field(mapping, field, &value) ||
		    (value.len && put_value(mapping, use, value)))
			return -1;
	}
	return 0;
}

static int
put_kept(struct mapping *mapping)
{
	const struct map *map = mapping->map;
	for (uint32_t i = 0; i < map->nkept; i++) {
		uint32_t at = (uint32_t)map->kept[i].at;
		struct text value;
		if (map->kept[i].at < 0 || at >= mapping->row->count)
			continue;
		value = map_trim(mapping->row->cell[at]);
		if (!value.len)
			continue;
		if (fault_check_text(mapping->fault, "", value))
			return -1;
		tocsin_put_key(mapping->writer, wire(map->kept[i].name));
		tocsin_put_text(mapping->writer, NULL, wire(value));
	}
	return 0;
}

int
map_report(const struct map *map, const struct map_row *row,
    struct tocsin_writer *writer, struct map_notes *notes, struct fault *fault)
{
	struct mapping mapping = { .map = map,
		.row = row,
		.writer = writer,
		.notes = notes,
		.fault = fault };
	notes->reporter = notes->group = notes->source = (struct text){ 0 };
	notes->filed[0] = '\0';
	notes->is_age_dropped = false;
	tocsin_writer_clear(writer);
	tocsin_put_map(writer, NULL);
	if (put_id(&mapping) || put_top(&mapping) || put_kept(&mapping))
		return -1;
	tocsin_put_end(writer);
	return 0;
}
