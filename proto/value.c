/* value.c - reading MessagePack in place. */
#include "proto/value.h"

#include "base/utf8.h"
#include "proto/lead.h"

static const struct value nil;

/* Bytes of the header, 0 when it does not fit or the byte is never used. */
static size_t
header_len(const uint8_t *at, const uint8_t *end)
{
	size_t len;

	if (at >= end || lead_row[*at].shape == LEAD_NEVER)
		return 0;
	len = 1 + (size_t)lead_row[*at].width;
	return len <= (size_t)(end - at) ? len : 0;
}

/*
 * The first byte behind count values, or NULL when they are not whole.  No
 * stack is needed: a container only adds to what is due.
 */
static const uint8_t *
pass_over(const uint8_t *at, const uint8_t *end, uint64_t due)
{
	while (due > 0) {
		const struct lead_row *row;
		size_t header;
		uint64_t size;

		if (at < end && lead_row[*at].step > 0 &&
		    lead_row[*at].step <= end - at) {
			at += lead_row[*at].step;
			due--;
			continue;
		}
		header = header_len(at, end);
		if (header == 0)
			return NULL;
		row = &lead_row[*at];
		size = (uint64_t)row->base + lead_size(at + 1, row->width);
		at += header;
		due--;
		if (row->shape == LEAD_LIST)
			due += size;
		else if (row->shape == LEAD_MAP)
			due += 2 * size;
		else if (size <= (uint64_t)(end - at))
			at += size;
		else
			return NULL;
		if (due > (uint64_t)(end - at))
			return NULL;
	}
	return at;
}

static uint64_t
big_endian(const uint8_t *at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[i];
	return value;
}

static void
set_int(struct value *value, int64_t number)
{
	value->kind = number < 0 ? VALUE_INT : VALUE_UINT;
	if (number < 0)
		value->as.sint = number;
	else
		value->as.uint = (uint64_t)number;
}

static void
set_real(struct value *value, double real)
{
	const double limit = 9007199254740992.0; /* 2^53 */

	if (real > -limit && real < limit && (double)(int64_t)real == real) {
		set_int(value, (int64_t)real);
		return;
	}
	value->kind = VALUE_FLOAT;
	value->as.real = real;
}

static void
set_float(struct value *value, const uint8_t *at, size_t width)
{
	uint64_t bits = big_endian(at, width);
	uint32_t bits32 = (uint32_t)bits;
	double real;
	float single;

	if (width == 4) {
		memcpy(&single, &bits32, sizeof(single));
		real = (double)single;
	} else {
		memcpy(&real, &bits, sizeof(real));
	}
	set_real(value, real);
}

/* A leaf whose payload of size bytes begins at at. */
static void
set_leaf(struct value *value, uint8_t lead, const uint8_t *at, size_t size)
{
	value->as.text = (struct text){ (const char *)at, size };
	if (lead >= 0xe0) {
		set_int(value, (int8_t)lead);
	} else if (lead < 0x80) {
		value->kind = VALUE_UINT;
		value->as.uint = lead;
	} else if (lead < 0xc0 || (lead >= 0xd9 && lead <= 0xdb)) {
		value->kind = VALUE_STR;
	} else if (lead == 0xc0) {
		value->kind = VALUE_NIL;
	} else if (lead <= 0xc3) {
		value->kind = VALUE_BOOL;
		value->as.yes = lead == 0xc3;
	} else if (lead <= 0xc6) {
		value->kind =
		    utf8_is_valid(value->as.text) ? VALUE_STR : VALUE_BIN;
	} else if (lead == 0xca || lead == 0xcb) {
		set_float(value, at, size);
	} else if (lead >= 0xcc && lead <= 0xcf) {
		value->kind = VALUE_UINT;
		value->as.uint = big_endian(at, size);
	} else if (lead >= 0xd0 && lead <= 0xd3) {
		unsigned shift = 64 - 8 * (unsigned)size;

		set_int(value,
		    (int64_t)(big_endian(at, size) << shift) >> shift);
	} else {
		value->kind = VALUE_EXT;
	}
}

/* The span of a container whose items begin at inner; false when not whole. */
static bool
set_container(struct value *value, enum lead_shape shape, const uint8_t *inner,
    const uint8_t *end)
{
	uint64_t items = value->count;
	const uint8_t *after =
	    pass_over(inner, end, shape == LEAD_MAP ? 2 * items : items);

	if (!after)
		return false;
	value->kind = shape == LEAD_MAP ? VALUE_MAP : VALUE_LIST;
	value->span.len = (size_t)(after - (const uint8_t *)value->span.at);
	return true;
}

