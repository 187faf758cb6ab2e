#include "clients/cli/match/sheet.h"

#include <stdarg.h>
#include <string.h>

#include "daemon/core/fold.h"

int
sheet_refuse(struct sheet *sheet, uint64_t line, const char *column,
    const char *format, ...)
{
	char why[WHY_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	output_message(sheet->output, "%s: line %llu%s%s: %s", sheet->path,
	    (unsigned long long)line, column ? ", " : "", column ? column : "",
	    why);
	return EXIT_REJECTED;
}

struct text
sheet_cell(const struct sheet *sheet, const struct record *record, unsigned i)
{
	int at = sheet->columns[i].at;
	if (at < 0)
		return (struct text){ 0 };
	struct text cell = record->cell[at];
	while (cell.len > 0 && memchr(" \t\r\n", cell.at[0], 4)) {
		cell.at++;
		cell.len--;
	}
	while (cell.len > 0 && memchr(" \t\r\n", cell.at[cell.len - 1], 4))
		cell.len--;
	return cell;
}

/* Is this one of the names with bars between? */
static bool
is_named(struct text heading, const char *names)
{
	while (*names) {
		size_t len = strcspn(names, "|");
		if (text_equal(heading, (struct text){ names, len }))
			return true;
		names += len + (names[len] == '|');
	}
	return false;
}

static struct sheet_column *
column_of(struct sheet *sheet, struct text heading)
{
	char folded[64];
	size_t len = fold_name(heading, folded, sizeof(folded));
	for (struct sheet_column *column = sheet->columns; column->name;
	     column++) {
		if (is_named((struct text){ folded, len }, column->names))
			return column;
	}
	return NULL;
}

static void
tell_unused(struct sheet *sheet, const struct buf *unused)
{
	if (unused->len > 0)
		output_message(sheet->output, "%s: columns not used: %.*s",
		    sheet->path, TEXT_ARG(buf_text(unused)));
}

static int
bind(struct sheet *sheet, const struct record *record)
{
	struct buf unused = { 0 };
	int code = 0;
	for (uint32_t i = 0; i < record->count && !code; i++) {
		struct text heading = record->cell[i];
		struct sheet_column *column = column_of(sheet, heading);
		if (!column) {
			buf_add_string(&unused, unused.len ? ", " : "");
			buf_add_text(&unused, heading);
		} else if (column->at >= 0) {
			code = sheet_refuse(sheet, record->line, column->name,
			    "two columns are this: %.*s and %.*s",
			    TEXT_ARG(record->cell[column->at]),
			    TEXT_ARG(heading));
		} else {
			column->at = (int)i;
		}
	}
	for (struct sheet_column *column = sheet->columns;
	     column->name && !code; column++) {
		if (column->is_needed && column->at < 0)
			code = sheet_refuse(sheet, record->line, column->name,
			    "the heading has no such column");
	}
	sheet->cells = record->count;
	if (!code)
		tell_unused(sheet, &unused);
	buf_free(&unused);
	return code;
}

static int
take(void *who, const struct record *record)
{
	struct sheet *sheet = who;
	if (record->trouble)
		sheet->code = sheet_refuse(sheet, record->line, NULL, "%s",
		    record->trouble);
	else if (!sheet->cells)
		sheet->code = bind(sheet, record);
	else if (record->count != sheet->cells)
		sheet->code = sheet_refuse(sheet, record->line, NULL,
		    "%u cells, the heading has %u", record->count,
		    sheet->cells);
	else
		sheet->code = sheet->take(sheet, record);
	return sheet->code;
}

static int
feed(struct sheet *sheet, struct input *input)
{
	char why[WHY_MAX];
	struct text bytes;
	int got;
	int failed = 0;
	while ((got = input_next(input, &bytes, why)) > 0 && !failed) {
		if (!sheet->csv)
			sheet->csv = csv_reader_new(csv_guess_delimiter(bytes),
			    take, sheet);
		failed = sheet->csv ? csv_reader_feed(sheet->csv, bytes) : -1;
	}
	if (got < 0) {
		output_message(sheet->output, "%s: %s", sheet->path, why);
		return EXIT_LOCAL;
	}
	if (!failed && sheet->csv)
		failed = csv_reader_finish(sheet->csv);
	if (failed && !sheet->code) {
		output_message(sheet->output, "out of memory");
		sheet->code = EXIT_LOCAL;
	}
	if (!sheet->code && !sheet->cells)
		sheet->code = sheet_refuse(sheet, 1, NULL,
		    "is empty: the first row names the columns");
	return sheet->code;
}

int
sheet_read(struct sheet *sheet)
{
	char why[WHY_MAX];
	struct input *input = input_open(sheet->path, sheet->encoding, why);
	if (!input) {
		output_message(sheet->output, "%s: %s", sheet->path, why);
		return EXIT_LOCAL;
	}
	for (struct sheet_column *column = sheet->columns; column->name;
	     column++)
		column->at = -1;
	int code = feed(sheet, input);
	csv_reader_free(sheet->csv);
	sheet->csv = NULL;
	input_close(input);
	return code;
}
