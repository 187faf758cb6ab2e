/*
 * table.c - rows gathered, then fitted to the terminal, or written as CSV.
 */
#include "clients/cli/shell/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/formula.h"
#include "base/utf8.h"
#include "clients/cli/shell/command.h"

enum { COLUMNS_MAX = 24, SHRUNK_MIN = 8, GAP = 2 };

struct mark {
	size_t end;
	bool is_number; /* of our own: never a formula */
};

struct table {
	struct output *output;
	const struct table_column *columns;
	unsigned ncolumns;
	struct buf cells;  /* texts one behind the other */
	struct mark *ends; /* owned: where each ends */
	size_t count;
	bool failed;
};

struct table *
table_new(struct output *output, const struct table_column *columns)
{
	struct table *table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->output = output;
	table->columns = columns;
	while (columns[table->ncolumns].heading)
		table->ncolumns++;
	if (table->ncolumns > COLUMNS_MAX)
		abort();
	return table;
}

void
table_free(struct table *table)
{
	if (!table)
		return;
	buf_free(&table->cells);
	free(table->ends);
	free(table);
}

static void
add_cell(struct table *table, struct tocsin_text text, bool is_number)
{
	struct mark *ends;
	buf_add(&table->cells, text.at, text.len);
	ends = reallocarray(table->ends, table->count + 1, sizeof(*ends));
	if (!ends) {
		table->failed = true;
		return;
	}
	table->ends = ends;
	ends[table->count++] = (struct mark){ table->cells.len, is_number };
}

void
table_text(struct table *table, struct tocsin_text text)
{
	add_cell(table, text, false);
}

void
table_string(struct table *table, const char *string)
{
	table_text(table, tocsin_text_of(string));
}

void
table_number(struct table *table, int64_t number)
{
	char digits[32] = "";
	if (number >= 0 && table->output->format == OUTPUT_CSV)
		snprintf(digits, sizeof(digits), "%lld", (long long)number);
	else if (number >= 0)
		output_number(number, digits);
	add_cell(table, tocsin_text_of(digits), true);
}

void
table_signed(struct table *table, int64_t number)
{
	char digits[32];
	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	add_cell(table, tocsin_text_of(digits), true);
}

static struct tocsin_text
cell(const struct table *table, size_t index)
{
	size_t from = index ? table->ends[index - 1].end : 0;
	return (struct tocsin_text){ (const char *)table->cells.at + from,
		table->ends[index].end - from };
}

/* --- CSV ----------------------------------------------------------------- */

/* One character, quotes doubled, U+FFFD for what is no UTF-8, and nothing that
 * steers the terminal if it is one; its bytes. */
static size_t
csv_part(const struct output *output, struct tocsin_text text)
{
	FILE *to = output->data;
	uint32_t code;
	size_t len = utf8_next((struct text){ text.at, text.len }, &code);
	if (len && output->is_data_terminal && utf8_is_control(code) &&
	    code != '\n' && code != '\t')
		fputc('?', to);
	else if (!len)
		fputs("\xef\xbf\xbd", to);
	else if (code == '"')
		fputs("\"\"", to);
	else
		fwrite(text.at, 1, len, to);
	return len ? len : 1;
}

static void
csv_cell(const struct output *output, struct tocsin_text text, bool is_guarded)
{
	FILE *to = output->data;
	bool is_formula =
	    is_guarded && formula_is((struct text){ text.at, text.len });
	bool is_quoted = is_formula;
	/* ; and tab are commas to some spreadsheets. */
	for (size_t i = 0; i < text.len && !is_quoted; i++)
		is_quoted = text.at[i] && strchr("\",;\t\r\n", text.at[i]);
	if (is_quoted)
		fputc('"', to);
	if (is_formula)
		fputc('\'', to);
	while (text.len) {
		size_t len = csv_part(output, text);
		text.at += len;
		text.len -= len;
	}
	if (is_quoted)
		fputc('"', to);
}

