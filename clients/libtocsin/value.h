/*
 * value.h - writing a call's arguments and reading its answer.  A program
 * needs to know maps, lists, texts and numbers, and no MessagePack.
 */
#ifndef TOCSIN_VALUE_H
#define TOCSIN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes, not NUL-terminated. */
struct tocsin_text {
	const char *at; /* may be NULL when len is 0 */
	size_t len;
};

enum tocsin_kind {
	TOCSIN_NIL,
	TOCSIN_BOOL,
	TOCSIN_INT, /* a whole number */
	TOCSIN_REAL,
	TOCSIN_TEXT, /* UTF-8 */
	TOCSIN_BIN,
	TOCSIN_LIST,
	TOCSIN_MAP,
	TOCSIN_OTHER,
};

/* A value inside an answer; lives as long as the answer. */
struct tocsin_value {
	enum tocsin_kind kind;
	uint32_t count;             /* items of a list, pairs of a map */
	struct tocsin_text encoded; /* the whole value's bytes */
};

/* A walk over the items of a list or the pairs of a map. */
struct tocsin_walk {
	const char *at;
	const char *end;
	uint32_t left;
};

/* The text of a NUL-terminated string; NULL gives the empty text. */
struct tocsin_text tocsin_text_of(const char *string);

/* Is text the same bytes as this string? */
bool tocsin_text_is(struct tocsin_text text, const char *string);

/*
 * The value under a path such as "product.name"; nil when absent.  A key that
 * is spelt exactly so is preferred to the path.
 */
struct tocsin_value tocsin_get(const struct tocsin_value *map,
    const char *path);

/* The same, read as text, number or truth; a fallback when absent or of
 * another kind (the empty text for text). */
struct tocsin_text tocsin_get_text(const struct tocsin_value *map,
    const char *path);
int64_t tocsin_get_int(const struct tocsin_value *map, const char *path,
    int64_t fallback);
double tocsin_get_real(const struct tocsin_value *map, const char *path,
    double fallback);
bool tocsin_get_bool(const struct tocsin_value *map, const char *path);

/* A value itself, read as bytes (text and bin), number or truth. */
struct tocsin_text tocsin_as_text(const struct tocsin_value *value);
int64_t tocsin_as_int(const struct tocsin_value *value, int64_t fallback);
double tocsin_as_real(const struct tocsin_value *value, double fallback);
bool tocsin_as_bool(const struct tocsin_value *value);

/* nil, "", [] and {} mean absent. */
bool tocsin_is_absent(const struct tocsin_value *value);

/* Read encoded bytes that hold exactly one value; false otherwise. */
bool tocsin_decode(struct tocsin_text encoded, struct tocsin_value *value);

/* Begin a walk; over anything but a list or map it is empty. */
struct tocsin_walk tocsin_walk_of(const struct tocsin_value *value);
/* Next item of a list, false at the end. */
bool tocsin_walk_item(struct tocsin_walk *walk, struct tocsin_value *item);
/* Next pair of a map, false at the end. */
bool tocsin_walk_pair(struct tocsin_walk *walk, struct tocsin_value *key,
    struct tocsin_value *item);

/*
 * A writer grows in memory.  key names the place in the map that is open and
 * must be NULL in a list or at the top.  Mistakes and want of memory stick:
 * look at tocsin_writer_is_whole once, at the end.
 */
struct tocsin_writer;
struct tocsin_writer *tocsin_writer_new(void);         /* NULL: out of memory */
void tocsin_writer_free(struct tocsin_writer *writer); /* NULL is fine */
/* Forget the contents and mistakes, keep the memory. */
void tocsin_writer_clear(struct tocsin_writer *writer);

void tocsin_put_map(struct tocsin_writer *writer, const char *key);
void tocsin_put_list(struct tocsin_writer *writer, const char *key);
/* Close the innermost map or list. */
void tocsin_put_end(struct tocsin_writer *writer);
/* A key that is not NUL-terminated; the next put then takes key NULL. */
void tocsin_put_key(struct tocsin_writer *writer, struct tocsin_text key);
void tocsin_put_nil(struct tocsin_writer *writer, const char *key);
void tocsin_put_bool(struct tocsin_writer *writer, const char *key, bool yes);
void tocsin_put_int(struct tocsin_writer *writer, const char *key,
    int64_t value);
void tocsin_put_real(struct tocsin_writer *writer, const char *key,
    double value);
void tocsin_put_string(struct tocsin_writer *writer, const char *key,
    const char *string);
void tocsin_put_text(struct tocsin_writer *writer, const char *key,
    struct tocsin_text text);
void tocsin_put_bin(struct tocsin_writer *writer, const char *key,
    struct tocsin_text bytes);
/* One value that is encoded already. */
void tocsin_put_encoded(struct tocsin_writer *writer, const char *key,
    struct tocsin_text encoded);

/* Is everything closed, nothing misplaced, and memory enough? */
bool tocsin_writer_is_whole(const struct tocsin_writer *writer);
/* What was written, borrowed until the next call on writer. */
struct tocsin_text tocsin_writer_bytes(const struct tocsin_writer *writer);

/* A new id for a report: UUIDv7 of this moment, 36 characters and a NUL. */
void tocsin_uuid7(char out[37]);

#ifdef __cplusplus
}
#endif

#endif
