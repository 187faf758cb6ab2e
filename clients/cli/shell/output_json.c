/*
 * output_json.c - values to JSON and back, through jansson.
 */
#include "clients/cli/shell/output.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "clients/cli/shell/command.h"

enum { PARSE_DEPTH = 12 };

static json_t *json_of(const struct tocsin_value *value);

/* A text that is no UTF-8 is shown with '?' for each byte that is wrong. */
static json_t *
json_of_text(struct tocsin_text text)
{
	json_t *json = json_stringn(text.at ? text.at : "", text.len);
	char *clean;
	size_t len = 0;
	if (json)
		return json;
	clean = malloc(text.len + 1);
	for (size_t i = 0; clean && i < text.len;) {
		uint32_t code;
		size_t n = utf8_next((struct text){ text.at + i, text.len - i },
		    &code);
		memcpy(clean + len, n ? text.at + i : "?", n ? n : 1);
		len += n ? n : 1;
		i += n ? n : 1;
	}
	json = clean ? json_stringn(clean, len) : NULL;
	free(clean);
	return json;
}

static json_t *
json_of_bytes(struct tocsin_text bytes)
{
	char *hex = malloc(2 * bytes.len + 1);
	json_t *json;
	if (!hex)
		return NULL;
	digest_hex((const uint8_t *)bytes.at, bytes.len, hex);
	json = json_string(hex);
	free(hex);
	return json;
}

static json_t *
json_of_list(const struct tocsin_value *value)
{
	struct tocsin_walk walk = tocsin_walk_of(value);
	struct tocsin_value item;
	json_t *list = json_array();
	while (list && tocsin_walk_item(&walk, &item)) {
		if (json_array_append_new(list, json_of(&item))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
json_of_map(const struct tocsin_value *value)
{
	struct tocsin_walk walk = tocsin_walk_of(value);
	struct tocsin_value key, item;
	json_t *map = json_object();
	while (map && tocsin_walk_pair(&walk, &key, &item)) {
		json_t *name = json_of_text(tocsin_as_text(&key));
		int failed = !name ||
		    json_object_setn_new(map, json_string_value(name),
			json_string_length(name), json_of(&item));
		json_decref(name);
		if (failed) {
			json_decref(map);
			return NULL;
		}
	}
	return map;
}

static json_t *
json_of(const struct tocsin_value *value)
{
	double real;
	switch (value->kind) {
	case TOCSIN_BOOL:
		return json_boolean(tocsin_as_bool(value));
	case TOCSIN_INT:
		return json_integer(tocsin_as_int(value, 0));
	case TOCSIN_REAL:
		real = tocsin_as_real(value, 0);
		return isfinite(real) ? json_real(real) : json_null();
	case TOCSIN_TEXT:
		return json_of_text(tocsin_as_text(value));
	case TOCSIN_BIN:
		return json_of_bytes(tocsin_as_text(value));
	case TOCSIN_LIST:
		return json_of_list(value);
	case TOCSIN_MAP:
		return json_of_map(value);
	case TOCSIN_NIL:
	case TOCSIN_OTHER:
	default:
		return json_null();
	}
}

/* Write JSON, with what could steer a terminal escaped (jansson leaves C1
 * and bidi marks as they are). */
static void
write_escaped(FILE *to, const char *json)
{
	struct text rest = text_of(json);
	while (rest.len) {
		uint32_t code;
		size_t len = utf8_next(rest, &code);
		if (len && code >= 0x20 && utf8_is_control(code))
			fprintf(to, "\\u%04x", (unsigned)code);
		else
			fwrite(rest.at, 1, len ? len : 1, to);
		rest.at += len ? len : 1;
		rest.len -= len ? len : 1;
	}
	fputc('\n', to);
}

static int
write_json(FILE *to, const struct tocsin_value *value, size_t flags)
{
	json_t *json = json_of(value);
	char *text = json ? json_dumps(json, flags | JSON_ENCODE_ANY) : NULL;
	json_decref(json);
	if (!text)
		return -1;
	write_escaped(to, text);
	free(text);
	return ferror(to) ? -1 : 0;
}

int
output_json_line(FILE *to, const struct tocsin_value *value)
{
	return write_json(to, value, JSON_COMPACT | JSON_REAL_PRECISION(12));
}

int
output_json(struct output *output, const struct tocsin_value *value)
{
	int failed = output->format == OUTPUT_JSON
	    ? write_json(output->data, value,
		  JSON_INDENT(2) | JSON_REAL_PRECISION(12))
	    : output_json_line(output->data, value);
	if (failed && !ferror(output->data)) {
		output_message(output, "out of memory");
		return EXIT_LOCAL;
	}
	return output_flush(output);
}

/* --- reading ------------------------------------------------------------- */

static int write_value(struct tocsin_writer *writer, const char *key,
    json_t *json, unsigned depth);

static int
write_members(struct tocsin_writer *writer, json_t *map, unsigned depth)
{
	const char *key;
	json_t *item;
	json_object_foreach(map, key, item)
	{
		if (write_value(writer, key, item, depth))
			return -1;
	}
	return 0;
}

static int
write_items(struct tocsin_writer *writer, json_t *list, unsigned depth)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
	{
		if (write_value(writer, NULL, item, depth))
			return -1;
	}
	return 0;
}

/* 0, or -1 when it is nested too deep. */
static int
write_value(struct tocsin_writer *writer, const char *key, json_t *json,
    unsigned depth)
{
	int failed;
	if (depth > PARSE_DEPTH)
		return -1;
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		tocsin_put_map(writer, key);
		failed = write_members(writer, json, depth + 1);
		tocsin_put_end(writer);
		return failed;
	case JSON_ARRAY:
		tocsin_put_list(writer, key);
		failed = write_items(writer, json, depth + 1);
		tocsin_put_end(writer);
		return failed;
	case JSON_STRING:
		tocsin_put_text(writer, key,
		    (struct tocsin_text){ json_string_value(json),
			json_string_length(json) });
		return 0;
	case JSON_INTEGER:
		tocsin_put_int(writer, key, json_integer_value(json));
		return 0;
	case JSON_REAL:
		tocsin_put_real(writer, key, json_real_value(json));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		tocsin_put_bool(writer, key, json_is_true(json));
		return 0;
	case JSON_NULL:
	default:
		tocsin_put_nil(writer, key);
		return 0;
	}
}

int
output_parse_json(struct tocsin_writer *writer, const char *key,
    struct tocsin_text json, char why[160])
{
	json_error_t error;
	json_t *root = json_loadb(json.at ? json.at : "", json.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	int failed;
	if (!root) {
		snprintf(why, 160, "line %d, column %d: %.100s", error.line,
		    error.column, error.text);
		return -1;
	}
	failed = write_value(writer, key, root, 1);
	json_decref(root);
	if (failed)
		snprintf(why, 160, "nested deeper than %d levels", PARSE_DEPTH);
	return failed;
}
