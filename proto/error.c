/* error.c - errors.def as tables; refusals to and from their wire form. */
#include "proto/error.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/utf8.h"

enum error_class { REFUSED, LATER, BROKEN };

struct error_row {
	const char *name;
	enum error_class class;
	const char *meaning;
};

/* clang-format off */
static const struct error_row errors[ERROR_COUNT] = {
	[ERROR_NONE] = { "", REFUSED, "" },
#define ERROR(name, text, class, meaning) \
	[ERROR_##name] = { text, class, meaning },
#include "proto/errors.def"
#undef ERROR
};
/* clang-format on */

static const char retry_mark[] = "; retry_after_ms=";

const char *
error_name(enum error_code code)
{
	assert(code < ERROR_COUNT);
	return errors[code].name;
}

enum error_code
error_of_name(struct text name)
{
	for (unsigned code = 1; code < ERROR_COUNT; code++)
		if (text_is(name, errors[code].name))
			return (enum error_code)code;
	return ERROR_INTERNAL;
}

const char *
error_meaning(enum error_code code)
{
	assert(code < ERROR_COUNT);
	return errors[code].meaning;
}

static struct text
skip(struct text text, size_t len)
{
	return (struct text){ text.at + len, text.len - len };
}

/*
 * What a peer wrote may be quoted in a refusal, which goes to logs and
 * terminals and must be valid UTF-8 even when it was cut.
 */
static void
make_printable(char *text)
{
	struct text left = { text, strlen(text) };
	char *to = text;

	while (left.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_next(left, &code);

		if (len == 0 || utf8_is_control(code)) {
			*to++ = '?';
		} else {
			memmove(to, left.at, len);
			to += len;
		}
		left = skip(left, len ? len : 1);
	}
	*to = '\0';
}

/* A cut inside a character would leave a '?' behind: drop it instead. */
static void
trim_cut(char *text)
{
	size_t len = strlen(text);

	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char byte = (unsigned char)text[len - back];
		uint32_t code;

		if ((byte & 0xc0) == 0x80)
			continue;
		if (byte >= 0xc0 &&
		    utf8_next((struct text){ text + len - back, back },
			&code) == 0)
			text[len - back] = '\0';
		return;
	}
}

void
format_printable(char *out, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(out, size, format, args);

	if (len < 0)
		out[0] = '\0';
	else if ((size_t)len >= size)
		trim_cut(out);
	make_printable(out);
}

static void
set_field(struct refusal *why, const char *field)
{
	snprintf(why->field, sizeof(why->field), "%s", field ? field : "");
	if (field && strlen(field) >= sizeof(why->field))
		trim_cut(why->field);
	make_printable(why->field);
}

int
refuse(struct refusal *why, enum error_code code, const char *field,
    const char *format, ...)
{
	va_list args;

	why->code = code;
	why->retry_after_ms = 0;
	set_field(why, field);
	va_start(args, format);
	format_printable(why->text, sizeof(why->text), format, args);
	va_end(args);
	return (int)code;
}

int
refuse_for_now(struct refusal *why, enum error_code code,
    int64_t retry_after_ms, const char *format, ...)
{
	va_list args;

	why->code = code;
	why->retry_after_ms = retry_after_ms;
	set_field(why, NULL);
	va_start(args, format);
	format_printable(why->text, sizeof(why->text), format, args);
	va_end(args);
	return (int)code;
}

size_t
refusal_format(const struct refusal *why, char out[REFUSAL_TEXT_MAX])
{
	int len =
	    snprintf(out, REFUSAL_TEXT_MAX, "%s: %s%s%s", error_name(why->code),
		why->field, why->field[0] ? ": " : "", why->text);

	assert(len > 0 && len < REFUSAL_TEXT_MAX);
	if (why->retry_after_ms > 0)
		len += snprintf(out + len, (size_t)(REFUSAL_TEXT_MAX - len),
		    "%s%" PRId64, retry_mark, why->retry_after_ms);
	assert(len < REFUSAL_TEXT_MAX);
	return (size_t)len;
}

static bool
is_path_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= '0' && byte <= '9') || (byte && strchr("._-[]", byte));
}

/* Bytes of a field's path that begins text, or 0 when none does. */
static size_t
path_len(struct text text)
{
	size_t len = 0;

	while (len < text.len && is_path_byte(text.at[len]))
		len++;
	if (len + 1 < text.len && text.at[len] == ':' &&
	    text.at[len + 1] == ' ')
		return len;
	return 0;
}

/* Take "; retry_after_ms=N" off the end of text. */
static int64_t
take_retry(struct text *text)
{
	size_t mark_len = sizeof(retry_mark) - 1;
	size_t end = text->len;
	int64_t value = 0;
	int64_t unit = 1;

	while (
	    end > 0 && text->at[end - 1] >= '0' && text->at[end - 1] <= '9') {
		if (text->len - end >= 15)
			return 0;
		value += unit * (text->at[--end] - '0');
		unit *= 10;
	}
	if (end == text->len || end < mark_len ||
	    memcmp(text->at + end - mark_len, retry_mark, mark_len) != 0)
		return 0;
	text->len = end - mark_len;
	return value;
}

void
refusal_parse(struct text wire, struct refusal *why)
{
	const char *colon = wire.len ? memchr(wire.at, ':', wire.len) : NULL;
	size_t len = colon ? (size_t)(colon - wire.at) : wire.len;
	struct text rest = skip(wire, colon ? len + 1 : len);
	size_t path;

	*why = (struct refusal){ 0 };
	why->code = error_of_name((struct text){ wire.at, len });
	if (rest.len && rest.at[0] == ' ')
		rest = skip(rest, 1);
	why->retry_after_ms = take_retry(&rest);
	path = path_len(rest);
	if (path >= sizeof(why->field))
		path = 0;
	if (path) {
		memcpy(why->field, rest.at, path);
		rest = skip(rest, path + 2);
	}
	snprintf(why->text, sizeof(why->text), "%.*s", TEXT_ARG(rest));
	if (rest.len >= sizeof(why->text))
		trim_cut(why->text);
	make_printable(why->text);
}

void
error_describe(FILE *out)
{
	static const char *const class_name[] = {
		[REFUSED] = "change something first",
		[LATER] = "again later, if `retry_after_ms` is given",
		[BROKEN] = "the connection or the server is at fault",
	};

	fputs("| code | what to do | meaning |\n|---|---|---|\n", out);
	for (unsigned code = 1; code < ERROR_COUNT; code++)
		fprintf(out, "| `%s` | %s | %s |\n", errors[code].name,
		    class_name[errors[code].class], errors[code].meaning);
}
