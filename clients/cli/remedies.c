/*
 * remedies.c - tocsin alerts remedy, remedy-undo, remedies, budget: fixes and
 * recalls that people declare, and what was judged of alerts.
 */
#include <stdio.h>

#include "clients/cli/shell/listing.h"

static void
show_declared(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	show_text(output, "remedy", tocsin_get_text(result, "kind"));
	show_text(output, "product", tocsin_get_text(result, "product"));
	show_text(output, "date", tocsin_get_text(result, "date"));
	show_number(output, "act", tocsin_get_int(result, "act", -1));
}

/* An exit code; the arguments are whole but for their end. */
static int
declare(struct line *line, struct tocsin_writer *writer, const char *method)
{
	int code;
	tocsin_put_end(writer);
	code = show_one(line, method, writer, show_declared);
	tocsin_writer_free(writer);
	return code;
}

int
run_alerts_remedy(struct line *line)
{
	static const char *const names[] = { "mode", "date", "reference",
		"reason", "by", NULL };
	const char *id = line_operand(line, 0);
	struct tocsin_writer *writer;
	if (!line_option(line, "date") || !line_option(line, "reason"))
		return line_usage(line,
		    "missing: --date, the day it was announced, or --reason");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, id[0] == 'p' ? "product" : "id", id);
	tocsin_put_string(writer, "kind", line_operand(line, 1));
	line_put_given(line, writer, names);
	return declare(line, writer, "alerts.remedy");
}

int
run_alerts_remedy_undo(struct line *line)
{
	static const char *const names[] = { "reason", "by", NULL };
	struct tocsin_writer *writer;
	long long act;
	char rest;
	if (sscanf(line_operand(line, 0), "%lld%c", &act, &rest) != 1 ||
	    act < 1)
		return line_usage(line,
		    "ACT is a number, as remedies lists it");
	if (!line_option(line, "reason"))
		return line_usage(line,
		    "missing: --reason; it stands in the log for others");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, "act", act);
	line_put_given(line, writer, names);
	return declare(line, writer, "alerts.remedy_undo");
}

static const struct table_column columns[] = {
	{ "act", ALIGN_RIGHT, false },
	{ "remedy", ALIGN_LEFT, false },
	{ "product", ALIGN_LEFT, false },
	{ "failure", ALIGN_LEFT, true },
	{ "date", ALIGN_LEFT, false },
	{ "reference", ALIGN_LEFT, true },
	{ "by", ALIGN_LEFT, true },
	{ "reason", ALIGN_LEFT, true },
	{ "undone by", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
put_row(struct table *table, const struct tocsin_value *item)
{
	struct tocsin_text by = tocsin_get_text(item, "by");
	table_number(table, tocsin_get_int(item, "act", -1));
	table_text(table, tocsin_get_text(item, "kind"));
	table_text(table, tocsin_get_text(item, "product"));
	table_text(table, tocsin_get_text(item, "mode"));
	table_text(table, tocsin_get_text(item, "date"));
	table_text(table, tocsin_get_text(item, "reference"));
	table_text(table, by.len ? by : tocsin_get_text(item, "organisation"));
	table_text(table, tocsin_get_text(item, "reason"));
	table_number(table, tocsin_get_int(item, "undone_by", -1));
}

static void
put_product(struct line *line, struct tocsin_writer *writer)
{
	static const char *const names[] = { "product", NULL };
	line_put_given(line, writer, names);
}

int
run_alerts_remedies(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "alerts.remedies",
		.items = "remedies",
		.columns = columns,
		.row = put_row,
		.params = put_product,
		.most = 100,
		.nothing = "no remedies were declared" };
	return listing_run(&listing);
}

static const struct table_column basis_columns[] = {
	{ "basis", ALIGN_LEFT, false },
	{ "raised", ALIGN_RIGHT, false },
	{ "judged true", ALIGN_RIGHT, false },
	{ "judged false", ALIGN_RIGHT, false },
	{ "since", ALIGN_LEFT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_bases(struct output *output, const struct tocsin_value *bases)
{
	struct table *table = table_new(output, basis_columns);
	struct tocsin_walk walk = tocsin_walk_of(bases);
	struct tocsin_value basis;
	while (table && tocsin_walk_item(&walk, &basis)) {
		table_text(table, tocsin_get_text(&basis, "basis"));
		table_number(table, tocsin_get_int(&basis, "raised", -1));
		table_number(table, tocsin_get_int(&basis, "judged_true", -1));
		table_number(table, tocsin_get_int(&basis, "judged_false", -1));
		table_text(table, tocsin_get_text(&basis, "since"));
	}
	if (table)
		table_print(table);
	table_free(table);
}

static void
show_real(struct output *output, const char *label,
    const struct tocsin_value *result, const char *key)
{
	double value = tocsin_get_real(result, key, -1);
	char text[32];
	snprintf(text, sizeof(text), "%.4g", value);
	if (value >= 0)
		show_text(output, label, tocsin_text_of(text));
}

static void
show_budget(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value bases = tocsin_get(result, "bases");
	struct tocsin_text since = tocsin_get_text(result, "rings_since");
	show_bases(output, &bases);
	fputc('\n', output->data);
	show_real(output, "allowed a week", result, "per_week");
	show_text(output, "rings since",
	    since.len ? since : tocsin_text_of("not yet"));
	show_number(output, "streams", tocsin_get_int(result, "streams", -1));
	show_number(output, "severe streams",
	    tocsin_get_int(result, "streams_severe", -1));
	show_real(output, "threshold", result, "threshold");
	show_real(output, "if severe", result, "threshold_severe");
	show_real(output, "scaled by", result, "scale");
	show_number(output, "weeks", tocsin_get_int(result, "weeks", -1));
	show_number(output, "alerts raised",
	    tocsin_get_int(result, "raised", -1));
	if (tocsin_get_real(result, "realised", -1) < 0)
		show_text(output, "false a week",
		    tocsin_text_of("not judged yet"));
	show_real(output, "false a week", result, "realised");
}

int
run_alerts_budget(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_end(writer);
	code = show_one(line, "alerts.budget", writer, show_budget);
	tocsin_writer_free(writer);
	return code;
}
