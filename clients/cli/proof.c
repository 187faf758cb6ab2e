#include "clients/cli/proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/formula.h"
#include "clients/cli/formats/formats.h"
#include "clients/cli/shell/output.h"

/* Columns that the alert itself tells. */
static const struct cell {
	const char *column, *outer, *inner;
} cells[] = {
#define CELL(column, outer, inner) { #column, outer, inner },
#include "proto/alert_cells.def"
#undef CELL
	{ "prev", "prev", NULL },
};

struct proof {
	struct chain chain;
	struct csv_reader *csv;     /* owned; NULL: NDJSON */
	struct line_reader *lines;  /* owned; NULL: CSV */
	struct tocsin_writer *row;  /* owned: the row as a map */
	struct tocsin_writer *cell; /* owned: JSON of one cell */
	struct buf heading;         /* CSV: names, each a string */
	uint32_t ncolumns;          /* CSV: 0 before the heading */
	struct buf packed;          /* the alert */
	char why[CHAIN_WHY_MAX];
};

static int __attribute__((format(printf, 2, 3)))
fail(struct proof *proof, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(proof->why, sizeof(proof->why), format, arguments);
	va_end(arguments);
	return -1;
}

static uint64_t
number(const struct tocsin_value *row, const char *name)
{
	struct tocsin_value cell = tocsin_get(row, name);
	struct tocsin_text text = tocsin_as_text(&cell);
	char digits[24] = "";
	if (cell.kind != TOCSIN_TEXT)
		return (uint64_t)tocsin_as_int(&cell, 0);
	if (text.len < sizeof(digits))
		memcpy(digits, text.at, text.len);
	return strtoull(digits, NULL, 10);
}

static bool
is_same_text(struct tocsin_text have, struct tocsin_text want)
{
	/* Before what a spreadsheet would run stands an apostrophe. */
	if (have.len == want.len + 1 && have.at[0] == '\'' &&
	    formula_is((struct text){ want.at, want.len })) {
		have.at++;
		have.len--;
	}
	return have.len == want.len && !memcmp(have.at, want.at, have.len);
}

static bool
is_number(const struct tocsin_value *value)
{
	return value->kind == TOCSIN_INT || value->kind == TOCSIN_REAL;
}

static bool
is_same_number(const struct tocsin_value *have, const struct tocsin_value *want)
{
	double a = tocsin_as_real(have, 0), b = tocsin_as_real(want, 0);
	return is_number(have) && !(a < b) && !(b < a);
}

/* Lists hold words. */
static bool
is_same_list(const struct tocsin_value *have, const struct tocsin_value *want)
{
	struct tocsin_walk walk = tocsin_walk_of(have);
	struct tocsin_walk wanted = tocsin_walk_of(want);
	struct tocsin_value item, word;
	if (have->kind != TOCSIN_LIST || want->kind != TOCSIN_LIST ||
	    have->count != want->count)
		return false;
	while (tocsin_walk_item(&walk, &item)) {
		struct tocsin_text text;
		if (!tocsin_walk_item(&wanted, &word))
			return false;
		text = tocsin_as_text(&word);
		if (item.kind != TOCSIN_TEXT ||
		    tocsin_as_text(&item).len != text.len ||
		    !is_same_text(tocsin_as_text(&item), text))
			return false;
	}
	return true;
}

/* A cell of CSV that is no text is JSON. */
static bool
read_cell(struct proof *proof, struct tocsin_value *cell)
{
	char why[160];
	tocsin_writer_clear(proof->cell);
	return !output_parse_json(proof->cell, NULL, tocsin_as_text(cell),
		   why) &&
	    tocsin_decode(tocsin_writer_bytes(proof->cell), cell);
}

static bool
is_same(struct proof *proof, struct tocsin_value have,
    const struct tocsin_value *want)
{
	if (tocsin_is_absent(want) || tocsin_is_absent(&have))
		return tocsin_is_absent(want) && tocsin_is_absent(&have);
	if (want->kind == TOCSIN_TEXT)
		return have.kind == TOCSIN_TEXT &&
		    is_same_text(tocsin_as_text(&have), tocsin_as_text(want));
	if (have.kind == TOCSIN_TEXT && !read_cell(proof, &have))
		return false;
	return is_number(want) ? is_same_number(&have, want)
			       : is_same_list(&have, want);
}

static int
compare(struct proof *proof, const struct tocsin_value *row,
    const struct tocsin_value *alert)
{
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		struct tocsin_value want = tocsin_get(alert, cells[i].outer);
		if (cells[i].inner)
			want = tocsin_get(&want, cells[i].inner);
		if (!is_same(proof, tocsin_get(row, cells[i].column), &want))
			return fail(proof,
			    "the row of sequence %" PRIu64
			    " was altered: its %s is not what its alert says",
			    number(row, "seq"), cells[i].column);
	}
	return 0;
}

