/*
 * curation.c - tocsin products merge, split, alias, rename, distinct, accept,
 * refuse, undo, history: a curator's acts and how they are taken back.
 */
#include <stdio.h>
#include <string.h>

#include "clients/cli/shell/listing.h"

enum { OPERANDS_MAX = 2 };

/* How one verb's command line becomes the arguments of its call. */
struct verb {
	const char *method;
	const char *operand[OPERANDS_MAX]; /* names of the arguments */
	const char *option[3];             /* passed on when given */
};

static void
show_act(struct line *line, const struct tocsin_value *result)
{
	static const char *const numbers[][2] = { { "act", "act" },
		{ "reports", "product_counts.reports" },
		{ "cases", "product_counts.cases" },
		{ "sources", "product_counts.sources" },
		{ "organisations", "product_counts.organisations" } };
	struct output *output = line_output(line);
	int64_t act = tocsin_get_int(result, "act", 0);

	show_text(output, "done", tocsin_get_text(result, "kind"));
	show_text(output, "product", tocsin_get_text(result, "product.id"));
	show_text(output, "name", tocsin_get_text(result, "product.name"));
	for (size_t i = act ? 0 : 1; i < sizeof(numbers) / sizeof(numbers[0]);
	     i++)
		show_number(output, numbers[i][0],
		    tocsin_get_int(result, numbers[i][1], -1));
	if (!act)
		show_text(output, "dry run",
		    tocsin_text_of("nothing was changed"));
	else if (output->format == OUTPUT_TABLE)
		fprintf(output->data,
		    "to take it back: tocsin products undo %lld --reason "
		    "TEXT\n",
		    (long long)act);
}

static int
put_act(struct line *line, struct tocsin_writer *writer)
{
	long long act;
	char rest;

	if (sscanf(line_operand(line, 0), "%lld%c", &act, &rest) != 1 ||
	    act < 1)
		return line_usage(line, "ACT is a number, as history lists it");
	tocsin_put_int(writer, "act", act);
	return 0;
}

static int
run_verb(struct line *line, const struct verb *verb)
{
	static const char *const common[] = { "reason", "author" };
	struct tocsin_writer *writer;
	int code = 0;

	if (!line_option(line, "reason"))
		return line_usage(line,
		    "missing: --reason; it stands in the log for others");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	for (unsigned i = 0; i < OPERANDS_MAX && verb->operand[i]; i++)
		tocsin_put_string(writer, verb->operand[i],
		    line_operand(line, i));
	for (unsigned i = 0; i < 3 && verb->option[i]; i++)
		if (line_option(line, verb->option[i]))
			tocsin_put_string(writer, verb->option[i],
			    line_option(line, verb->option[i]));
	for (unsigned i = 0; i < 2; i++)
		if (line_option(line, common[i]))
			tocsin_put_string(writer, common[i],
			    line_option(line, common[i]));
	if (line_has(line, "dry-run"))
		tocsin_put_bool(writer, "dry_run", true);
	if (!verb->operand[0])
		code = put_act(line, writer);
	tocsin_put_end(writer);
	if (!code)
		code = show_one(line, verb->method, writer, show_act);
	tocsin_writer_free(writer);
	return code;
}

int
run_products_merge(struct line *line)
{
	static const struct verb verb = { .method = "products.merge",
		.operand = { "id", "into" } };

	return run_verb(line, &verb);
}

int
run_products_split(struct line *line)
{
	static const struct verb verb = { .method = "products.split",
		.operand = { "id" } };

	return run_verb(line, &verb);
}

int
run_products_alias(struct line *line)
{
	static const struct verb verb = { .method = "products.alias",
		.operand = { "id" },
		.option = { "brand", "model", "gtin" } };

	return run_verb(line, &verb);
}

int
run_products_rename(struct line *line)
{
	static const struct verb verb = { .method = "products.rename",
		.operand = { "id" },
		.option = { "brand", "model" } };

	if (!line_option(line, "brand"))
		return line_usage(line, "missing: --brand");
	return run_verb(line, &verb);
}

