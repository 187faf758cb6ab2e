#include "clients/libtocsin/value.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/text.h"
#include "proto/codec.h"
#include "proto/scan.h"

enum { WRITER_DEPTH = SCAN_MAX_DEPTH };

/* A map or list that is open. */
struct level {
	size_t token;   /* of pack_open_map or pack_open_list */
	uint32_t count; /* pairs or items so far */
	bool is_map;
};

struct tocsin_writer {
	struct buf bytes;
	struct level level[WRITER_DEPTH];
	unsigned depth;
	bool has_key; /* put_key came, its value is due */
	bool is_misused;
};

struct tocsin_writer *
tocsin_writer_new(void)
{
	return calloc(1, sizeof(struct tocsin_writer));
}

void
tocsin_writer_free(struct tocsin_writer *writer)
{
	if (!writer)
		return;
	buf_free(&writer->bytes);
	free(writer);
}

void
tocsin_writer_clear(struct tocsin_writer *writer)
{
	buf_clear(&writer->bytes);
	writer->depth = 0;
	writer->has_key = false;
	writer->is_misused = false;
}

/* Write the key where one belongs and count the value that follows. */
static bool
place(struct tocsin_writer *writer, const char *key)
{
	struct level *level =
	    writer->depth ? &writer->level[writer->depth - 1] : NULL;
	bool wants_key = level && level->is_map && !writer->has_key;
	if (writer->is_misused || wants_key != (key != NULL)) {
		writer->is_misused = true;
		return false;
	}
	if (key)
		pack_string(&writer->bytes, key);
	if (level)
		level->count++;
	writer->has_key = false;
	return true;
}

static void
open_level(struct tocsin_writer *writer, const char *key, bool is_map)
{
	struct level *level;
	if (writer->depth == WRITER_DEPTH) {
		writer->is_misused = true;
		return;
	}
	if (!place(writer, key))
		return;
	level = &writer->level[writer->depth++];
	level->count = 0;
	level->is_map = is_map;
	level->token = is_map ? pack_open_map(&writer->bytes)
			      : pack_open_list(&writer->bytes);
}

void
tocsin_put_map(struct tocsin_writer *writer, const char *key)
{
	open_level(writer, key, true);
}

void
tocsin_put_list(struct tocsin_writer *writer, const char *key)
{
	open_level(writer, key, false);
}

void
tocsin_put_end(struct tocsin_writer *writer)
{
	struct level *level;
	if (writer->is_misused || !writer->depth || writer->has_key) {
		writer->is_misused = true;
		return;
	}
	level = &writer->level[--writer->depth];
	if (level->is_map)
		pack_close_map(&writer->bytes, level->token, level->count);
	else
		pack_close_list(&writer->bytes, level->token, level->count);
}

void
tocsin_put_key(struct tocsin_writer *writer, struct tocsin_text key)
{
	bool is_map = writer->depth && writer->level[writer->depth - 1].is_map;
	if (writer->is_misused || !is_map || writer->has_key) {
		writer->is_misused = true;
		return;
	}
	pack_text(&writer->bytes, (struct text){ key.at, key.len });
	writer->has_key = true;
}

void
tocsin_put_nil(struct tocsin_writer *writer, const char *key)
{
	if (place(writer, key))
		pack_nil(&writer->bytes);
}

void
tocsin_put_bool(struct tocsin_writer *writer, const char *key, bool yes)
{
	if (place(writer, key))
		pack_bool(&writer->bytes, yes);
}

void
tocsin_put_int(struct tocsin_writer *writer, const char *key, int64_t value)
{
	if (place(writer, key))
		pack_int(&writer->bytes, value);
}

void
tocsin_put_real(struct tocsin_writer *writer, const char *key, double value)
{
	if (place(writer, key))
		pack_real(&writer->bytes, value);
}

void
tocsin_put_string(struct tocsin_writer *writer, const char *key,
    const char *string)
{
	if (place(writer, key))
		pack_string(&writer->bytes, string ? string : "");
}

void
tocsin_put_text(struct tocsin_writer *writer, const char *key,
    struct tocsin_text text)
{
	if (place(writer, key))
		pack_text(&writer->bytes, (struct text){ text.at, text.len });
}

void
tocsin_put_bin(struct tocsin_writer *writer, const char *key,
    struct tocsin_text bytes)
{
	if (place(writer, key))
		pack_bin(&writer->bytes, (struct text){ bytes.at, bytes.len });
}

void
tocsin_put_encoded(struct tocsin_writer *writer, const char *key,
    struct tocsin_text encoded)
{
	struct tocsin_value value;
	if (!tocsin_decode(encoded, &value)) {
		writer->is_misused = true;
		return;
	}
	if (place(writer, key))
		pack_raw(&writer->bytes,
		    (struct text){ encoded.at, encoded.len });
}

bool
tocsin_writer_is_whole(const struct tocsin_writer *writer)
{
	return !writer->is_misused && !writer->depth && !writer->has_key &&
	    !writer->bytes.failed;
}

struct tocsin_text
tocsin_writer_bytes(const struct tocsin_writer *writer)
{
	struct text bytes = buf_text(&writer->bytes);
	return (struct tocsin_text){ bytes.at, bytes.len };
}
