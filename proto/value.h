/*
 * value.h - reading MessagePack that the scanner has already passed, in
 * place and without allocating.  Borrowed bytes live as long as the frame.
 */
#ifndef TOCSIN_PROTO_VALUE_H
#define TOCSIN_PROTO_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum value_kind {
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_UINT,  /* any width, and integral floats >= 0 below 2^53 */
	VALUE_INT,   /* negative */
	VALUE_FLOAT, /* finite or not, not integral */
	VALUE_STR,   /* str, or bin holding valid UTF-8 */
	VALUE_BIN,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_EXT,
};

struct value {
	enum value_kind kind;
	uint32_t count; /* items of a list, pairs of a map */
	union {
		bool yes;
		uint64_t uint;
		int64_t sint;
		double real;
		struct text text; /* str, bin */
	} as;
	struct text span;     /* the whole value as encoded */
	const uint8_t *inner; /* first byte of the first item or key */
};

/* A walk over the items of a list or the pairs of a map. */
struct value_walk {
	const uint8_t *at;
	const uint8_t *end;
	uint32_t left;
};

/*
 * Read the value that starts at at; its span never passes end.  false when
 * the bytes are not one whole value (cannot happen in a scanned frame).
 */
bool value_read(const uint8_t *at, const uint8_t *end, struct value *value);

/* Read the value that fills exactly these bytes. */
bool value_of(struct text bytes, struct value *value);

/* Start a walk over a list or map; over anything else it is empty. */
struct value_walk value_walk(const struct value *container);

/* Next item of a list; false at the end. */
bool value_next(struct value_walk *walk, struct value *item);

/* Next pair of a map; false at the end. */
bool value_next_pair(struct value_walk *walk, struct value *key,
    struct value *item);

/* Find key in a map; false (value set to nil) when absent or no map. */
bool value_find(const struct value *map, const char *key, struct value *value);

/* nil, "", [] and {} mean absent on this wire. */
bool value_is_absent(const struct value *value);

/* The text of a str/bin value, else the empty text. */
struct text value_text(const struct value *value);

/*
 * A number as int64: true for VALUE_UINT up to INT64_MAX and VALUE_INT (and
 * false with *out untouched otherwise).
 */
bool value_int(const struct value *value, int64_t *out);

/* Convenience for replies we decode: number under key, or fallback. */
int64_t value_find_int(const struct value *map, const char *key,
    int64_t fallback);

/* Convenience: text under key, or the empty text. */
struct text value_find_text(const struct value *map, const char *key);

/* Convenience: bool under key, or false. */
bool value_find_bool(const struct value *map, const char *key);

/* Is this valid UTF-8 without surrogates, over-long forms, > U+10FFFF? */
bool utf8_is_valid(struct text text);

#endif
