#include "base/yaml_error.h"

#include <stdio.h>

#include "base/utf8.h"

enum { MOST_SHOWN = 100, WIDEST_LINE = 160 };

/* The length of the line break at the head of text, 0 when there is none. */
static size_t
break_len(struct text text)
{
	uint32_t code;
	if (text.len == 0)
		return 0;
	if (text.at[0] == '\r')
		return text.len > 1 && text.at[1] == '\n' ? 2 : 1;
	if (text.at[0] == '\n')
		return 1;
	size_t len = utf8_next(text, &code);
	return code == 0x85 || code == 0x2028 || code == 0x2029 ? len : 0;
}

/* Drop the first len bytes. */
static struct text
rest(struct text text, size_t len)
{
	return (struct text){ text.at + len, text.len - len };
}

/* The length of the character at the head; invalid bytes count as one. */
static size_t
char_len(struct text text, uint32_t *code)
{
	size_t len = utf8_next(text, code);
	if (len > 0)
		return len;
	*code = 0;
	return 1;
}

struct yaml_place
yaml_place_of(struct text text, size_t offset)
{
	struct yaml_place place = { 1, 1 };
	uint32_t code;
	struct text left = { text.at, offset < text.len ? offset : text.len };
	while (left.len > 0) {
		size_t len = break_len(left);
		if (len > 0) {
			place.line++;
			place.column = 1;
		} else {
			len = char_len(left, &code);
			place.column++;
		}
		left = rest(left, len);
	}
	return place;
}

struct text
yaml_line(struct text text, uint32_t line)
{
	uint32_t code;
	const char *start = text.at;
	uint32_t number = 1;
	while (text.len > 0) {
		size_t len = break_len(text);
		if (len > 0 && number == line)
			break;
		if (len > 0) {
			number++;
			start = text.at + len;
		} else {
			len = char_len(text, &code);
		}
		text = rest(text, len);
	}
	if (number != line || !start)
		return (struct text){ 0 };
	return (struct text){ start, (size_t)(text.at - start) };
}

/* Add text with everything that could upset a terminal as '?'. */
static void
add_shown(struct buf *buf, struct text text, bool keep_tabs)
{
	uint32_t code;
	while (text.len > 0) {
		size_t len = char_len(text, &code);
		if (code == '\t' && keep_tabs)
			buf_u8(buf, '\t');
		else if (utf8_is_control(code))
			buf_u8(buf, '?');
		else
			buf_add(buf, text.at, len);
		text = rest(text, len);
	}
}

/* The source line and a caret below the column; nothing for a long line. */
static void
add_excerpt(struct buf *buf, struct yaml_source source, struct yaml_place place)
{
	uint32_t code;
	struct text line = yaml_line(source.text, place.line);
	if (line.len == 0 || line.len > WIDEST_LINE)
		return;
	buf_add_string(buf, "  ");
	add_shown(buf, line, true);
	buf_add_string(buf, "\n  ");
	for (uint32_t i = 1; i < place.column && line.len > 0; i++) {
		size_t len = char_len(line, &code);
		buf_u8(buf, code == '\t' ? '\t' : ' ');
		line = rest(line, len);
	}
	buf_add_string(buf, "^\n");
}

void
yaml_error_add(struct yaml_errors *errors, struct yaml_source source,
    struct yaml_place place, const char *format, va_list args)
{
	struct buf *buf = &errors->text;
	char message[512];
	errors->count++;
	if (errors->count > MOST_SHOWN)
		return;
	vsnprintf(message, sizeof(message), format, args);
	add_shown(buf, text_of(source.name), false);
	if (place.line > 0)
		buf_printf(buf, ":%u:%u", place.line, place.column);
	buf_add_string(buf, ": ");
	add_shown(buf, text_of(message), false);
	buf_u8(buf, '\n');
	if (place.line > 0)
		add_excerpt(buf, source, place);
	if (errors->count == MOST_SHOWN)
		buf_add_string(buf, "further errors are not shown\n");
}

__attribute__((format(printf, 3, 4))) static void
add_formatted(struct yaml_errors *errors, struct yaml_source source,
    const char *format, ...)
{
	va_list args;
	va_start(args, format);
	yaml_error_add(errors, source, (struct yaml_place){ 0 }, format, args);
	va_end(args);
}

void
yaml_error_plain(struct yaml_errors *errors, const char *name,
    const char *message)
{
	struct yaml_source source = { .name = name };
	add_formatted(errors, source, "%s", message);
}

void
yaml_errors_free(struct yaml_errors *errors)
{
	if (!errors)
		return;
	buf_free(&errors->text);
	errors->count = 0;
}

static const struct {
	const char *problem;
	const char *friendly;
	bool at_context;
} explanations[] = {
	{ "could not find expected ':'",
	    "\"key: value\" is expected; the ':' "
	    "is missing",
	    true },
	{ "mapping values are not allowed in this context",
	    "a ':' is not expected here: is the line indented too far, or does "
	    "the value need quotes?",
	    false },
	{ "did not find expected key",
	    "a key is expected here, indented like the keys above it", false },
	{ "did not find expected '-' indicator",
	    "a list item \"- value\" is expected here, indented like the items "
	    "above it",
	    false },
	{ "did not find expected ',' or ']'",
	    "the list is not closed: ',' or ']' is expected", false },
	{ "did not find expected ',' or '}'",
	    "the map is not closed: ',' or '}' is expected", false },
	{ "found unexpected end of stream",
	    "the quote opened here is never "
	    "closed",
	    true },
	{ "found unexpected document indicator",
	    "the quote opened here is never closed", true },
	{ "did not find expected <document start>",
	    "something follows the end of the document", false },
	{ "block sequence entries are not allowed in this context",
	    "a list item cannot begin here; put it on a line of its own",
	    false },
	{ "found unknown escape character",
	    "unknown escape: write \\\\ for a backslash, or use single quotes",
	    false },
	{ "did not find expected hexdecimal number",
	    "the escape needs more hexadecimal digits", false },
	{ "found invalid Unicode character escape code",
	    "the escape names no Unicode character", false },
	{ "found a tab character that violates indentation",
	    "a tab cannot indent; use spaces", false },
	{ "found a tab character where an indentation space is expected",
	    "a tab cannot indent; use spaces", false },
	{ "did not find expected node content", "a value is expected here",
	    false },
	{ "did not find expected alphabetic or numeric character",
	    "a value cannot begin with '*' or '&'; put it in quotes", true },
	{ "found undefined tag handle", "tags (!name) are not allowed", false },
};

const char *
yaml_explain(const char *problem, char found, bool *at_context)
{
	*at_context = false;
	if (!problem)
		return "it cannot be read as YAML";
	if (!strcmp(problem, "found character that cannot start any token")) {
		if (found == '\t')
			return "a tab cannot indent; use spaces";
		return "a value cannot begin with this character; put it in "
		       "quotes";
	}
	for (size_t i = 0; i < sizeof(explanations) / sizeof(*explanations);
	     i++) {
		if (strcmp(explanations[i].problem, problem) != 0)
			continue;
		*at_context = explanations[i].at_context;
		return explanations[i].friendly;
	}
	return problem;
}
