/*
 * formats_json.c - NDJSON: lines of bounded length, each a report.
 */
#include "clients/cli/formats/formats.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/shell/output.h"
#include "proto/value.h"

struct line_reader {
	on_record *each;
	void *who;
	struct buf held; /* the beginning of a line */
	uint64_t line;
	bool is_skipping; /* to the end of a line too long */
	int stop;
};

struct line_reader *
line_reader_new(on_record *each, void *who)
{
	struct line_reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	reader->each = each;
	reader->who = who;
	reader->line = 1;
	return reader;
}

void
line_reader_free(struct line_reader *reader)
{
	if (!reader)
		return;
	buf_free(&reader->held);
	free(reader);
}

static bool
is_blank(struct text line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (!memchr(" \t\r", line.at[i], 3))
			return false;
	}
	return true;
}

static void
tell(struct line_reader *reader, struct text line, const char *trouble)
{
	struct record record = { .line = reader->line,
		.json = line,
		.trouble = trouble };
	if (!reader->stop && (trouble || !is_blank(line)))
		reader->stop = reader->each(reader->who, &record);
}

/* More of a line: its end, or a piece that must wait for the rest. */
static void
take(struct line_reader *reader, struct text piece, bool is_end)
{
	struct text line = piece;
	if (!reader->is_skipping && reader->held.len + piece.len > RECORD_MAX) {
		tell(reader, (struct text){ NULL, 0 }, "longer than 1 MiB");
		reader->is_skipping = true;
		buf_free(&reader->held);
	}
	if (!reader->is_skipping && (!is_end || reader->held.len)) {
		buf_add_text(&reader->held, piece);
		line = buf_text(&reader->held);
	}
	if (reader->held.failed)
		reader->stop = -1;
	if (!is_end)
		return;
	if (!reader->is_skipping)
		tell(reader, line, NULL);
	reader->is_skipping = false;
	buf_clear(&reader->held);
	reader->line++;
}

int
line_reader_feed(struct line_reader *reader, struct text bytes)
{
	while (bytes.len && !reader->stop) {
		const char *lf = memchr(bytes.at, '\n', bytes.len);
		size_t len = lf ? (size_t)(lf - bytes.at) : bytes.len;
		take(reader, (struct text){ bytes.at, len }, lf != NULL);
		len += lf != NULL;
		bytes.at += len;
		bytes.len -= len;
	}
	return reader->stop;
}

int
line_reader_finish(struct line_reader *reader)
{
	if (!reader->stop && reader->held.len)
		take(reader, (struct text){ NULL, 0 }, true);
	return reader->stop;
}

/* --- reports ------------------------------------------------------------- */

static const char *const reject_keys[] = { "_line", "_field", "_code",
	"_reason", "_raw" };

static bool
is_reject_key(struct tocsin_text key)
{
	for (size_t i = 0; i < sizeof(reject_keys) / sizeof(reject_keys[0]);
	     i++) {
		if (tocsin_text_is(key, reject_keys[i]))
			return true;
	}
	return false;
}

static struct tocsin_text
wire(struct text text)
{
	return (struct tocsin_text){ text.at, text.len };
}

static void
put_origin(struct tocsin_writer *writer, const struct tocsin_value *origin,
    const struct json_overlay *overlay)
{
	struct tocsin_walk walk = tocsin_walk_of(origin);
	struct tocsin_value key, item;
	tocsin_put_map(writer, "origin");
	if (overlay->source.len)
		tocsin_put_text(writer, "source", wire(overlay->source));
	if (overlay->licence.len)
		tocsin_put_text(writer, "licence", wire(overlay->licence));
	while (origin->kind == TOCSIN_MAP &&
	    tocsin_walk_pair(&walk, &key, &item)) {
		struct tocsin_text name = tocsin_as_text(&key);
		if ((overlay->source.len && tocsin_text_is(name, "source")) ||
		    (overlay->licence.len && tocsin_text_is(name, "licence")))
			continue;
		tocsin_put_key(writer, name);
		tocsin_put_encoded(writer, NULL, item.encoded);
	}
	tocsin_put_end(writer);
}

static void
put_overlaid(struct tocsin_writer *writer, const struct tocsin_value *map,
    const struct json_overlay *overlay)
{
	struct tocsin_walk walk = tocsin_walk_of(map);
	struct tocsin_value key, item;
	struct tocsin_value id = tocsin_get(map, "id");
	struct tocsin_value origin = tocsin_get(map, "origin");
	bool has_id = !tocsin_is_absent(&id);
	bool has_origin = overlay->source.len || overlay->licence.len;
	tocsin_put_map(writer, NULL);
	if (!has_id && overlay->id.len)
		tocsin_put_text(writer, "id", wire(overlay->id));
	if (has_origin)
		put_origin(writer, &origin, overlay);
	while (tocsin_walk_pair(&walk, &key, &item)) {
		struct tocsin_text name = tocsin_as_text(&key);
		if (is_reject_key(name) ||
		    (!has_id && tocsin_text_is(name, "id")) ||
		    (has_origin && tocsin_text_is(name, "origin")))
			continue;
		tocsin_put_key(writer, name);
		tocsin_put_encoded(writer, NULL, item.encoded);
	}
	tocsin_put_end(writer);
}

static bool
has_reject_keys(const struct tocsin_value *map)
{
	struct tocsin_walk walk = tocsin_walk_of(map);
	struct tocsin_value key, item;
	while (tocsin_walk_pair(&walk, &key, &item)) {
		if (is_reject_key(tocsin_as_text(&key)))
			return true;
	}
	return false;
}

int
json_report(struct tocsin_writer *writer, struct tocsin_writer *scratch,
    struct text line, const struct json_overlay *overlay, struct fault *fault)
{
	struct tocsin_value map;
	char why[160];
	tocsin_writer_clear(writer);
	tocsin_writer_clear(scratch);
	if (output_parse_json(scratch, NULL, wire(line), why))
		return fault_set(fault, "", "cannot be read: %s", why);
	if (!tocsin_writer_is_whole(scratch) ||
	    !tocsin_decode(tocsin_writer_bytes(scratch), &map) ||
	    map.kind != TOCSIN_MAP)
		return fault_set(fault, "", "is no JSON object");
	if (overlay->id.len || overlay->source.len || overlay->licence.len ||
	    has_reject_keys(&map))
		put_overlaid(writer, &map, overlay);
	else
		tocsin_put_encoded(writer, NULL, map.encoded);
	return 0;
}

static json_t *
reject_of(struct text line)
{
	json_t *map = json_loadb(line.at ? line.at : "", line.len,
	    JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(map))
		return map;
	json_decref(map);
	map = json_object();
	if (utf8_is_valid(line))
		json_object_set_new(map, "_raw",
		    json_stringn(line.at, line.len));
	return map;
}

void
json_put_reject(struct buf *out, struct text line, uint64_t number,
    const struct fault *fault)
{
	json_t *map = reject_of(line);
	char *text;
	json_object_set_new(map, "_line", json_integer((json_int_t)number));
	json_object_set_new(map, "_field", json_string(fault->field));
	json_object_set_new(map, "_code", json_string(fault->code));
	json_object_set_new(map, "_reason", json_string(fault->reason));
	text = json_dumps(map, JSON_COMPACT);
	if (text)
		buf_add_string(out, text);
	else
		out->failed = true;
	buf_u8(out, '\n');
	free(text);
	json_decref(map);
}
