#include "daemon/intake/redaction.h"

#include <stdio.h>

#include "proto/codec.h"
#include "proto/fields.h"

/* Fields in which people write freely; every other known one is a code. */
static const char *const free_fields[] = { "text", "product.name",
	"failure.mode", "failure.component", "outcome.status",
	"outcome.barrier" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct editing {
	struct redaction *redaction;
	uint32_t text_bytes;
	/* Of the value being edited. */
	const char *field;
	bool is_name;
	uint32_t most; /* bytes */
};

static bool
is_free(const struct report_field *field)
{
	for (size_t i = 0; i < COUNT_OF(free_fields); i++)
		if (!strcmp(field->path, free_fields[i]))
			return true;
	return false;
}

/* --- is there anything? --------------------------------------------------- */

static bool
holds(struct text text, bool is_name)
{
	const struct redact_text in = { text, is_name };
	struct redact_find find;

	return redact_next(&in, 0, &find);
}

/* In a value that is not known; depth is bounded by the scanner. */
static bool
value_holds(const struct value *value)
{
	struct value_walk walk = value_walk(value);
	struct value key, item;

	if (value->kind == VALUE_STR)
		return holds(value->as.text, false);
	if (value->kind == VALUE_LIST) {
		while (value_next(&walk, &item))
			if (value_holds(&item))
				return true;
	} else if (value->kind == VALUE_MAP) {
		while (value_next_pair(&walk, &key, &item))
			if (redact_is_contact(value_text(&key), false) ||
			    value_holds(&item))
				return true;
	}
	return false;
}

static bool
extra_holds(enum report_group group, const struct value *map)
{
	struct value_walk walk = value_walk(map);
	struct value key, item;
	unsigned hint = 0;

	while (value_next_pair(&walk, &key, &item)) {
		const struct report_field *field =
		    report_field_find(group, value_text(&key), &hint);
		bool is_group = field && field->kind == REPORT_FIELD_MAP;

		if (is_group
			? extra_holds((enum report_group)field->group, &item)
			: !field &&
			    (redact_is_contact(value_text(&key),
				 group == GROUP_TOP) ||
				value_holds(&item)))
			return true;
	}
	return false;
}

static bool
report_holds(const struct report *report, const struct value *map)
{
	return holds(report->text, false) || holds(report->name, true) ||
	    holds(report->mode, false) || value_holds(&report->component) ||
	    holds(report->outcome_status, false) ||
	    holds(report->outcome_barrier, false) ||
	    (report->unknown && extra_holds(GROUP_TOP, map));
}

/* --- and the report without it -------------------------------------------- */

static void
note_find(struct editing *editing, enum redact_kind kind)
{
	struct redaction *redaction = editing->redaction;
	struct redaction_place *place = redaction->place;
	unsigned i = 0;

	redaction->count[kind]++;
	while (i < redaction->nplaces && place[i].field != editing->field)
		i++;
	if (i == REDACTION_PLACES)
		return;
	place[i].field = editing->field;
	place[i].count++;
	if (i == redaction->nplaces)
		redaction->nplaces++;
}

/* The first bytes that fit, whole characters. */
static struct text
cut(struct text text, uint32_t most)
{
	if (text.len <= most)
		return text;
	text.len = most;
	while (text.len > 0 && ((uint8_t)text.at[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

static void
edit_text(struct editing *editing, const struct value *value)
{
	const struct redact_text in = { value->as.text, editing->is_name };
	struct buf *out = &editing->redaction->map;
	struct buf edited = { 0 };
	struct redact_find find;
	size_t from = 0;

	while (redact_next(&in, from, &find)) {
		buf_add(&edited, in.text.at + from, find.at - from);
		buf_add_string(&edited, redact_mark(find.kind));
		from = find.at + find.len;
		note_find(editing, find.kind);
	}
	if (from == 0) {
		pack_raw(out, value->span);
		return;
	}
	buf_add(&edited, in.text.at + from, in.text.len - from);
	out->failed |= edited.failed;
	if (!edited.failed)
		pack_text(out, cut(buf_text(&edited), editing->most));
	buf_free(&edited);
}

static void
drop(struct redaction *redaction, struct text key)
{
	if (!redaction->dropped++)
		snprintf(redaction->key, sizeof(redaction->key), "%.*s",
		    TEXT_ARG(key));
}

static void
edit_value(struct editing *editing, const struct value *value)
{
	struct buf *out = &editing->redaction->map;
	struct value_walk walk = value_walk(value);
	struct value key, item;
	uint32_t pairs = 0;
	size_t token;

	if (value->kind == VALUE_STR) {
		edit_text(editing, value);
	} else if (value->kind == VALUE_LIST) {
		pack_list(out, value->count);
		while (value_next(&walk, &item))
			edit_value(editing, &item);
	} else if (value->kind == VALUE_MAP) {
		token = pack_open_map(out);
		while (value_next_pair(&walk, &key, &item)) {
			if (redact_is_contact(value_text(&key), false)) {
				drop(editing->redaction, value_text(&key));
				continue;
			}
			pack_raw(out, key.span);
			edit_value(editing, &item);
			pairs++;
		}
		pack_close_map(out, token, pairs);
	} else {
		pack_raw(out, value->span);
	}
}

static void
edit_field(struct editing *editing, const struct report_field *field,
    const struct value *item)
{
	editing->field = field ? field->path : "extra";
	editing->is_name = field && !strcmp(field->key, "name");
	editing->most = UINT32_MAX;
	if (field)
		editing->most = field->kind == REPORT_FIELD_PROSE
		    ? editing->text_bytes
		    : REPORT_NAME_MAX;
	if (field && !is_free(field))
		pack_raw(&editing->redaction->map, item->span);
	else
		edit_value(editing, item);
}

/* Recursion ends after one step: no group holds another but the top. */
static void
edit_group(struct editing *editing, enum report_group group,
    const struct value *map)
{
	struct buf *out = &editing->redaction->map;
	struct value_walk walk = value_walk(map);
	size_t token = pack_open_map(out);
	struct value key, item;
	uint32_t pairs = 0;
	unsigned hint = 0;

	while (value_next_pair(&walk, &key, &item)) {
		struct text name = value_text(&key);
		const struct report_field *field =
		    report_field_find(group, name, &hint);

		if (!field && redact_is_contact(name, group == GROUP_TOP)) {
			drop(editing->redaction, name);
			continue;
		}
		pack_raw(out, key.span);
		if (field && field->kind == REPORT_FIELD_MAP &&
		    item.kind == VALUE_MAP)
			edit_group(editing, (enum report_group)field->group,
			    &item);
		else
			edit_field(editing, field, &item);
		pairs++;
	}
	pack_close_map(out, token, pairs);
}

bool
redaction_make(const struct report *report, const struct value *map,
    uint32_t text_bytes, struct redaction *redaction)
{
	struct editing editing = { .redaction = redaction,
		.text_bytes = text_bytes };

	if (!report_holds(report, map))
		return false;
	*redaction = (struct redaction){ 0 };
	edit_group(&editing, GROUP_TOP, map);
	return true;
}

uint32_t
redaction_total(const struct redaction *redaction)
{
	uint32_t total = redaction->dropped;

	for (unsigned i = 0; i < REDACT_KINDS; i++)
		total += redaction->count[i];
	return total;
}

void
redaction_tell(const struct redaction *redaction, struct problems *problems)
{
	unsigned room =
	    REPORT_PROBLEMS_MAX - redaction->nplaces - !!redaction->dropped;

	if (!problems)
		return;
	if (problems->count > room)
		problems->count = room;
	for (unsigned i = 0; i < redaction->nplaces; i++)
		problem_add(problems, redaction->place[i].field, "redacted",
		    "e-mail addresses, telephone or vehicle numbers were "
		    "taken out: %u",
		    redaction->place[i].count);
	if (redaction->dropped)
		problem_add(problems, "extra", "dropped",
		    "\"%s\"%s is not kept: a report has no field for who "
		    "somebody is or how to reach them",
		    redaction->key,
		    redaction->dropped > 1 ? " and others" : "");
}
