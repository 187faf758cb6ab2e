/*
 * table.h - rows of an export, cell by cell in the order of columns.def, as
 * CSV (RFC 4180) or NDJSON.  One thread at a time.
 */
#ifndef TOCSIN_FEED_TABLE_H
#define TOCSIN_FEED_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/date.h"
#include "daemon/feed/export.h"
#include "proto/value.h"

enum column_kind {
	COLUMN_NUMBER,
	COLUMN_REAL,
	COLUMN_TEXT,
	COLUMN_FLAG,
	COLUMN_DATE,
	COLUMN_TIME,
	COLUMN_LIST,
	COLUMN_OBJECT,
};

struct column {
	const char *name;     /* NULL ends the list */
	const char *json_key; /* ,"name": */
	size_t json_len;
	enum column_kind kind;
	const char *meaning;
};

/* The columns of an export, in order; static. */
const struct column *table_columns(enum export_what what);

/* "number", "date" ... */
const char *column_kind_name(enum column_kind kind);

/* Print every export's columns as Markdown tables. */
void table_describe(FILE *out);

struct table {
	const struct column *column; /* of the next cell */
	const struct column *columns;
	enum export_format format;
	bool raw_cells;
	struct export_sink sink;
	uint64_t rows;
	bool is_first_item; /* of the open list */
	bool failed;        /* the sink or memory; sticky */
	struct buf out;     /* owned */
	struct buf scratch; /* owned */
};

/* Begin; CSV gets its header line. */
void table_init(struct table *table, const struct export_options *options,
    const struct export_sink *sink);
/* Release the memory; zeroed is fine. */
void table_fini(struct table *table);

/*
 * One cell each.  Texts that are empty, dates of precision DATE_ABSENT and
 * lists without items are absent.  CSV guards texts that a spreadsheet would
 * run as a formula with a leading apostrophe, unless raw_cells is set.
 */
void table_absent(struct table *table);
void table_text(struct table *table, struct text text);
void table_string(struct table *table, const char *string);
void table_number(struct table *table, uint64_t number);
void table_real(struct table *table, double real);
void table_flag(struct table *table, bool yes);
void table_date(struct table *table, struct date date);
void table_day(struct table *table, int32_t day);
void table_time(struct table *table, int64_t ms);
/* A MessagePack value, as the column's kind wants it where it can be. */
void table_value(struct table *table, const struct value *value);
/* JSON made elsewhere. */
void table_json(struct table *table, struct text json);

/* A list cell, item by item. */
void table_list_open(struct table *table);
void table_list_item(struct table *table, struct text item);
void table_list_close(struct table *table);

/* End the row; every column must have had its cell. */
void table_end_row(struct table *table);

/* Hand over what is left; 0, or -1 when anything failed. */
MUST_CHECK int table_finish(struct table *table);

#endif
