/* codec_call.c - a call's arguments into its struct, by descriptor. */
#include "proto/codec.h"

#include <inttypes.h>

#include "base/nearest.h"

static int
refuse_arg(struct refusal *why, const struct message_arg *arg, const char *rule)
{
	return refuse(why, ERROR_INVALID, arg->name, "%s", rule);
}

static int
check_size(const struct message_arg *arg, uint64_t size, const char *unit,
    struct refusal *why)
{
	if (size >= arg->min && size <= arg->max)
		return 0;
	return refuse(why, ERROR_INVALID, arg->name,
	    "use %" PRIu64 " to %" PRIu64 "%s", arg->min, arg->max, unit);
}

static int
store_text(const struct message_arg *arg, const struct value *value, void *slot,
    struct refusal *why)
{
	struct text text = value->as.text;

	if (value->kind != VALUE_STR || !utf8_is_valid(text))
		return refuse_arg(why, arg, "use a string of UTF-8");
	if (memchr(text.at, '\0', text.len))
		return refuse_arg(why, arg, "NUL is not allowed");
	memcpy(slot, &text, sizeof(text));
	return check_size(arg, text.len, " bytes", why);
}

static int
store_container(const struct message_arg *arg, const struct value *value,
    void *slot, struct refusal *why)
{
	uint32_t items = value->kind == VALUE_LIST ? value->count : 1;

	if (arg->kind == FIELD_MAP && value->kind != VALUE_MAP)
		return refuse_arg(why, arg, "use a map");
	if (arg->kind == FIELD_MAP)
		items = value->count;
	memcpy(slot, value, sizeof(*value));
	return check_size(arg, items, " items", why);
}

/* value is not absent. */
static int
store_arg(const struct message_arg *arg, const struct value *value, void *slot,
    struct refusal *why)
{
	if (value->kind == VALUE_EXT)
		return refuse_arg(why, arg, "extension types are not used");
	switch (arg->kind) {
	case FIELD_TEXT:
		return store_text(arg, value, slot, why);
	case FIELD_UINT:
		if (value->kind != VALUE_UINT)
			return refuse_arg(why, arg, "use a whole number");
		memcpy(slot, &value->as.uint, sizeof(value->as.uint));
		return check_size(arg, value->as.uint, "", why);
	case FIELD_BOOL:
		if (value->kind != VALUE_BOOL)
			return refuse_arg(why, arg, "use true or false");
		memcpy(slot, &value->as.yes, sizeof(value->as.yes));
		return 0;
	case FIELD_MAP:
	case FIELD_LIST:
		return store_container(arg, value, slot, why);
	case FIELD_ANY:
		memcpy(slot, value, sizeof(*value));
		return 0;
	}
	return refuse_arg(why, arg, "unknown kind");
}

static void *
slot_of(void *message, const struct message_arg *arg)
{
	return (char *)message + arg->offset;
}

static const struct message_arg *
find_arg(const struct message *row, struct text name)
{
	for (const struct message_arg *arg = row->args; arg->name; arg++)
		if (arg->name_len == name.len && arg->need != NEED_WHOLE &&
		    memcmp(arg->name, name.at, name.len) == 0)
			return arg;
	return NULL;
}

static int
refuse_unknown(const struct message *row, struct text name, struct refusal *why)
{
	const char *words[MESSAGE_ARGS_MAX];
	const char *near;
	size_t count = 0;

	for (const struct message_arg *arg = row->args; arg->name; arg++)
		if (arg->need != NEED_WHOLE)
			words[count++] = arg->name;
	if (name.len > 60)
		name.len = 60;
	near = nearest_word(name, words, count);
	if (near)
		return refuse(why, ERROR_INVALID, NULL,
		    "unknown argument \"%.*s\"; did you mean \"%s\"?",
		    TEXT_ARG(name), near);
	return refuse(why, ERROR_INVALID, NULL, "unknown argument \"%.*s\"",
	    TEXT_ARG(name));
}

static int
read_pairs(const struct message *row, const struct value *map, void *message,
    struct refusal *why)
{
	struct value_walk walk = value_walk(map);
	uint32_t seen = 0;
	uint32_t present = 0;
	struct value key;
	struct value item;

	while (value_next_pair(&walk, &key, &item)) {
		const struct message_arg *arg;
		uint32_t bit;

		if (key.kind != VALUE_STR)
			return refuse(why, ERROR_INVALID, NULL,
			    "the keys of arguments are strings");
		arg = find_arg(row, key.as.text);
		if (!arg)
			return refuse_unknown(row, key.as.text, why);
		bit = 1u << (arg - row->args);
		if (seen & bit)
			return refuse_arg(why, arg, "given twice");
		seen |= bit;
		if (value_is_absent(&item))
			continue;
		present |= bit;
		if (store_arg(arg, &item, slot_of(message, arg), why))
			return ERROR_INVALID;
	}
	memcpy(message, &present, sizeof(present));
	return 0;
}

/* The first parameter of a TWO_MAPS message, kept as it is. */
static int
read_whole(const struct message *row, const struct value *first, void *message,
    struct refusal *why)
{
	const struct message_arg *arg = row->args;

	while (arg->need != NEED_WHOLE)
		arg++;
	if (value_is_absent(first))
		return refuse_arg(why, arg, "is required");
	return store_arg(arg, first, slot_of(message, arg), why);
}

/* Nothing may be missing; what may takes its fallback. */
static int
fill_missing(const struct message *row, void *message, struct refusal *why)
{
	uint32_t present;

	memcpy(&present, message, sizeof(present));
	for (const struct message_arg *arg = row->args; arg->name; arg++) {
		uint32_t bit = 1u << (arg - row->args);

		if (arg->need == NEED_WHOLE)
			present |= bit;
		if (present & bit)
			continue;
		if (arg->need == NEED_REQUIRED)
			return refuse_arg(why, arg, "is required");
		if (arg->kind == FIELD_UINT)
			memcpy(slot_of(message, arg), &arg->fallback,
			    sizeof(arg->fallback));
	}
	memcpy(message, &present, sizeof(present));
	return 0;
}

int
codec_read_call(enum message_id id, const struct value *params, void *message,
    struct refusal *why)
{
	const struct message *row = message_row(id);
	struct value_walk walk = value_walk(params);
	struct value part = { 0 };
	uint32_t most = row->flags & TWO_MAPS ? 2 : 1;

	memset(message, 0, row->size);
	if (params->kind != VALUE_LIST && params->kind != VALUE_NIL)
		return refuse(why, ERROR_INVALID, NULL,
		    "parameters are a list");
	if (params->count > most)
		return refuse(why, ERROR_INVALID, NULL,
		    most == 1 ? "one map holds all arguments"
			      : "a report and one map of options are all");
	if (row->flags & TWO_MAPS) {
		(void)value_next(&walk, &part);
		if (read_whole(row, &part, message, why))
			return ERROR_INVALID;
	}
	(void)value_next(&walk, &part);
	if (!value_is_absent(&part) && part.kind != VALUE_MAP)
		return refuse(why, ERROR_INVALID, NULL,
		    "the arguments are a map");
	if (read_pairs(row, &part, message, why))
		return ERROR_INVALID;
	return fill_missing(row, message, why);
}
