/* json.c - see json.h. */
#include "daemon/feed/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/utf8.h"

/* What stands for a byte in a string: 0 itself, 1 look closer, else \x. */
static const char escapes[256] = {
	[0] = 1,
	[1] = 1,
	[2] = 1,
	[3] = 1,
	[4] = 1,
	[5] = 1,
	[6] = 1,
	[7] = 1,
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	[11] = 1,
	['\f'] = 'f',
	['\r'] = 'r',
	[14] = 1,
	[15] = 1,
	[16] = 1,
	[17] = 1,
	[18] = 1,
	[19] = 1,
	[20] = 1,
	[21] = 1,
	[22] = 1,
	[23] = 1,
	[24] = 1,
	[25] = 1,
	[26] = 1,
	[27] = 1,
	[28] = 1,
	[29] = 1,
	[30] = 1,
	[31] = 1,
	['"'] = '"',
	['\\'] = '\\',
	[127] = 1,
};

/* Append one byte or character that needs care; returns the bytes taken. */
static size_t
add_careful(struct buf *out, struct text rest)
{
	uint8_t byte = (uint8_t)rest.at[0];
	uint32_t code;
	size_t len;

	if (byte < 0x80) {
		if (escapes[byte] == 1)
			buf_printf(out, "\\u%04x", byte);
		else
			buf_printf(out, "\\%c", escapes[byte]);
		return 1;
	}
	len = utf8_next(rest, &code);
	if (len == 0) {
		buf_add_string(out, "\xef\xbf\xbd");
		return 1;
	}
	/* Valid either way; so that a file can be looked at in a terminal. */
	if (utf8_is_control(code))
		buf_printf(out, "\\u%04x", (unsigned)code);
	else
		buf_add(out, rest.at, len);
	return len;
}

/* How many bytes from the head of text go into a string as they are. */
static size_t
plain_bytes(struct text text)
{
	size_t len = 0;

	while (len < text.len && (uint8_t)text.at[len] < 0x80 &&
	    escapes[(uint8_t)text.at[len]] == 0)
		len++;
	return len;
}

void
json_text(struct buf *out, struct text text)
{
	/* One check for room serves the common case. */
	if (!buf_reserve(out, text.len + 2))
		return;
	buf_u8(out, '"');
	while (text.len > 0) {
		size_t len = plain_bytes(text);

		buf_add(out, text.at, len);
		text.at += len;
		text.len -= len;
		if (text.len == 0)
			break;
		len = add_careful(out, text);
		text.at += len;
		text.len -= len;
	}
	buf_u8(out, '"');
}

void
json_uint(struct buf *out, uint64_t number)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	buf_add(out, digits + at, sizeof(digits) - at);
}

void
json_real(struct buf *out, double real)
{
	char text[40];

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, real);
		if (!(fabs(strtod(text, NULL) - real) > 0))
			break;
	}
	buf_add_string(out, text);
}

static void
add_hex(struct buf *out, struct text bytes)
{
	static const char digits[] = "0123456789abcdef";

	buf_u8(out, '"');
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t byte = (uint8_t)bytes.at[i];

		buf_u8(out, (uint8_t)digits[byte >> 4]);
		buf_u8(out, (uint8_t)digits[byte & 15]);
	}
	buf_u8(out, '"');
}

static void
add_key(struct buf *out, const struct value *key)
{
	struct buf text = { 0 };

	if (key->kind == VALUE_STR) {
		json_text(out, key->as.text);
		return;
	}
	json_value(&text, key);
	json_text(out, buf_text(&text));
	buf_free(&text);
}

static void
add_list(struct buf *out, const struct value *list)
{
	struct value_walk walk = value_walk(list);
	struct value item;
	const char *between = "";

	buf_u8(out, '[');
	while (value_next(&walk, &item)) {
		buf_add_string(out, between);
		json_value(out, &item);
		between = ",";
	}
	buf_u8(out, ']');
}

static void
add_map(struct buf *out, const struct value *map)
{
	struct value_walk walk = value_walk(map);
	struct value key, item;
	const char *between = "";

	buf_u8(out, '{');
	while (value_next_pair(&walk, &key, &item)) {
		buf_add_string(out, between);
		add_key(out, &key);
		buf_u8(out, ':');
		json_value(out, &item);
		between = ",";
	}
	buf_u8(out, '}');
}

void
json_value(struct buf *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_BOOL:
		buf_add_string(out, value->as.yes ? "true" : "false");
		break;
	case VALUE_UINT:
		json_uint(out, value->as.uint);
		break;
	case VALUE_INT:
		buf_printf(out, "%lld", (long long)value->as.sint);
		break;
	case VALUE_FLOAT:
		if (isfinite(value->as.real))
			json_real(out, value->as.real);
		else
			buf_add_string(out, "null");
		break;
	case VALUE_STR:
		json_text(out, value->as.text);
		break;
	case VALUE_BIN:
		add_hex(out, value->as.text);
		break;
	case VALUE_LIST:
		add_list(out, value);
		break;
	case VALUE_MAP:
		add_map(out, value);
		break;
	case VALUE_NIL:
	case VALUE_EXT:
		buf_add_string(out, "null");
		break;
	}
}
