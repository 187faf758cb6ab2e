/*
 * formats_csv.c - CSV rows through libcsv, which is told of one physical line
 * at a time, so that a row's line number is known and a row without an end is
 * noticed before it fills the memory.
 */
#include "clients/cli/formats/formats.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/formula.h"

struct csv_reader {
	struct csv_parser parser;
	on_record *each;
	void *who;
	char delimiter;
	struct buf cells;  /* bytes of the row's cells, one behind the other */
	size_t *end;       /* owned, of CELLS_MAX: where each cell ends */
	struct text *cell; /* owned, of CELLS_MAX */
	uint32_t count;    /* cells, those past CELLS_MAX included */
	uint64_t line;     /* the one being read, from 1 */
	uint64_t row_line; /* where the row began */
	size_t row_bytes;
	bool is_in_row;
	bool is_skipping; /* to the end of the line, after a row too large */
	bool is_after_cr;
	int stop;
};

static void
start_parser(struct csv_reader *reader)
{
	csv_init(&reader->parser, 0);
	csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
}

struct csv_reader *
csv_reader_new(char delimiter, on_record *each, void *who)
{
	struct csv_reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	reader->each = each;
	reader->who = who;
	reader->delimiter = delimiter;
	reader->line = 1;
	reader->end = calloc(CELLS_MAX, sizeof(*reader->end));
	reader->cell = calloc(CELLS_MAX, sizeof(*reader->cell));
	start_parser(reader);
	if (reader->end && reader->cell)
		return reader;
	csv_reader_free(reader);
	return NULL;
}

void
csv_reader_free(struct csv_reader *reader)
{
	if (!reader)
		return;
	csv_free(&reader->parser);
	buf_free(&reader->cells);
	free(reader->end);
	free(reader->cell);
	free(reader);
}

static void
on_cell(void *bytes, size_t len, void *who)
{
	struct csv_reader *reader = who;
	if (reader->count++ >= CELLS_MAX)
		return;
	buf_add(&reader->cells, bytes, len);
	reader->end[reader->count - 1] = reader->cells.len;
}

static void
tell(struct csv_reader *reader, const char *trouble)
{
	struct record record = { .line = reader->row_line, .trouble = trouble };
	if (!trouble && reader->count > CELLS_MAX)
		record.trouble = "more than 1024 cells";
	if (!record.trouble) {
		const char *at = (const char *)reader->cells.at;
		size_t from = 0;
		for (uint32_t i = 0; i < reader->count; i++) {
			reader->cell[i] =
			    (struct text){ at + from, reader->end[i] - from };
			from = reader->end[i];
		}
		record.count = reader->count;
		record.cell = reader->cell;
	}
	if (!reader->stop)
		reader->stop = reader->cells.failed
		    ? -1
		    : reader->each(reader->who, &record);
	buf_clear(&reader->cells);
	reader->count = 0;
	reader->row_bytes = 0;
	reader->is_in_row = false;
}

static void
on_row(int terminator, void *who)
{
	(void)terminator;
	tell(who, NULL);
}

/* The bytes up to and with the next line's end, or all. */
static size_t
line_length(struct text bytes)
{
	const char *lf = memchr(bytes.at, '\n', bytes.len);
	size_t len = lf ? (size_t)(lf - bytes.at) + 1 : bytes.len;
	const char *cr = memchr(bytes.at, '\r', len);
	size_t to_cr = cr ? (size_t)(cr - bytes.at) + 1 : len;
	if (cr && (to_cr == len || cr[1] != '\n'))
		return to_cr;
	return len;
}

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Give up the row that has grown too large, and the rest of its line. */
static void
skip_row(struct csv_reader *reader)
{
	tell(reader, "longer than 1 MiB; is a quote not closed?");
	csv_free(&reader->parser);
	start_parser(reader);
	reader->is_skipping = true;
}

