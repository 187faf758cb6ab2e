#include "clients/cli/match/verdicts.h"

#include <string.h>

#include "clients/cli/formats/formats.h"

enum { REASONS_MAX = 512, BUT_MAX = 64, CELLS = 5 };

static const struct table_column columns[] = {
	{ "left", ALIGN_LEFT, false },
	{ "right", ALIGN_LEFT, false },
	{ "score", ALIGN_RIGHT, false },
	{ "decision", ALIGN_LEFT, false },
	{ "reasons", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

/* One pair, ready to be printed. */
struct verdict {
	struct text left, right;
	double score;
	char shown[16]; /* score */
	const char *decision;
	char reasons[REASONS_MAX];
};

/*
 * Reasons are made again rather than kept: two records are read faster than
 * half a kilobyte a pair is remembered.
 */
static void
explain(const struct verdicts *verdicts, const struct pair *pair,
    struct verdict *verdict)
{
	const char *but = pair->is_beaten
	    ? "another pair of these rows is better"
	    : pair->is_rivalled ? "another pair of these rows is as likely"
				: "";
	const struct pairs *pairs = verdicts->pairs;
	struct match_record left, right;
	struct match_result result;
	struct match_input input = wares_input(pairs->left, pair->left);
	match_read(&input, verdicts->corpus, &left);
	input = wares_input(pairs->right, pair->right);
	match_read(&input, verdicts->corpus, &right);
	match_score(&left, &right, verdicts->weights, &result);
	verdict->left = wares_id(pairs->left, pair->left);
	verdict->right = wares_id(pairs->right, pair->right);
	verdict->score = pair->score;
	verdict->decision = match_decision_name(pair->decision);
	snprintf(verdict->shown, sizeof(verdict->shown), "%.6f", pair->score);
	size_t len = match_reasons(&result, verdicts->weights, verdict->reasons,
	    REASONS_MAX - BUT_MAX);
	snprintf(verdict->reasons + len, REASONS_MAX - len, "%s%s",
	    *but && len > 0 ? ", " : "", but);
}

static struct tocsin_text
wire(struct text text)
{
	return (struct tocsin_text){ text.at, text.len };
}

/* A row at a time: there may be millions. */
static int
print_csv(const struct verdicts *verdicts)
{
	FILE *to = verdicts->output->data;
	struct buf line = { 0 };
	fputs("left,right,score,decision,reasons\r\n", to);
	for (size_t i = 0; i < verdicts->pairs->count; i++) {
		struct verdict verdict;
		explain(verdicts, &verdicts->pairs->pair[i], &verdict);
		const struct text cells[CELLS] = { verdict.left, verdict.right,
			text_of(verdict.shown), text_of(verdict.decision),
			text_of(verdict.reasons) };
		if (verdicts->output->is_raw)
			csv_put_row(&line, cells, CELLS, ',');
		else
			csv_put_guarded_row(&line, cells, CELLS, ',');
		buf_add_string(&line, "\r\n");
		fwrite(line.at, 1, line.len, to);
		if (line.failed)
			break;
		buf_clear(&line);
	}
	bool has_failed = line.failed;
	buf_free(&line);
	if (!has_failed)
		return 0;
	output_message(verdicts->output, "out of memory");
	return EXIT_LOCAL;
}

static int
print_json(const struct verdicts *verdicts)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = writer ? 0 : EXIT_LOCAL;
	for (size_t i = 0; i < verdicts->pairs->count && !code; i++) {
		struct verdict verdict;
		struct tocsin_value value;
		explain(verdicts, &verdicts->pairs->pair[i], &verdict);
		tocsin_writer_clear(writer);
		tocsin_put_map(writer, NULL);
		tocsin_put_text(writer, "left", wire(verdict.left));
		tocsin_put_text(writer, "right", wire(verdict.right));
		tocsin_put_real(writer, "score", verdict.score);
		tocsin_put_string(writer, "decision", verdict.decision);
		tocsin_put_string(writer, "reasons", verdict.reasons);
		tocsin_put_end(writer);
		code = tocsin_writer_is_whole(writer) &&
			tocsin_decode(tocsin_writer_bytes(writer), &value) &&
			!output_json_line(verdicts->output->data, &value)
		    ? 0
		    : EXIT_LOCAL;
	}
	if (code)
		output_message(verdicts->output, "cannot be written as JSON");
	tocsin_writer_free(writer);
	return code;
}

static int
print_table(const struct verdicts *verdicts)
{
	struct table *table = table_new(verdicts->output, columns);
	if (!table) {
		output_message(verdicts->output, "out of memory");
		return EXIT_LOCAL;
	}
	for (size_t i = 0; i < verdicts->pairs->count; i++) {
		struct verdict verdict;
		explain(verdicts, &verdicts->pairs->pair[i], &verdict);
		table_text(table, wire(verdict.left));
		table_text(table, wire(verdict.right));
		verdict.shown[4] = '\0';
		table_string(table, verdict.shown);
		table_string(table, verdict.decision);
		table_string(table, verdict.reasons);
	}
	int code = table_print(table);
	table_free(table);
	return code;
}

int
verdicts_print(const struct verdicts *verdicts)
{
	switch (verdicts->output->format) {
	case OUTPUT_CSV:
		return print_csv(verdicts);
	case OUTPUT_JSON:
	case OUTPUT_NDJSON:
		return print_json(verdicts);
	case OUTPUT_TABLE:
		break;
	}
	return print_table(verdicts);
}