static int
take_row(struct proof *proof, const struct tocsin_value *row)
{
	struct tocsin_text packed = tocsin_get_text(row, "packed");
	struct tocsin_value alert;
	struct chain_event event = { .seq = number(row, "seq"),
		.link = number(row, "link"),
		.hash = tocsin_get_text(row, "hash") };
	buf_clear(&proof->packed);
	if (!packed.len || !buf_reserve(&proof->packed, packed.len) ||
	    digest_unhex((struct text){ packed.at, packed.len },
		proof->packed.at, packed.len / 2) ||
	    !tocsin_decode((struct tocsin_text){ (char *)proof->packed.at,
			       packed.len / 2 },
		&alert))
		return fail(proof,
		    "the row of sequence %" PRIu64 " holds no packed alert",
		    event.seq);
	event.alert = alert.encoded;
	event.prev = tocsin_get_text(&alert, "prev");
	if (chain_take(&proof->chain, &event))
		return fail(proof, "%s", proof->chain.why);
	return compare(proof, row, &alert);
}

static int
take_written(struct proof *proof)
{
	struct tocsin_value row;
	if (!tocsin_decode(tocsin_writer_bytes(proof->row), &row) ||
	    row.kind != TOCSIN_MAP)
		return fail(proof, "a row cannot be read");
	return take_row(proof, &row);
}

static int
take_heading(struct proof *proof, const struct record *record)
{
	for (uint32_t i = 0; i < record->count; i++)
		buf_string(&proof->heading, record->cell[i]);
	proof->ncolumns = record->count;
	return proof->heading.failed ? fail(proof, "out of memory") : 0;
}

static int
take_cells(struct proof *proof, const struct record *record)
{
	struct cut cut = cut_of(proof->heading.at, proof->heading.len);
	if (record->count != proof->ncolumns)
		return fail(proof,
		    "line %" PRIu64 " has another number of cells",
		    record->line);
	tocsin_writer_clear(proof->row);
	tocsin_put_map(proof->row, NULL);
	for (uint32_t i = 0; i < record->count; i++) {
		struct text name = cut_string(&cut), cell = record->cell[i];
		tocsin_put_key(proof->row,
		    (struct tocsin_text){ name.at, name.len });
		tocsin_put_text(proof->row, NULL,
		    (struct tocsin_text){ cell.at, cell.len });
	}
	tocsin_put_end(proof->row);
	return take_written(proof);
}

static int
take_record(void *who, const struct record *record)
{
	struct proof *proof = who;
	char why[160];
	if (record->trouble)
		return fail(proof, "line %" PRIu64 ": %s", record->line,
		    record->trouble);
	if (proof->csv)
		return proof->ncolumns ? take_cells(proof, record)
				       : take_heading(proof, record);
	tocsin_writer_clear(proof->row);
	if (output_parse_json(proof->row, NULL,
		(struct tocsin_text){ record->json.at, record->json.len }, why))
		return fail(proof, "line %" PRIu64 ": %s", record->line, why);
	return take_written(proof);
}

struct proof *
proof_new(bool is_csv)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	if (!proof)
		return NULL;
	chain_init(&proof->chain, false);
	if (is_csv)
		proof->csv = csv_reader_new(',', take_record, proof);
	else
		proof->lines = line_reader_new(take_record, proof);
	proof->row = tocsin_writer_new();
	proof->cell = tocsin_writer_new();
	if ((proof->csv || proof->lines) && proof->row && proof->cell)
		return proof;
	proof_free(proof);
	return NULL;
}

void
proof_free(struct proof *proof)
{
	if (!proof)
		return;
	csv_reader_free(proof->csv);
	line_reader_free(proof->lines);
	tocsin_writer_free(proof->row);
	tocsin_writer_free(proof->cell);
	buf_free(&proof->heading);
	buf_free(&proof->packed);
	free(proof);
}

struct chain *
proof_chain(struct proof *proof)
{
	return &proof->chain;
}

/* The readers say only that memory ran out. */
static int
settle(struct proof *proof, int failed)
{
	if (failed && !proof->why[0])
		return fail(proof, "out of memory");
	return failed ? -1 : 0;
}

int
proof_feed(struct proof *proof, const char *bytes, size_t len)
{
	struct text text = { bytes, len };
	return settle(proof,
	    proof->csv ? csv_reader_feed(proof->csv, text)
		       : line_reader_feed(proof->lines, text));
}

int
proof_finish(struct proof *proof)
{
	return settle(proof,
	    proof->csv ? csv_reader_finish(proof->csv)
		       : line_reader_finish(proof->lines));
}

const char *
proof_why(const struct proof *proof)
{
	return proof->why;
}
