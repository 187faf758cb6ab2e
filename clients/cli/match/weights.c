#include "clients/cli/match/weights.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/match/sheet.h"

enum { COLUMN_FEATURE, COLUMN_WEIGHT, COLUMNS };

/* What a weight may be at most: more is a slip. */
static const double weight_max = 1000;

struct reading {
	struct match_weights *weights;
	bool is_set[MATCH_FEATURES + 1]; /* the last: the bias */
};

/* The number of a feature, MATCH_FEATURES for the bias, or -1. */
static int
number_of(struct text name)
{
	if (text_is(name, "bias"))
		return MATCH_FEATURES;
	for (int i = 0; i < MATCH_FEATURES; i++) {
		if (text_is(name, match_feature_name((enum match_feature)i)))
			return i;
	}
	return -1;
}

static int
take_row(struct sheet *sheet, const struct record *record)
{
	struct reading *reading = sheet->who;
	struct text name = sheet_cell(sheet, record, COLUMN_FEATURE);
	struct text cell = sheet_cell(sheet, record, COLUMN_WEIGHT);
	char number[64] = "";
	char *end = number;
	int at = number_of(name);
	if (at < 0)
		return sheet_refuse(sheet, record->line, "feature",
		    "no feature is called %.*s", TEXT_ARG(name));
	if (reading->is_set[at])
		return sheet_refuse(sheet, record->line, "feature",
		    "%.*s is there twice", TEXT_ARG(name));
	if (cell.len < sizeof(number))
		memcpy(number, cell.at ? cell.at : "", cell.len);
	double weight = strtod(number, &end);
	if (end == number || *end || !(fabs(weight) <= weight_max))
		return sheet_refuse(sheet, record->line, "weight",
		    "must be a number from -1000 to 1000");
	reading->is_set[at] = true;
	if (at == MATCH_FEATURES)
		reading->weights->bias = weight;
	else
		reading->weights->weight[at] = weight;
	return 0;
}

int
weights_read(struct match_weights *weights, struct output *output,
    const char *path)
{
	struct sheet_column columns[COLUMNS + 1] = {
		[COLUMN_FEATURE] = { .name = "feature",
		    .names = "feature",
		    .is_needed = true },
		[COLUMN_WEIGHT] = { .name = "weight",
		    .names = "weight",
		    .is_needed = true },
	};
	struct reading reading = { .weights = weights };
	struct sheet sheet = { .output = output,
		.path = path,
		.columns = columns,
		.take = take_row,
		.who = &reading };
	*weights = (struct match_weights){ 0 };
	int code = sheet_read(&sheet);
	if (!code && !reading.is_set[MATCH_FEATURES])
		return sheet_refuse(&sheet, 1, "feature", "no row bias");
	return code;
}

void
weights_write(const struct match_weights *weights, FILE *to)
{
	fprintf(to, "feature,weight\nbias,%.17g\n", weights->bias);
	for (int i = 0; i < MATCH_FEATURES; i++)
		fprintf(to, "%s,%.17g\n",
		    match_feature_name((enum match_feature)i),
		    weights->weight[i]);
}
