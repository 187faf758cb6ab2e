#include <stdlib.h>

#include "clients/cli/detect.h"
#include "clients/cli/match/sheet.h"

enum { COLUMN_T, COLUMN_OBSERVED };
enum { SERIES_MAX = 10000000 };

/* Digits only, to 10^9: what doubles and sums of them hold exactly. */
static int
read_whole(struct text cell, int64_t *out)
{
	int64_t number = 0;

	if (cell.len == 0 || cell.len > 10)
		return -1;
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.at[i] < '0' || cell.at[i] > '9')
			return -1;
		number = number * 10 + (cell.at[i] - '0');
	}
	*out = number;
	return number > 1000000000 ? -1 : 0;
}

static int
grow(struct detect_series *series)
{
	size_t cap = series->cap ? 2 * series->cap : 1024;
	double *more;

	if (series->count < series->cap)
		return 0;
	more = realloc(series->x, cap * sizeof(*more));
	if (!more)
		return -1;
	series->x = more;
	series->cap = cap;
	return 0;
}

static int
check_t(struct sheet *sheet, const struct record *record, int64_t t)
{
	struct detect_series *series = sheet->who;
	int64_t next = series->t + (int64_t)series->count;

	if (series->count == 0)
		series->t = t;
	else if (t != next)
		return sheet_refuse(sheet, record->line, "t",
		    "%lld, not %lld: each row is the next one, without gaps",
		    (long long)t, (long long)next);
	if (series->count == SERIES_MAX)
		return sheet_refuse(sheet, record->line, NULL,
		    "a series is of at most %d rows", SERIES_MAX);
	return 0;
}

static int
take(struct sheet *sheet, const struct record *record)
{
	struct detect_series *series = sheet->who;
	int64_t t, x;
	int code;

	if (read_whole(sheet_cell(sheet, record, COLUMN_T), &t))
		return sheet_refuse(sheet, record->line, "t",
		    "a whole number is needed, 0 to 10^9");
	code = check_t(sheet, record, t);
	if (code)
		return code;
	if (read_whole(sheet_cell(sheet, record, COLUMN_OBSERVED), &x))
		return sheet_refuse(sheet, record->line, "observed",
		    "a count is needed: a whole number, 0 to 10^9");
	if (grow(series)) {
		output_message(sheet->output, "out of memory");
		return EXIT_LOCAL;
	}
	series->x[series->count++] = (double)x;
	return 0;
}

int
detect_series_read(struct detect_series *series, struct output *output,
    const char *path)
{
	struct sheet_column columns[] = {
		[COLUMN_T] = { .name = "t", .names = "t", .is_needed = true },
		[COLUMN_OBSERVED] = { .name = "observed",
		    .names = "observed",
		    .is_needed = true },
		{ .name = NULL },
	};
	struct sheet sheet = { .output = output,
		.path = path,
		.columns = columns,
		.take = take,
		.who = series };
	int code = sheet_read(&sheet);

	if (!code && series->count == 0)
		code = sheet_refuse(&sheet, 2, NULL, "there is no row");
	return code;
}

void
detect_series_fini(struct detect_series *series)
{
	free(series->x);
}
