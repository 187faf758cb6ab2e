/*
 * output.h - what the user sees: data on stdout, messages on stderr, colour
 * and width as the terminal has them, nothing a peer wrote able to steer the
 * terminal.
 */
#ifndef TOCSIN_CLIENTS_CLI_OUTPUT_H
#define TOCSIN_CLIENTS_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clients/libtocsin/value.h"

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_NDJSON, OUTPUT_CSV };

struct output {
	FILE *data;     /* stdout */
	FILE *messages; /* stderr */
	enum output_format format;
	bool is_format_given; /* -o or --json was written */
	bool is_data_terminal;
	bool is_messages_terminal;
	bool is_colour; /* of data */
	bool is_raw;    /* CSV is not guarded against formulas */
	bool is_utc;    /* times in tables; machine formats are always UTC */
	unsigned width; /* columns of the terminal; 0: unlimited */
};

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_RED,
	COLOUR_YELLOW,
	COLOUR_GREEN
};

/* Look at the streams, NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM, COLUMNS.
 * colour: "auto", "always", "never". */
void output_init(struct output *output, const char *colour);

/* "tocsin: ..." on stderr, controls neutralised, newline added. */
void output_message(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Data to print and colour of it; the codes only where colour is on. */
void output_colour(struct output *output, enum colour colour);

/* A peer's text, C0, C1, escapes, bidi marks and bad UTF-8 shown as '?'. */
void output_safe(FILE *to, struct tocsin_text text);

/* The same of several lines: newlines, and returns before them, and tabs are
 * left. */
void output_safe_lines(FILE *to, struct tocsin_text text);

/*
 * Bytes of an export to output->data: as they are, but on a terminal through
 * output_safe_lines.  A character that is cut by the end is shown as '?'s.
 */
void output_bytes(struct output *output, const char *bytes, size_t len);

/* Columns a text takes on a terminal, after output_safe. */
unsigned output_width(struct tocsin_text text);

/* "2026-11-24T09:00:00Z" as local "2026-11-24 10:00" (UTC with is_utc); what
 * is no time, as far as it is safe and fits. */
void output_time(const struct output *output, struct tocsin_text wire,
    char out[32]);

/* "1 234 567" */
void output_number(int64_t number, char out[32]);

/* json or ndjson asked for? */
bool output_is_json(const struct output *output);

/* Does LC_ALL, LC_MESSAGES or LANG say French? */
bool output_is_french(void);

/* Flush stdout; 0, or EXIT_LOCAL with a message.  A closed pipe has ended the
 * process before, quietly, by SIGPIPE. */
int output_flush(struct output *output);

/*
 * A value as JSON through output->format: one line (ndjson), indented (json).
 * 0, or EXIT_LOCAL.
 */
int output_json(struct output *output, const struct tocsin_value *value);

/* One value as one line of JSON to any stream; 0 or -1. */
int output_json_line(FILE *to, const struct tocsin_value *value);

/*
 * Read one JSON value and write it as one value into writer (key as in
 * tocsin_put_*).  Duplicate keys and what is not UTF-8 are refused.  0, or -1
 * with why filled ("line 3, column 7: ...").
 */
int output_parse_json(struct tocsin_writer *writer, const char *key,
    struct tocsin_text json, char why[160]);

/*
 * A table: rows are gathered, columns fitted to the terminal's width when it
 * is one.  With -o csv the same rows are written as CSV (RFC 4180).
 */
struct table;
enum align { ALIGN_LEFT, ALIGN_RIGHT };
struct table_column {
	const char *heading;
	enum align align;
	bool may_shrink; /* texts that are cut to fit, with an ellipsis */
};
/* columns is borrowed, ends with a NULL heading.  NULL: out of memory. */
struct table *table_new(struct output *output,
    const struct table_column *columns);
void table_free(struct table *table); /* NULL is fine */
/* Cells fill rows from left to right; texts are copied.  CSV guards texts
 * against spreadsheets, numbers never. */
void table_text(struct table *table, struct tocsin_text text);
void table_string(struct table *table, const char *string);
void table_number(struct table *table, int64_t number); /* < 0: empty */
void table_signed(struct table *table, int64_t number);
/* Print what was gathered; 0 or an exit code. */
int table_print(struct table *table);

/*
 * A bar with rate and time left on stderr when that is a terminal; nothing
 * elsewhere.  Updated at most ten times a second.
 */
struct progress {
	struct output *output;
	const char *unit; /* "reports", "bytes" */
	uint64_t total;   /* 0: unknown */
	int64_t started_ms;
	int64_t shown_ms;
	bool is_shown;
};
void progress_start(struct progress *progress, struct output *output,
    const char *unit, uint64_t total);
/* done counts towards total; items, when not equal to done, gives the rate. */
void progress_update(struct progress *progress, uint64_t done, uint64_t items);
/* Wipe the bar, so that a message can follow. */
void progress_clear(struct progress *progress);

/* Milliseconds of a clock that never jumps, and of the wall clock. */
int64_t clock_ms(void);
int64_t clock_wall_ms(void);

#endif
