/*
 * regroup.c - tocsin products regroup: what other rules of identity move, and
 * moving it.
 */
#include <stdio.h>

#include "clients/cli/shell/listing.h"

static const struct table_column move_columns[] = {
	{ "reports", ALIGN_RIGHT, false },
	{ "from", ALIGN_LEFT, false },
	{ "name", ALIGN_LEFT, true },
	{ "to", ALIGN_LEFT, false },
	{ "name", ALIGN_LEFT, true },
	{ "example", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_moves(struct output *output, const struct tocsin_value *moves)
{
	struct tocsin_walk walk = tocsin_walk_of(moves);
	struct table *table = table_new(output, move_columns);
	struct tocsin_value move;

	while (table && tocsin_walk_item(&walk, &move)) {
		struct tocsin_text to = tocsin_get_text(&move, "to.id");

		table_number(table, tocsin_get_int(&move, "reports", -1));
		table_text(table, tocsin_get_text(&move, "from.id"));
		table_text(table, tocsin_get_text(&move, "from.name"));
		table_text(table, to.len ? to : tocsin_text_of("new"));
		table_text(table, tocsin_get_text(&move, "to.name"));
		table_text(table, tocsin_get_text(&move, "example"));
	}
	if (table && moves->count) {
		fputc('\n', output->data);
		table_print(table);
	}
	table_free(table);
}

static void
show_regroup(struct line *line, const struct tocsin_value *result)
{
	static const char *const numbers[][2] = { { "reports read", "read" },
		{ "reports moved", "moved" }, { "gained", "gained" },
		{ "emptied", "emptied" }, { "groups touched", "groups" } };
	struct output *output = line_output(line);
	struct tocsin_value moves = tocsin_get(result, "moves");

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		show_number(output, numbers[i][0],
		    tocsin_get_int(result, numbers[i][1], -1));
	if (line_has(line, "dry-run"))
		show_text(output, "dry run",
		    tocsin_text_of("nothing was moved; --yes moves them"));
	if (output->format == OUTPUT_TABLE)
		show_moves(output, &moves);
}

int
run_products_regroup(struct line *line)
{
	int64_t range[2] = { 0, 1000 }, limit = 20;
	struct tocsin_writer *writer;
	int code = line_number(line, "limit", range, &limit);

	if (code)
		return code;
	if (line_has(line, "yes") == line_has(line, "dry-run"))
		return line_usage(line,
		    "give either --dry-run, which shows what would move, or "
		    "--yes, which moves it");
	writer = tocsin_writer_new();
	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_int(writer, "max", limit);
	if (line_has(line, "dry-run"))
		tocsin_put_bool(writer, "dry_run", true);
	tocsin_put_end(writer);
	line_be_patient(line);
	code = show_one(line, "products.regroup", writer, show_regroup);
	tocsin_writer_free(writer);
	return code;
}