static void
print_csv(const struct table *table)
{
	FILE *to = table->output->data;
	for (unsigned i = 0; i < table->ncolumns; i++) {
		if (i)
			fputc(',', to);
		for (const char *at = table->columns[i].heading; *at; at++)
			fputc(*at == ' ' ? '_' : *at, to);
	}
	fputs("\r\n", to);
	for (size_t i = 0; i < table->count; i++) {
		unsigned column = (unsigned)(i % table->ncolumns);
		if (column)
			fputc(',', to);
		csv_cell(table->output, cell(table, i),
		    !table->ends[i].is_number && !table->output->is_raw);
		if (column + 1 == table->ncolumns)
			fputs("\r\n", to);
	}
}

/* --- on a terminal ------------------------------------------------------- */

static void
measure(const struct table *table, unsigned widths[COLUMNS_MAX])
{
	for (unsigned i = 0; i < table->ncolumns; i++)
		widths[i] =
		    output_width(tocsin_text_of(table->columns[i].heading));
	for (size_t i = 0; i < table->count; i++) {
		unsigned column = (unsigned)(i % table->ncolumns);
		unsigned width = output_width(cell(table, i));
		if (width > widths[column])
			widths[column] = width;
	}
}

/* Take columns from the widest of those that may shrink until all fit. */
static void
fit(const struct table *table, unsigned widths[COLUMNS_MAX])
{
	unsigned room = table->output->width;
	unsigned total = GAP * (table->ncolumns - 1);
	for (unsigned i = 0; i < table->ncolumns; i++)
		total += widths[i];
	while (room && total > room) {
		unsigned *widest = NULL;
		for (unsigned i = 0; i < table->ncolumns; i++) {
			if (table->columns[i].may_shrink &&
			    widths[i] > SHRUNK_MIN &&
			    (!widest || widths[i] > *widest))
				widest = &widths[i];
		}
		if (!widest)
			return;
		--*widest;
		total--;
	}
}

/* As much of text as takes most columns. */
static struct tocsin_text
shorten(struct tocsin_text text, unsigned most)
{
	struct tocsin_text head = { text.at, 0 };
	while (head.len < text.len) {
		uint32_t code;
		struct text rest = { text.at + head.len, text.len - head.len };
		size_t len = utf8_next(rest, &code);
		struct tocsin_text longer = { text.at,
			head.len + (len ? len : 1) };
		if (output_width(longer) > most)
			break;
		head = longer;
	}
	return head;
}

static void
print_cell(const struct table *table, unsigned column, struct tocsin_text text,
    unsigned width)
{
	FILE *to = table->output->data;
	bool is_last = column + 1 == table->ncolumns;
	bool is_right = table->columns[column].align == ALIGN_RIGHT;
	bool is_cut = output_width(text) > width;
	unsigned taken;
	if (is_cut)
		text = shorten(text, width - 1);
	taken = output_width(text) + is_cut;
	if (is_right)
		fprintf(to, "%*s", (int)(width - taken), "");
	output_safe(to, text);
	if (is_cut)
		fputs("…", to);
	if (!is_right && !is_last)
		fprintf(to, "%*s", (int)(width - taken), "");
	if (!is_last)
		fprintf(to, "%*s", GAP, "");
}

static void
print_rows(const struct table *table)
{
	unsigned widths[COLUMNS_MAX];
	measure(table, widths);
	fit(table, widths);
	output_colour(table->output, COLOUR_BOLD);
	for (unsigned i = 0; i < table->ncolumns; i++)
		print_cell(table, i, tocsin_text_of(table->columns[i].heading),
		    widths[i]);
	/* The colour ends before the line does. */
	output_colour(table->output, COLOUR_NONE);
	fputc('\n', table->output->data);
	for (size_t i = 0; i < table->count; i++) {
		unsigned column = (unsigned)(i % table->ncolumns);
		print_cell(table, column, cell(table, i), widths[column]);
		if (column + 1 == table->ncolumns)
			fputc('\n', table->output->data);
	}
}

int
table_print(struct table *table)
{
	if (table->failed || table->cells.failed) {
		output_message(table->output, "out of memory");
		return EXIT_LOCAL;
	}
	if (table->output->format == OUTPUT_CSV)
		print_csv(table);
	else if (table->count)
		print_rows(table);
	return output_flush(table->output);
}
