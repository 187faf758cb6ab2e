/*
 * sheet.h - a CSV file with a heading whose columns we know by name, and
 * complaints that say where.
 */
#ifndef TOCSIN_CLIENTS_CLI_SHEET_H
#define TOCSIN_CLIENTS_CLI_SHEET_H

#include "clients/cli/formats/formats.h"
#include "clients/cli/shell/command.h"

struct sheet_column {
	const char *name;  /* shown in complaints */
	const char *names; /* all it may be called, folded, "|" between */
	bool is_needed;
	int at; /* set by sheet_read; -1: not there */
};

struct sheet;
/* One row, with as many cells as the heading.  0, or an exit code. */
typedef int on_sheet_row(struct sheet *sheet, const struct record *record);

struct sheet {
	struct output *output;
	const char *path;
	const char *encoding;         /* NULL: UTF-8 */
	struct sheet_column *columns; /* ends with a NULL name */
	on_sheet_row *take;
	void *who;
	/* the inside */
	struct csv_reader *csv;
	uint32_t cells; /* of the heading; 0 before it */
	int code;
};

/*
 * Read a file to its end, heading first; columns that are not known are named
 * in a message.  0, or an exit code with the complaint printed.
 */
int sheet_read(struct sheet *sheet);

/* The cell of column number i (below the NULL name), blanks at its ends
 * taken off; empty where there is no such column. */
struct text sheet_cell(const struct sheet *sheet, const struct record *record,
    unsigned i);

/* "FILE: line N, COLUMN: why", column may be NULL.  Returns EXIT_REJECTED. */
int sheet_refuse(struct sheet *sheet, uint64_t line, const char *column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
