/*
 * vector_frame.h - for tests: a CSV file of numbers, whole, and a tally of
 * what was compared with it.
 */
#ifndef TOCSIN_TESTS_VECTOR_FRAME_H
#define TOCSIN_TESTS_VECTOR_FRAME_H

#include <math.h>

#include "tests/lib/csvread.h"

enum { FRAME_NAME = 48 };

struct frame {
	const char *path;
	unsigned ncolumns;
	size_t nrows;
	char name[CSVREAD_FIELDS][FRAME_NAME];
	double *cell; /* rows after each other; NAN: empty */
};

struct tally {
	unsigned long checked, failed;
	char first[256]; /* what failed first */
};

/* false when there is no such shared file; else frame_free it. */
static inline bool
frame_read(struct frame *frame, const char *path)
{
	static struct csvread csv;

	*frame = (struct frame){ .path = path };
	if (!csvread_open(&csv, path))
		return false;
	if (!csvread_next(&csv))
		abort();
	frame->ncolumns = csv.nfields;
	for (unsigned i = 0; i < csv.nfields; i++)
		snprintf(frame->name[i], FRAME_NAME, "%s", csv.field[i]);
	while (csvread_next(&csv)) {
		size_t width = frame->ncolumns * sizeof(double);

		if (csv.nfields != frame->ncolumns)
			abort();
		frame->cell = realloc(frame->cell, (frame->nrows + 1) * width);
		for (unsigned i = 0; i < csv.nfields; i++)
			frame->cell[frame->nrows * csv.nfields + i] =
			    strtod(*csv.field[i] ? csv.field[i] : "nan", NULL);
		frame->nrows++;
	}
	csvread_close(&csv);
	return true;
}

static inline void
frame_free(struct frame *frame)
{
	free(frame->cell);
}

/* A cell; a column that is not there ends the program. */
static inline double
frame_cell(const struct frame *frame, size_t row, const char *column)
{
	for (unsigned i = 0; i < frame->ncolumns; i++)
		if (!strcmp(frame->name[i], column))
			return frame->cell[row * frame->ncolumns + i];
	fprintf(stderr, "%s: no column %s\n", frame->path, column);
	abort();
}

/* Decisions are equal, numbers to 1e-9 of themselves, both empty or neither. */
static inline bool
frame_same(const char *column, double expected, double got)
{
	size_t len = strlen(column);
	bool is_decision = (len >= 5 && !strcmp(column + len - 5, "alarm")) ||
	    !strcmp(column, "alarm_1e3") || !strcmp(column, "fire");

	if (isnan(expected) || isnan(got))
		return isnan(expected) && isnan(got);
	if (is_decision || isinf(expected) || isinf(got))
		return !(expected < got) && !(expected > got);
	return fabs(expected - got) <= 1e-9 * fabs(expected);
}

/* Compare one value with its cell. */
static inline void
frame_expect(const struct frame *frame, size_t row, const char *column,
    double got, struct tally *tally)
{
	double expected = frame_cell(frame, row, column);

	tally->checked++;
	if (frame_same(column, expected, got))
		return;
	if (tally->failed++ == 0)
		snprintf(tally->first, sizeof(tally->first),
		    "%s: line %zu, %s: %.17g, not %.17g", frame->path, row + 2,
		    column, got, expected);
}

#endif