/* A line, or a piece of one that is the last we have. */
static void
feed_line(struct csv_reader *reader, struct text piece)
{
	if (!reader->is_in_row && !is_line_end(piece.at[0])) {
		reader->is_in_row = true;
		reader->row_line = reader->line;
	}
	reader->row_bytes += piece.len;
	if (reader->is_in_row && reader->row_bytes > RECORD_MAX) {
		skip_row(reader);
		return;
	}
	if (csv_parse(&reader->parser, piece.at, piece.len, on_cell, on_row,
		reader) != piece.len)
		reader->stop = -1;
	if (!reader->is_in_row)
		reader->row_bytes = 0;
}

int
csv_reader_feed(struct csv_reader *reader, struct text bytes)
{
	while (bytes.len && !reader->stop) {
		size_t len = line_length(bytes);
		bool is_rest = reader->is_after_cr && bytes.at[0] == '\n';
		bool is_ended = is_line_end(bytes.at[len - 1]);
		if (!reader->is_skipping)
			feed_line(reader, (struct text){ bytes.at, len });
		if (is_ended)
			reader->is_skipping = false;
		reader->is_after_cr = bytes.at[len - 1] == '\r';
		if (is_ended && !is_rest)
			reader->line++;
		bytes.at += len;
		bytes.len -= len;
	}
	return reader->stop;
}

int
csv_reader_finish(struct csv_reader *reader)
{
	if (reader->stop || reader->is_skipping)
		return reader->stop;
	/* Strict only now: that a quote is still open is otherwise not told,
	 * and all along it would refuse quotes inside plain cells. */
	csv_set_opts(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
	if (csv_fini(&reader->parser, on_cell, on_row, reader))
		tell(reader, "a quote is opened and never closed");
	return reader->stop;
}

char
csv_guess_delimiter(struct text heading)
{
	static const char candidates[] = ",;\t";
	unsigned count[3] = { 0 };
	bool is_quoted = false;
	int best = 0;
	for (size_t i = 0; i < heading.len; i++) {
		const char *found;
		if (heading.at[i] == '"')
			is_quoted = !is_quoted;
		if (is_quoted)
			continue;
		if (is_line_end(heading.at[i]))
			break;
		found =
		    heading.at[i] ? strchr(candidates, heading.at[i]) : NULL;
		if (found)
			count[found - candidates]++;
	}
	for (int i = 1; i < 3; i++) {
		if (count[i] > count[best])
			best = i;
	}
	return candidates[best];
}

static bool
needs_quotes(struct text cell, char delimiter)
{
	if (!cell.len)
		return false;
	return memchr(cell.at, '"', cell.len) ||
	    memchr(cell.at, '\n', cell.len) ||
	    memchr(cell.at, '\r', cell.len) ||
	    memchr(cell.at, delimiter, cell.len) || cell.at[0] == ' ' ||
	    cell.at[cell.len - 1] == ' ';
}

static void
put_cell(struct buf *out, struct text cell, char delimiter)
{
	size_t cap = 2 * cell.len + 2;
	if (!needs_quotes(cell, delimiter)) {
		buf_add_text(out, cell);
	} else if (buf_reserve(out, cap)) {
		out->len +=
		    csv_write(out->at + out->len, cap, cell.at, cell.len);
	}
}

void
csv_put_row(struct buf *out, const struct text *cell, uint32_t count,
    char delimiter)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			buf_u8(out, (uint8_t)delimiter);
		put_cell(out, cell[i], delimiter);
	}
}

void
csv_put_guarded_row(struct buf *out, const struct text *cell, uint32_t count,
    char delimiter)
{
	struct buf guarded = { 0 };
	for (uint32_t i = 0; i < count; i++) {
		struct text text = cell[i];
		if (formula_is(text)) {
			buf_clear(&guarded);
			buf_u8(&guarded, '\'');
			buf_add_text(&guarded, text);
			text = buf_text(&guarded);
		}
		if (i)
			buf_u8(out, (uint8_t)delimiter);
		put_cell(out, text, delimiter);
	}
	if (guarded.failed)
		out->failed = true;
	buf_free(&guarded);
}