int
run_products_distinct(struct line *line)
{
	static const struct verb verb = { .method = "products.distinct",
		.operand = { "id", "from" } };

	return run_verb(line, &verb);
}

/* Reports of a product and what was merged into it; an exit code. */
static int
ask_reports(struct line *line, const char *id, int64_t *reports)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_reply *reply;
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", id);
	tocsin_put_end(writer);
	code = line_call(line, "products.get", writer, &reply);
	if (!code)
		*reports = tocsin_get_int(tocsin_reply_result(reply),
		    "counts.reports", 0);
	tocsin_reply_free(reply);
	tocsin_writer_free(writer);
	return code;
}

/* Which operand gives the name: the one asked for, or the more reported. */
static int
choose_name(struct line *line, unsigned *chosen)
{
	const char *into = line_option(line, "into");
	int64_t reports[2] = { 0 };
	int code = 0;

	for (unsigned i = 0; i < 2 && into; i++)
		if (!strcmp(into, line_operand(line, i))) {
			*chosen = i;
			return 0;
		}
	if (into)
		return line_usage(line, "--into is one of both products");
	for (unsigned i = 0; i < 2 && !code; i++)
		code = ask_reports(line, line_operand(line, i), &reports[i]);
	*chosen = reports[1] > reports[0];
	return code;
}

int
run_products_accept(struct line *line)
{
	static const struct verb into[2] = {
		{ .method = "products.merge", .operand = { "into", "id" } },
		{ .method = "products.merge", .operand = { "id", "into" } },
	};
	unsigned chosen = 0;
	int code = 0;

	if (line_option(line, "reason"))
		code = choose_name(line, &chosen);
	return code ? code : run_verb(line, &into[chosen]);
}

int
run_products_refuse(struct line *line)
{
	return run_products_distinct(line);
}

int
run_products_undo(struct line *line)
{
	static const struct verb verb = { .method = "products.undo" };

	return run_verb(line, &verb);
}

static const struct table_column act_columns[] = {
	{ "act", ALIGN_RIGHT, false },
	{ "at", ALIGN_LEFT, false },
	{ "kind", ALIGN_LEFT, false },
	{ "product", ALIGN_LEFT, false },
	{ "other", ALIGN_LEFT, false },
	{ "by", ALIGN_LEFT, true },
	{ "reason", ALIGN_LEFT, true },
	{ "undone by", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_acts(struct output *output, const struct tocsin_value *acts)
{
	struct tocsin_walk walk = tocsin_walk_of(acts);
	struct table *table = table_new(output, act_columns);
	struct tocsin_value act;

	while (table && tocsin_walk_item(&walk, &act)) {
		struct tocsin_text author = tocsin_get_text(&act, "author");

		table_number(table, tocsin_get_int(&act, "act", -1));
		table_text(table, tocsin_get_text(&act, "at"));
		table_text(table, tocsin_get_text(&act, "kind"));
		table_text(table, tocsin_get_text(&act, "product"));
		table_text(table, tocsin_get_text(&act, "other"));
		table_text(table,
		    author.len ? author
			       : tocsin_get_text(&act, "organisation"));
		table_text(table, tocsin_get_text(&act, "reason"));
		table_number(table, tocsin_get_int(&act, "undone_by", -1));
	}
	if (table && acts->count) {
		fputc('\n', output->data);
		table_print(table);
	}
	table_free(table);
}

static void
show_history(struct line *line, const struct tocsin_value *result)
{
	static const char *const texts[][2] = { { "product", "product.id" },
		{ "name", "product.name" }, { "merged into", "merged_into" },
		{ "read as", "read_as" } };
	struct output *output = line_output(line);
	struct tocsin_value members = tocsin_get(result, "members");
	struct tocsin_value acts = tocsin_get(result, "acts");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(result, texts[i][1]));
	show_list(output, "members", &members);
	if (output->format == OUTPUT_TABLE)
		show_acts(output, &acts);
}

int
run_products_history(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = EXIT_LOCAL;

	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "id", line_operand(line, 0));
	tocsin_put_end(writer);
	code = show_one(line, "products.history", writer, show_history);
	tocsin_writer_free(writer);
	return code;
}