/* Inlined where values are read one after the other. */
static inline bool
read_value(const uint8_t *at, const uint8_t *end, struct value *value)
{
	size_t header = header_len(at, end);
	const struct lead_row *row;
	const uint8_t *inner;
	uint64_t size;

	/* Short strings are most of every map. */
	if (at < end && (*at & 0xe0) == 0xa0 && (*at & 0x1f) < end - at) {
		size = *at & 0x1f;
		value->kind = VALUE_STR;
		value->count = 0;
		value->inner = at + 1;
		value->as.text = (struct text){ (const char *)at + 1, size };
		value->span = (struct text){ (const char *)at, size + 1 };
		return true;
	}
	if (header == 0) {
		*value = nil;
		return false;
	}
	row = &lead_row[*at];
	inner = at + header;
	size = (uint64_t)row->base + lead_size(at + 1, row->width);
	value->inner = inner;
	value->span.at = (const char *)at;
	if (row->shape == LEAD_LEAF && size <= (uint64_t)(end - inner)) {
		value->count = 0;
		value->span.len = header + (size_t)size;
		set_leaf(value, *at, inner, (size_t)size);
		return true;
	}
	value->count = (uint32_t)size;
	if (row->shape != LEAD_LEAF &&
	    set_container(value, (enum lead_shape)row->shape, inner, end))
		return true;
	*value = nil;
	return false;
}

bool
value_read(const uint8_t *at, const uint8_t *end, struct value *value)
{
	return read_value(at, end, value);
}

bool
value_of(struct text bytes, struct value *value)
{
	const uint8_t *at = (const uint8_t *)bytes.at;

	if (bytes.len == 0) {
		*value = nil;
		return false;
	}
	return value_read(at, at + bytes.len, value) &&
	    value->span.len == bytes.len;
}

struct value_walk
value_walk(const struct value *container)
{
	struct value_walk walk = { NULL, NULL, 0 };

	if (container->kind != VALUE_LIST && container->kind != VALUE_MAP)
		return walk;
	walk.at = container->inner;
	walk.end = (const uint8_t *)container->span.at + container->span.len;
	walk.left = container->count;
	return walk;
}

static inline bool
next_value(struct value_walk *walk, struct value *item)
{
	if (!read_value(walk->at, walk->end, item)) {
		walk->left = 0;
		return false;
	}
	walk->at += item->span.len;
	return true;
}

bool
value_next(struct value_walk *walk, struct value *item)
{
	if (walk->left == 0 || !next_value(walk, item)) {
		*item = nil;
		return false;
	}
	walk->left--;
	return true;
}

bool
value_next_pair(struct value_walk *walk, struct value *key, struct value *item)
{
	if (walk->left == 0 || !next_value(walk, key) ||
	    !next_value(walk, item)) {
		*key = nil;
		*item = nil;
		return false;
	}
	walk->left--;
	return true;
}

bool
value_find(const struct value *map, const char *key, struct value *value)
{
	struct value_walk walk = { NULL, NULL, 0 };
	struct text wanted = text_of(key);
	struct value name;

	if (map->kind == VALUE_MAP)
		walk = value_walk(map);
	while (walk.left > 0 && value_read(walk.at, walk.end, &name)) {
		walk.at += name.span.len;
		if (name.kind == VALUE_STR && text_equal(name.as.text, wanted))
			return value_read(walk.at, walk.end, value);
		walk.at = pass_over(walk.at, walk.end, 1);
		if (!walk.at)
			break;
		walk.left--;
	}
	*value = nil;
	return false;
}

bool
value_is_absent(const struct value *value)
{
	switch (value->kind) {
	case VALUE_NIL:
		return true;
	case VALUE_STR:
	case VALUE_BIN:
		return value->as.text.len == 0;
	case VALUE_LIST:
	case VALUE_MAP:
		return value->count == 0;
	case VALUE_BOOL:
	case VALUE_UINT:
	case VALUE_INT:
	case VALUE_FLOAT:
	case VALUE_EXT:
		break;
	}
	return false;
}

struct text
value_text(const struct value *value)
{
	if (value->kind == VALUE_STR || value->kind == VALUE_BIN)
		return value->as.text;
	return (struct text){ NULL, 0 };
}

bool
value_int(const struct value *value, int64_t *out)
{
	if (value->kind == VALUE_INT) {
		*out = value->as.sint;
		return true;
	}
	if (value->kind == VALUE_UINT && value->as.uint <= INT64_MAX) {
		*out = (int64_t)value->as.uint;
		return true;
	}
	return false;
}

int64_t
value_find_int(const struct value *map, const char *key, int64_t fallback)
{
	struct value value;

	if (value_find(map, key, &value))
		(void)value_int(&value, &fallback);
	return fallback;
}

struct text
value_find_text(const struct value *map, const char *key)
{
	struct value value;

	(void)value_find(map, key, &value);
	return value_text(&value);
}

bool
value_find_bool(const struct value *map, const char *key)
{
	struct value value;

	return value_find(map, key, &value) && value.kind == VALUE_BOOL &&
	    value.as.yes;
}

bool
utf8_is_valid(struct text text)
{
	while (text.len > 0) {
		uint64_t eight;
		uint32_t code;
		size_t len = 1;

		if (text.len >= sizeof(eight)) {
			memcpy(&eight, text.at, sizeof(eight));
			if (!(eight & 0x8080808080808080u))
				len = sizeof(eight);
		}
		if (len == 1)
			len = utf8_next(text, &code);
		if (len == 0)
			return false;
		text.at += len;
		text.len -= len;
	}
	return true;
}
