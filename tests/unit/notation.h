/*
 * notation.h - MessagePack written as people would, for tests:
 *   nil true false 12 -3 1.5  'text' (\n \t \\ \' \xHH)  b'bytes'
 *   [a, b]  {'key': value}  <c7 01 05 00> (bytes as they are)
 */
#ifndef TOCSIN_TESTS_NOTATION_H
#define TOCSIN_TESTS_NOTATION_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"

static inline void notation_value(struct buf *out, const char **at);

static inline void
notation_blank(const char **at)
{
	while (**at == ' ' || **at == '\n' || **at == ',' || **at == ':')
		++*at;
}

static inline unsigned
notation_hex(const char *at)
{
	char digits[3] = { at[0], at[0] ? at[1] : '\0', '\0' };

	return (unsigned)strtoul(digits, NULL, 16);
}

static inline char
notation_escape(const char **at)
{
	char byte = *(*at)++;

	if (byte == 'n')
		return '\n';
	if (byte == 't')
		return '\t';
	if (byte != 'x')
		return byte;
	byte = (char)notation_hex(*at);
	*at += 2;
	return byte;
}

static inline void
notation_string(struct buf *out, const char **at, bool is_bin)
{
	struct buf text = { 0 };

	for (++*at; **at != '\'';) {
		char byte = *(*at)++;

		assert(byte);
		if (byte == '\\')
			byte = notation_escape(at);
		buf_u8(&text, (uint8_t)byte);
	}
	++*at;
	if (is_bin)
		pack_bin(out, buf_text(&text));
	else
		pack_text(out, buf_text(&text));
	buf_free(&text);
}

static inline void
notation_container(struct buf *out, const char **at, char end)
{
	struct buf inner = { 0 };
	uint32_t count = 0;

	++*at;
	for (notation_blank(at); **at != end; notation_blank(at)) {
		notation_value(&inner, at);
		count++;
	}
	++*at;
	if (end == '}')
		pack_map(out, count / 2);
	else
		pack_list(out, count);
	pack_raw(out, buf_text(&inner));
	buf_free(&inner);
}

static inline void
notation_raw(struct buf *out, const char **at)
{
	for (++*at; **at != '>';) {
		if (**at == ' ') {
			++*at;
			continue;
		}
		buf_u8(out, (uint8_t)notation_hex(*at));
		*at += 2;
	}
	++*at;
}

static inline void
notation_number(struct buf *out, const char **at)
{
	size_t len = strspn(*at, "+-.0123456789e");
	char *end;

	assert(len > 0);
	if (memchr(*at, '.', len) || memchr(*at, 'e', len))
		pack_real(out, strtod(*at, &end));
	else if (**at == '-')
		pack_int(out, strtoll(*at, &end, 10));
	else
		pack_uint(out, strtoull(*at, &end, 10));
	assert(end == *at + len);
	*at = end;
}

static inline bool
notation_word(const char **at, const char *word)
{
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

static inline void
notation_value(struct buf *out, const char **at)
{
	notation_blank(at);
	if (**at == '\'')
		notation_string(out, at, false);
	else if (notation_word(at, "b"))
		notation_string(out, at, true);
	else if (**at == '[')
		notation_container(out, at, ']');
	else if (**at == '{')
		notation_container(out, at, '}');
	else if (**at == '<')
		notation_raw(out, at);
	else if (notation_word(at, "nil"))
		pack_nil(out);
	else if (notation_word(at, "true"))
		pack_bool(out, true);
	else if (notation_word(at, "false"))
		pack_bool(out, false);
	else
		notation_number(out, at);
}

/* Append the encoding of everything written in notation. */
static inline void
notation(struct buf *out, const char *text)
{
	for (notation_blank(&text); *text; notation_blank(&text))
		notation_value(out, &text);
	assert(!out->failed);
}

#endif
