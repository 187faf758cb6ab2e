#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "clients/cli/detect.h"

double *
detect_sheet_add(struct detect_sheet *sheet, const char *name, ...)
{
	struct detect_column *column;
	va_list arguments;

	if (sheet->is_failed || sheet->ncolumns == DETECT_COLUMNS_MAX) {
		sheet->is_failed = true;
		return NULL;
	}
	column = &sheet->column[sheet->ncolumns];
	va_start(arguments, name);
	vsnprintf(column->name, sizeof(column->name), name, arguments);
	va_end(arguments);
	column->value = calloc(sheet->series->count - sheet->first + 1,
	    sizeof(*column->value));
	if (column->value)
		sheet->ncolumns++;
	else
		sheet->is_failed = true;
	return column->value;
}

void
detect_sheet_fini(struct detect_sheet *sheet)
{
	for (unsigned i = 0; i < sheet->ncolumns; i++)
		free(sheet->column[i].value);
	sheet->ncolumns = 0;
}

static void
print_csv(const struct detect_sheet *sheet, FILE *to)
{
	const struct detect_series *series = sheet->series;

	fputs("t,observed", to);
	for (unsigned i = 0; i < sheet->ncolumns; i++)
		fprintf(to, ",%s", sheet->column[i].name);
	putc('\n', to);
	for (size_t row = sheet->first; row < series->count; row++) {
		fprintf(to, "%lld,%.17g", (long long)(series->t + (int64_t)row),
		    series->x[row]);
		for (unsigned i = 0; i < sheet->ncolumns; i++) {
			double value =
			    sheet->column[i].value[row - sheet->first];

			putc(',', to);
			if (!isnan(value))
				fprintf(to, "%.17g", value);
		}
		putc('\n', to);
	}
}

/* JSON has neither NAN nor infinities: null, and a text. */
static void
print_json_value(double value, FILE *to)
{
	if (isnan(value))
		fputs("null", to);
	else
		fprintf(to, isinf(value) ? "\"%.17g\"" : "%.17g", value);
}

static void
print_json(const struct detect_sheet *sheet, FILE *to)
{
	const struct detect_series *series = sheet->series;

	for (size_t row = sheet->first; row < series->count; row++) {
		fprintf(to, "{\"t\":%lld,\"observed\":%.17g",
		    (long long)(series->t + (int64_t)row), series->x[row]);
		for (unsigned i = 0; i < sheet->ncolumns; i++) {
			fprintf(to, ",\"%s\":", sheet->column[i].name);
			print_json_value(sheet->column[i]
					     .value[row - sheet->first],
			    to);
		}
		fputs("}\n", to);
	}
}

void
detect_sheet_print(const struct detect_sheet *sheet, struct output *output)
{
	if (output_is_json(output))
		print_json(sheet, output->data);
	else
		print_csv(sheet, output->data);
}
