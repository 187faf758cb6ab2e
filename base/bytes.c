#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64, VARINT_MAX = 10 };

void
buf_free(struct buf *buf)
{
	if (!buf)
		return;
	free(buf->at);
	*buf = (struct buf){ 0 };
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

bool
buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed)
		return false;
	if (more <= buf->cap - buf->len)
		return true;
	if (more > SIZE_MAX / 2 - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t need = buf->len + more;
	size_t cap = buf->cap ? buf->cap : FIRST_CAP;
	while (cap < need)
		cap *= 2;
	uint8_t *at = realloc(buf->at, cap);
	if (!at) {
		buf->failed = true;
		return false;
	}
	buf->at = at;
	buf->cap = cap;
	return true;
}

void
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (len == 0 || !buf_reserve(buf, len))
		return;
	memcpy(buf->at + buf->len, bytes, len);
	buf->len += len;
}

void
buf_add_text(struct buf *buf, struct text text)
{
	buf_add(buf, text.at, text.len);
}

void
buf_add_string(struct buf *buf, const char *string)
{
	buf_add(buf, string, strlen(string));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->failed = true;
	} else if (buf_reserve(buf, (size_t)len + 1)) {
		char *at = (char *)buf->at + buf->len;
		vsnprintf(at, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void
buf_u8(struct buf *buf, uint8_t value)
{
	buf_add(buf, &value, sizeof(value));
}

/* The build refuses big-endian machines, so a copy is the encoding. */
void
buf_u16(struct buf *buf, uint16_t value)
{
	buf_add(buf, &value, sizeof(value));
}

void
buf_u32(struct buf *buf, uint32_t value)
{
	buf_add(buf, &value, sizeof(value));
}

void
buf_u64(struct buf *buf, uint64_t value)
{
	buf_add(buf, &value, sizeof(value));
}

void
buf_varint(struct buf *buf, uint64_t value)
{
	uint8_t bytes[VARINT_MAX];
	size_t len = 0;
	while (value >= 0x80) {
		bytes[len++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[len++] = (uint8_t)value;
	buf_add(buf, bytes, len);
}

void
buf_zigzag(struct buf *buf, int64_t value)
{
	uint64_t sign = value < 0 ? UINT64_MAX : 0;
	buf_varint(buf, ((uint64_t)value << 1) ^ sign);
}

void
buf_string(struct buf *buf, struct text text)
{
	buf_varint(buf, text.len);
	buf_add_text(buf, text);
}

struct text
buf_text(const struct buf *buf)
{
	return (struct text){ (const char *)buf->at, buf->len };
}

struct cut
cut_of(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	return (struct cut){ at, len ? at + len : at, false };
}

const uint8_t *
cut_bytes(struct cut *cut, size_t len)
{
	/* What is asked for may be empty, and so may what there is. */
	static const uint8_t nothing[1] = { 0 };
	if (cut->bad || len > (size_t)(cut->end - cut->at)) {
		cut->bad = true;
		return NULL;
	}
	if (len == 0)
		return cut->at ? cut->at : nothing;
	const uint8_t *at = cut->at;
	cut->at += len;
	return at;
}

/* Copy len bytes into a number; leaves it zero when there are fewer. */
static void
cut_fixed(struct cut *cut, void *out, size_t len)
{
	const uint8_t *at = cut_bytes(cut, len);
	if (at)
		memcpy(out, at, len);
}

uint8_t
cut_u8(struct cut *cut)
{
	uint8_t value = 0;
	cut_fixed(cut, &value, sizeof(value));
	return value;
}

uint16_t
cut_u16(struct cut *cut)
{
	uint16_t value = 0;
	cut_fixed(cut, &value, sizeof(value));
	return value;
}

uint32_t
cut_u32(struct cut *cut)
{
	uint32_t value = 0;
	cut_fixed(cut, &value, sizeof(value));
	return value;
}

uint64_t
cut_u64(struct cut *cut)
{
	uint64_t value = 0;
	cut_fixed(cut, &value, sizeof(value));
	return value;
}

/*
 * One number has one spelling: padding with empty groups is refused, so that
 * equal records are equal bytes.
 */
uint64_t
cut_varint(struct cut *cut)
{
	uint64_t value = 0;
	if (cut->bad)
		return 0;
	for (unsigned i = 0; i < VARINT_MAX; i++) {
		if (cut->at == cut->end)
			break;
		uint8_t byte = *cut->at++;
		if (i == VARINT_MAX - 1 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		if (byte == 0 && i > 0)
			break;
		return value;
	}
	cut->bad = true;
	return 0;
}

int64_t
cut_zigzag(struct cut *cut)
{
	uint64_t value = cut_varint(cut);
	uint64_t sign = value & 1 ? UINT64_MAX : 0;
	return (int64_t)((value >> 1) ^ sign);
}

struct text
cut_string(struct cut *cut)
{
	uint64_t len = cut_varint(cut);
	const uint8_t *at = cut_bytes(cut, len);
	if (!at)
		return (struct text){ 0 };
	return (struct text){ (const char *)at, len };
}

bool
cut_is_done(const struct cut *cut)
{
	return !cut->bad && cut->at == cut->end;
}
