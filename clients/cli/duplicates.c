/*
 * duplicates.c - tocsin duplicates list, link, unlink, refuse, undo: reports
 * that may tell of one event, and what people say of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/cli/duplicates.h"
#include "clients/cli/shell/listing.h"

int
duplicates_put_report(struct line *line, struct tocsin_writer *writer,
    const char *written, const char *seq_key, const char *id_key)
{
	char *end;
	long long seq;

	if (written[0] != '@') {
		tocsin_put_string(writer, id_key, written);
		return 0;
	}
	seq = strtoll(written + 1, &end, 10);
	if (seq < 1 || *end)
		return line_usage(line,
		    "'%s' is no sequence; use @ and a number, or an id",
		    written);
	tocsin_put_int(writer, seq_key, seq);
	return 0;
}

void
duplicates_name(const struct tocsin_value *report, char out[NAMED_MAX])
{
	struct tocsin_text id = tocsin_get_text(report, "id");
	struct tocsin_text whose = tocsin_get_text(report, "organisation");

	if (id.len)
		snprintf(out, NAMED_MAX, "%.*s of %.*s", (int)id.len, id.at,
		    (int)whose.len, whose.at);
	else
		snprintf(out, NAMED_MAX, "@%lld of %.*s",
		    (long long)tocsin_get_int(report, "seq", 0), (int)whose.len,
		    whose.at);
}

static const struct table_column columns[] = {
	{ "product", ALIGN_LEFT, false },
	{ "seq", ALIGN_RIGHT, false },
	{ "report", ALIGN_LEFT, true },
	{ "like", ALIGN_RIGHT, false },
	{ "that is", ALIGN_LEFT, true },
	{ "%", ALIGN_RIGHT, false },
	{ "rule", ALIGN_LEFT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
put_row(struct table *table, const struct tocsin_value *pair)
{
	struct tocsin_value report = tocsin_get(pair, "report");
	struct tocsin_value other = tocsin_get(pair, "other");
	double probability = tocsin_get_real(pair, "probability", 0);
	char name[NAMED_MAX];

	table_text(table, tocsin_get_text(pair, "product"));
	table_number(table, tocsin_get_int(&report, "seq", -1));
	duplicates_name(&report, name);
	table_string(table, name);
	table_number(table, tocsin_get_int(&other, "seq", -1));
	duplicates_name(&other, name);
	table_string(table, name);
	table_number(table, (int64_t)(probability * 100 + .5));
	table_text(table, tocsin_get_text(pair, "rule"));
}

static void
put_product(struct line *line, struct tocsin_writer *writer)
{
	if (line_option(line, "product"))
		tocsin_put_string(writer, "product",
		    line_option(line, "product"));
}

int
run_duplicates_list(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "duplicates.list",
		.items = "pairs",
		.columns = columns,
		.row = put_row,
		.params = put_product,
		.most = 50,
		.nothing = "nothing waits" };

	return listing_run(&listing);
}

static void
show_case(struct output *output, const struct tocsin_value *one)
{
	struct tocsin_value seqs = tocsin_get(one, "seqs"), seq;
	struct tocsin_walk walk = tocsin_walk_of(&seqs);

	if (output->format != OUTPUT_TABLE)
		return;
	fprintf(output->data,
	    "case c%lld:", (long long)tocsin_get_int(one, "id", 0));
	while (tocsin_walk_item(&walk, &seq))
		fprintf(output->data, " @%lld",
		    (long long)tocsin_as_int(&seq, 0));
	fputc('\n', output->data);
}

static void
show_act(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value cases = tocsin_get(result, "cases"), one;
	struct tocsin_walk walk = tocsin_walk_of(&cases);
	int64_t act = tocsin_get_int(result, "act", 0);

	show_text(output, "done", tocsin_get_text(result, "kind"));
	show_text(output, "product", tocsin_get_text(result, "product.id"));
	show_text(output, "name", tocsin_get_text(result, "product.name"));
	show_number(output, "reports",
	    tocsin_get_int(result, "product_counts.reports", -1));
	show_number(output, "cases",
	    tocsin_get_int(result, "product_counts.cases", -1));
	while (tocsin_walk_item(&walk, &one))
		show_case(output, &one);
	if (!act)
		show_text(output, "dry run",
		    tocsin_text_of("nothing was changed"));
	else if (output->format == OUTPUT_TABLE)
		fprintf(output->data,
		    "to take it back: tocsin duplicates undo %lld --reason "
		    "TEXT\n",
		    (long long)act);
}

static int
put_act(struct line *line, struct tocsin_writer *writer)
{
	char *end;
	long long act = strtoll(line_operand(line, 0), &end, 10);

	if (act < 1 || *end)
		return line_usage(line,
		    "ACT is a number, as reports trace shows it");
	tocsin_put_int(writer, "act", act);
	return 0;
}

static int
put_operands(struct line *line, struct tocsin_writer *writer, unsigned reports)
{
	int code;

	if (!reports)
		return put_act(line, writer);
	code = duplicates_put_report(line, writer, line_operand(line, 0), "seq",
	    "id");
	if (code || reports == 1)
		return code;
	return duplicates_put_report(line, writer, line_operand(line, 1),
	    "other", "other_id");
}

static void
put_sources(struct line *line, struct tocsin_writer *writer, unsigned reports)
{
	const char *source = reports ? line_option(line, "source") : NULL;

	if (!source)
		return;
	tocsin_put_string(writer, "source", source);
	if (reports == 2)
		tocsin_put_string(writer, "other_source", source);
}

/* A verb about so many reports; none: about an act. */
static int
run_verb(struct line *line, const char *method, unsigned reports)
{
	struct tocsin_writer *writer;
	int code;

	if (!line_option(line, "reason"))
		return line_usage(line,
		    "missing: --reason; it stands in the log for others");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	code = put_operands(line, writer, reports);
	put_sources(line, writer, reports);
	tocsin_put_string(writer, "reason", line_option(line, "reason"));
	if (line_option(line, "author"))
		tocsin_put_string(writer, "author",
		    line_option(line, "author"));
	if (line_has(line, "dry-run"))
		tocsin_put_bool(writer, "dry_run", true);
	tocsin_put_end(writer);
	if (!code)
		code = show_one(line, method, writer, show_act);
	tocsin_writer_free(writer);
	return code;
}

int
run_duplicates_link(struct line *line)
{
	return run_verb(line, "duplicates.link", 2);
}

int
run_duplicates_unlink(struct line *line)
{
	return run_verb(line, "duplicates.unlink", 1);
}

int
run_duplicates_refuse(struct line *line)
{
	return run_verb(line, "duplicates.refuse", 2);
}

int
run_duplicates_undo(struct line *line)
{
	return run_verb(line, "duplicates.undo", 0);
}
