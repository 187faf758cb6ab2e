/*
 * formats.h - files of reports as a stream of records: bytes read and made
 * UTF-8, cut into rows of cells (CSV) or lines (NDJSON), in bounded memory.
 */
#ifndef TOCSIN_CLIENTS_CLI_FORMATS_H
#define TOCSIN_CLIENTS_CLI_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/text.h"
#include "clients/libtocsin/value.h"

enum {
	RECORD_MAX = 1 << 20, /* bytes of a row or line; more is refused */
	CELLS_MAX = 1024,     /* of a row; more is refused */
	WHY_MAX = 192,
};

/* Why a record cannot be sent; code as in errors.def. */
struct fault {
	char field[64];
	const char *code;
	char reason[WHY_MAX];
};

/* Fill a fault of code "invalid"; returns -1. */
int fault_set(struct fault *fault, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is every byte part of UTF-8, and none a NUL?  Else -1 with fault. */
int fault_check_text(struct fault *fault, const char *field, struct text text);

/* --- bytes (formats.c) --------------------------------------------------- */

struct input;

/*
 * Open a file ("-": stdin) whose bytes are in encoding (NULL: UTF-8; any that
 * iconv knows).  NULL with why filled.
 */
struct input *input_open(const char *path, const char *encoding,
    char why[WHY_MAX]);
void input_close(struct input *input); /* NULL is fine */

/*
 * The next bytes, UTF-8 but for what was wrong from the start, without byte
 * order mark; borrowed until the next call.  1, 0 at the end, or -1 with why.
 */
int input_next(struct input *input, struct text *bytes, char why[WHY_MAX]);

/* The file itself; how much of it was read; its size (0: unknown). */
int input_fd(const struct input *input);
uint64_t input_read_bytes(const struct input *input);
uint64_t input_size(const struct input *input);

/* Append text in the encoding input was read from; what has none is '?'. */
void input_encode(struct input *input, struct text text, struct buf *out);

/* --- records ------------------------------------------------------------- */

struct record {
	uint64_t line;           /* where it begins, from 1 */
	uint32_t count;          /* cells; 0 of NDJSON */
	const struct text *cell; /* borrowed */
	struct text json;        /* the line, of NDJSON */
	const char *trouble; /* why it cannot be read, NULL: it can; static */
};

/* One record; nonzero ends the reading. */
typedef int on_record(void *who, const struct record *record);

/* CSV by libcsv, quotes and line breaks as RFC 4180 has them, and lenient
 * where it says nothing (formats_csv.c). */
struct csv_reader;
struct csv_reader *csv_reader_new(char delimiter, on_record *each, void *who);
void csv_reader_free(struct csv_reader *reader); /* NULL is fine */
/* 0, or what each returned, or -1 when memory runs out. */
int csv_reader_feed(struct csv_reader *reader, struct text bytes);
int csv_reader_finish(struct csv_reader *reader);

/* The likeliest delimiter of a heading: , ; or tab. */
char csv_guess_delimiter(struct text heading);

/* Append cells as one row, without the line's end. */
void csv_put_row(struct buf *out, const struct text *cell, uint32_t count,
    char delimiter);
/* The same for people's spreadsheets: a ' before what formula_is. */
void csv_put_guarded_row(struct buf *out, const struct text *cell,
    uint32_t count, char delimiter);

/* Lines, blank ones left out (formats_json.c). */
struct line_reader;
struct line_reader *line_reader_new(on_record *each, void *who);
void line_reader_free(struct line_reader *reader); /* NULL is fine */
int line_reader_feed(struct line_reader *reader, struct text bytes);
int line_reader_finish(struct line_reader *reader);

/*
 * A line of JSON as a report.  Members _line, _field, _code and _reason are
 * left out; id, source and licence, where not empty, stand for the line's
 * own.  0, or -1 with fault.
 */
struct json_overlay {
	struct text id; /* only where the line has none */
	struct text source;
	struct text licence;
};
int json_report(struct tocsin_writer *writer, struct tocsin_writer *scratch,
    struct text line, const struct json_overlay *overlay, struct fault *fault);

/* A rejected line again, with its number and fault as members. */
void json_put_reject(struct buf *out, struct text line, uint64_t number,
    const struct fault *fault);

#endif
