#include "clients/cli/licences.h"

#include <string.h>

#include "clients/cli/shell/output.h"

enum { LINE_BYTES = 1 << 18 }; /* a longer line is passed over */

static void
add(struct licences *licences, struct tocsin_text name)
{
	if (!name.len || name.len >= LICENCE_BYTES)
		return;
	for (unsigned i = 0; i < licences->count; i++) {
		if (tocsin_text_is(name, licences->found[i]))
			return;
	}
	if (licences->count == LICENCES_MAX)
		return;
	memcpy(licences->found[licences->count], name.at, name.len);
	licences->found[licences->count++][name.len] = '\0';
}

/* A lone name, or a list of names. */
static void
add_value(struct licences *licences, const struct tocsin_value *value)
{
	struct tocsin_walk walk = tocsin_walk_of(value);
	struct tocsin_value item;
	if (value->kind == TOCSIN_TEXT)
		add(licences, tocsin_as_text(value));
	while (value->kind == TOCSIN_LIST && tocsin_walk_item(&walk, &item))
		add(licences, tocsin_as_text(&item));
}

/* JSON text: a list in a cell, or a whole row. */
static void
add_json(struct licences *licences, struct text json)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_value value;
	char why[160];
	if (writer &&
	    !output_parse_json(writer, NULL,
		(struct tocsin_text){ json.at, json.len }, why) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value)) {
		struct tocsin_value one = tocsin_get(&value, "licence");
		struct tocsin_value many = tocsin_get(&value, "licences");
		add_value(licences, &value);
		add_value(licences, &one);
		add_value(licences, &many);
	}
	tocsin_writer_free(writer);
}

static void
take_cell(void *who, struct cells *cells, struct text cell)
{
	if (!cells->is_body &&
	    (text_is(cell, "licence") || text_is(cell, "licences")))
		cells_want(cells);
	else if (cells->is_body && cell.len && cell.at[0] == '[')
		add_json(who, cell);
	else if (cells->is_body)
		add(who, (struct tocsin_text){ cell.at, cell.len });
}

void
licences_init(struct licences *licences, bool is_csv)
{
	memset(licences, 0, sizeof(*licences));
	licences->is_csv = is_csv;
	cells_init(&licences->cells, take_cell, licences);
}

void
licences_fini(struct licences *licences)
{
	cells_fini(&licences->cells);
	buf_free(&licences->line);
}

static void
scan_json(struct licences *licences, char c)
{
	struct text row = buf_text(&licences->line);
	if (c != '\n') {
		if (licences->line.len < LINE_BYTES)
			buf_u8(&licences->line, (uint8_t)c);
		return;
	}
	if (row.len && memmem(row.at, row.len, "\"licence", 8))
		add_json(licences, row);
	buf_clear(&licences->line);
}

void
licences_scan(struct licences *licences, const char *bytes, size_t len)
{
	if (licences->is_csv)
		cells_scan(&licences->cells, bytes, len);
	for (size_t i = 0; i < len && !licences->is_csv; i++)
		scan_json(licences, bytes[i]);
}

void
licences_put(const struct licences *licences, struct tocsin_writer *writer,
    const char *key)
{
	tocsin_put_list(writer, key);
	for (unsigned i = 0; i < licences->count; i++)
		tocsin_put_string(writer, NULL, licences->found[i]);
	tocsin_put_end(writer);
}
