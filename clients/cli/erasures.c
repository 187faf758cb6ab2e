#include "clients/cli/erasures.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/shell/output.h"

static void
add(struct erasures *erasures, int64_t first_seq)
{
	if (erasures->count < ERASURES_LISTED)
		erasures->listed[erasures->count] = first_seq;
	erasures->count++;
}

/* The column first_seq stands before the column erased. */
static void
take_cell(void *who, struct cells *cells, struct text cell)
{
	struct erasures *erasures = who;
	int at = (int)cells->at;

	if (!cells->is_body && text_is(cell, "first_seq")) {
		erasures->seq_column = at;
		cells_want(cells);
	} else if (!cells->is_body && text_is(cell, "erased")) {
		erasures->erased_column = at;
		cells_want(cells);
	} else if (cells->is_body && at == erasures->seq_column) {
		erasures->first_seq = 0;
		for (size_t i = 0; i < cell.len; i++)
			erasures->first_seq =
			    10 * erasures->first_seq + (cell.at[i] - '0');
	} else if (cells->is_body && at == erasures->erased_column &&
	    text_is(cell, "true")) {
		add(erasures, erasures->first_seq);
	}
}

void
erasures_init(struct erasures *erasures, bool is_csv)
{
	memset(erasures, 0, sizeof(*erasures));
	erasures->is_csv = is_csv;
	erasures->seq_column = erasures->erased_column = -1;
	cells_init(&erasures->cells, take_cell, erasures);
}

void
erasures_fini(struct erasures *erasures)
{
	cells_fini(&erasures->cells);
	buf_free(&erasures->line);
}

/* Keys of a sender's own may look like it, so the row is read. */
static void
take_line(struct erasures *erasures)
{
	struct text row = buf_text(&erasures->line);
	struct tocsin_writer *writer = NULL;
	struct tocsin_value value;
	char why[160];

	if (row.len && memmem(row.at, row.len, "\"erased\":true", 13))
		writer = tocsin_writer_new();
	if (writer &&
	    !output_parse_json(writer, NULL,
		(struct tocsin_text){ row.at, row.len }, why) &&
	    tocsin_decode(tocsin_writer_bytes(writer), &value) &&
	    tocsin_get_bool(&value, "erased"))
		add(erasures, tocsin_get_int(&value, "first_seq", 0));
	tocsin_writer_free(writer);
	buf_clear(&erasures->line);
}

void
erasures_scan(struct erasures *erasures, const char *bytes, size_t len)
{
	if (erasures->is_csv) {
		cells_scan(&erasures->cells, bytes, len);
		return;
	}
	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;

		buf_add(&erasures->line, bytes, part);
		if (end)
			take_line(erasures);
		part += end != NULL;
		bytes += part;
		len -= part;
	}
}

void
erasures_put(const struct erasures *erasures, struct tocsin_writer *writer,
    const char *key)
{
	tocsin_put_map(writer, key);
	tocsin_put_int(writer, "count", erasures->count);
	tocsin_put_list(writer, "first_seq");
	for (int i = 0; i < erasures->count && i < ERASURES_LISTED; i++)
		tocsin_put_int(writer, NULL, erasures->listed[i]);
	tocsin_put_end(writer);
	tocsin_put_end(writer);
}
