#include "clients/libtocsin/value.h"

#include <time.h>

#include "base/digest.h"
#include "base/text.h"
#include "proto/value.h"

static const enum tocsin_kind kind_of[] = {
	[VALUE_NIL] = TOCSIN_NIL,
	[VALUE_BOOL] = TOCSIN_BOOL,
	[VALUE_UINT] = TOCSIN_INT,
	[VALUE_INT] = TOCSIN_INT,
	[VALUE_FLOAT] = TOCSIN_REAL,
	[VALUE_STR] = TOCSIN_TEXT,
	[VALUE_BIN] = TOCSIN_BIN,
	[VALUE_LIST] = TOCSIN_LIST,
	[VALUE_MAP] = TOCSIN_MAP,
	[VALUE_EXT] = TOCSIN_OTHER,
};

static const char nil_byte = '\xc0';

static struct tocsin_value
outside(const struct value *value)
{
	return (struct tocsin_value){
		.kind = kind_of[value->kind],
		.count = value->count,
		.encoded = { value->span.at, value->span.len },
	};
}

static struct tocsin_value
nil_value(void)
{
	return (struct tocsin_value){ .encoded = { &nil_byte, 1 } };
}

/* A public value read again; its bytes were whole when it was made. */
static struct value
inside(const struct tocsin_value *value)
{
	struct value read = { .kind = VALUE_NIL };
	if (!value || !value->encoded.at ||
	    !value_of((struct text){ value->encoded.at, value->encoded.len },
		&read))
		read = (struct value){ .kind = VALUE_NIL };
	return read;
}

struct tocsin_text
tocsin_text_of(const char *string)
{
	return (struct tocsin_text){ string, string ? strlen(string) : 0 };
}

bool
tocsin_text_is(struct tocsin_text text, const char *string)
{
	return text_is((struct text){ text.at, text.len }, string);
}

/* The pair whose key is these bytes; false when there is none. */
static bool
find(const struct value *map, struct text key, struct value *found)
{
	struct value_walk walk = value_walk(map);
	struct value name, item;
	if (map->kind != VALUE_MAP)
		return false;
	while (value_next_pair(&walk, &name, &item)) {
		if (name.kind == VALUE_STR && text_equal(name.as.text, key)) {
			*found = item;
			return true;
		}
	}
	return false;
}

struct tocsin_value
tocsin_get(const struct tocsin_value *map, const char *path)
{
	struct value at = inside(map);
	struct value found;
	struct text rest = text_of(path);
	for (;;) {
		const char *dot;
		if (find(&at, rest, &found))
			return outside(&found);
		dot = memchr(rest.at, '.', rest.len);
		if (!dot)
			return nil_value();
		size_t len = (size_t)(dot - rest.at);
		if (!find(&at, (struct text){ rest.at, len }, &found))
			return nil_value();
		at = found;
		rest = (struct text){ dot + 1, rest.len - len - 1 };
	}
}

struct tocsin_text
tocsin_get_text(const struct tocsin_value *map, const char *path)
{
	struct tocsin_value value = tocsin_get(map, path);
	return tocsin_as_text(&value);
}

int64_t
tocsin_get_int(const struct tocsin_value *map, const char *path,
    int64_t fallback)
{
	struct tocsin_value value = tocsin_get(map, path);
	return tocsin_as_int(&value, fallback);
}

double
tocsin_get_real(const struct tocsin_value *map, const char *path,
    double fallback)
{
	struct tocsin_value value = tocsin_get(map, path);
	return tocsin_as_real(&value, fallback);
}

bool
tocsin_get_bool(const struct tocsin_value *map, const char *path)
{
	struct tocsin_value value = tocsin_get(map, path);
	return tocsin_as_bool(&value);
}

struct tocsin_text
tocsin_as_text(const struct tocsin_value *value)
{
	struct value read = inside(value);
	if (read.kind != VALUE_STR && read.kind != VALUE_BIN)
		return (struct tocsin_text){ "", 0 };
	return (struct tocsin_text){ read.as.text.at, read.as.text.len };
}

int64_t
tocsin_as_int(const struct tocsin_value *value, int64_t fallback)
{
	struct value read = inside(value);
	int64_t number = fallback;
	return value_int(&read, &number) ? number : fallback;
}

double
tocsin_as_real(const struct tocsin_value *value, double fallback)
{
	struct value read = inside(value);
	if (read.kind == VALUE_UINT)
		return (double)read.as.uint;
	if (read.kind == VALUE_INT)
		return (double)read.as.sint;
	return read.kind == VALUE_FLOAT ? read.as.real : fallback;
}

bool
tocsin_as_bool(const struct tocsin_value *value)
{
	struct value read = inside(value);
	return read.kind == VALUE_BOOL && read.as.yes;
}

bool
tocsin_is_absent(const struct tocsin_value *value)
{
	struct value read = inside(value);
	return value_is_absent(&read);
}

bool
tocsin_decode(struct tocsin_text encoded, struct tocsin_value *value)
{
	struct value read;
	*value = nil_value();
	if (!encoded.len ||
	    !value_of((struct text){ encoded.at, encoded.len }, &read))
		return false;
	*value = outside(&read);
	return true;
}

static struct value_walk
inner_walk(const struct tocsin_walk *walk)
{
	return (struct value_walk){ (const uint8_t *)walk->at,
		(const uint8_t *)walk->end, walk->left };
}

static struct tocsin_walk
outer_walk(const struct value_walk *walk)
{
	return (struct tocsin_walk){ (const char *)walk->at,
		(const char *)walk->end, walk->left };
}

struct tocsin_walk
tocsin_walk_of(const struct tocsin_value *value)
{
	struct value read = inside(value);
	struct value_walk walk = value_walk(&read);
	return outer_walk(&walk);
}

bool
tocsin_walk_item(struct tocsin_walk *walk, struct tocsin_value *item)
{
	struct value_walk inner = inner_walk(walk);
	struct value read;
	if (!value_next(&inner, &read))
		return false;
	*item = outside(&read);
	*walk = outer_walk(&inner);
	return true;
}

bool
tocsin_walk_pair(struct tocsin_walk *walk, struct tocsin_value *key,
    struct tocsin_value *item)
{
	struct value_walk inner = inner_walk(walk);
	struct value name, read;
	if (!value_next_pair(&inner, &name, &read))
		return false;
	*key = outside(&name);
	*item = outside(&read);
	*walk = outer_walk(&inner);
	return true;
}

void
tocsin_uuid7(char out[37])
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	digest_init();
	uuid7_make((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, out);
}
