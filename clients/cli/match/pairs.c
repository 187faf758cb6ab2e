#include "clients/cli/match/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/match/sheet.h"
#include "daemon/core/fold.h"

enum { COLUMN_LEFT, COLUMN_RIGHT, COLUMN_LABEL, COLUMNS };

void
pairs_fini(struct pairs *pairs)
{
	free(pairs->pair);
	*pairs = (struct pairs){ 0 };
}

int
pairs_add(struct pairs *pairs, const struct pair *pair)
{
	if (pairs->count == pairs->cap) {
		size_t cap = pairs->cap ? 2 * pairs->cap : 1024;
		struct pair *more = realloc(pairs->pair, cap * sizeof(*more));
		if (!more)
			return -1;
		pairs->pair = more;
		pairs->cap = cap;
	}
	pairs->pair[pairs->count++] = *pair;
	return 0;
}

/* 1, 0, or -1 when it is neither. */
static int
read_label(struct text cell)
{
	static const char *const yes[] = { "1", "true", "yes", "match" };
	static const char *const no[] = { "0", "false", "no", "nomatch" };
	char folded[16];
	struct text word = { folded, fold_name(cell, folded, sizeof(folded)) };
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (text_is(word, yes[i]))
			return 1;
		if (text_is(word, no[i]))
			return 0;
	}
	return -1;
}

static int
find(struct sheet *sheet, const struct record *record, unsigned column,
    uint32_t *row)
{
	const struct pairs *pairs = sheet->who;
	const struct wares *wares =
	    column == COLUMN_LEFT ? pairs->left : pairs->right;
	struct text id = sheet_cell(sheet, record, column);
	int64_t found = wares_find(wares, id);
	if (found < 0)
		return sheet_refuse(sheet, record->line,
		    sheet->columns[column].name, "%s has no id %.*s",
		    wares->path, TEXT_ARG(id));
	*row = (uint32_t)found;
	return 0;
}

static int
take_row(struct sheet *sheet, const struct record *record)
{
	struct pair pair = { 0 };
	int code = find(sheet, record, COLUMN_LEFT, &pair.left);
	if (!code)
		code = find(sheet, record, COLUMN_RIGHT, &pair.right);
	if (code)
		return code;
	if (sheet->columns[COLUMN_LABEL].is_needed) {
		struct text cell = sheet_cell(sheet, record, COLUMN_LABEL);
		int label = read_label(cell);
		if (label < 0)
			return sheet_refuse(sheet, record->line, "label",
			    "must be 1 or 0, not %.*s", TEXT_ARG(cell));
		pair.is_same = label == 1;
	}
	if (!pairs_add(sheet->who, &pair))
		return 0;
	output_message(sheet->output, "out of memory");
	return EXIT_LOCAL;
}

int
pairs_read(struct pairs *pairs, struct output *output, const char *path,
    bool is_labelled)
{
	struct sheet_column columns[COLUMNS + 1] = {
		[COLUMN_LEFT] = { .name = "left",
		    .names = "left|leftid|idleft|ltableid",
		    .is_needed = true },
		[COLUMN_RIGHT] = { .name = "right",
		    .names = "right|rightid|idright|rtableid",
		    .is_needed = true },
		[COLUMN_LABEL] = { .name = "label",
		    .names = "label|gold|match",
		    .is_needed = is_labelled },
	};
	struct sheet sheet = { .output = output,
		.path = path,
		.columns = columns,
		.take = take_row,
		.who = pairs };
	return sheet_read(&sheet);
}

/* The two best of a row or column, and how many of it are matches. */
struct podium {
	double first, second;
	uint32_t matches;
};

static void
climb(struct podium *podium, const struct pair *pair)
{
	podium->matches += pair->decision == MATCH_SAME;
	if (pair->score > podium->first) {
		podium->second = podium->first;
		podium->first = pair->score;
	} else if (pair->score > podium->second) {
		podium->second = pair->score;
	}
}

/* Podiums of all left rows, then of all right rows; NULL: out of memory. */
static struct podium *
podiums(const struct pairs *pairs)
{
	uint32_t rows = pairs->left->count;
	size_t all = (size_t)rows + pairs->right->count;
	struct podium *podium = calloc(all ? all : 1, sizeof(*podium));
	for (size_t i = 0; podium && i < pairs->count; i++) {
		climb(&podium[pairs->pair[i].left], &pairs->pair[i]);
		climb(&podium[rows + pairs->pair[i].right], &pairs->pair[i]);
	}
	return podium;
}

/* A pair that is first has the second for its rival, any other the first. */
static bool
is_rivalled(const struct podium *podium, double score)
{
	double rival = score < podium->first ? podium->first : podium->second;
	return podium->matches > 1 || match_is_rival(score, rival);
}

int
pairs_doubt_rivals(struct pairs *pairs)
{
	struct podium *podium = podiums(pairs);
	if (!podium)
		return -1;
	for (size_t i = 0; i < pairs->count; i++) {
		struct pair *pair = &pairs->pair[i];
		const struct podium *right =
		    &podium[pairs->left->count + pair->right];
		if (pair->decision != MATCH_SAME ||
		    (!is_rivalled(&podium[pair->left], pair->score) &&
			!is_rivalled(right, pair->score)))
			continue;
		pair->is_rivalled = true;
		pair->decision = MATCH_PROPOSE;
	}
	free(podium);
	return 0;
}

int
pairs_keep_best(struct pairs *pairs)
{
	struct podium *podium = podiums(pairs);
	if (!podium)
		return -1;
	for (size_t i = 0; i < pairs->count; i++) {
		struct pair *pair = &pairs->pair[i];
		pair->is_beaten = pair->score < podium[pair->left].first ||
		    pair->score <
			podium[pairs->left->count + pair->right].first;
		if (pair->is_beaten)
			pair->decision = MATCH_NO;
	}
	free(podium);
	return 0;
}
