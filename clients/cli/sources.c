/*
 * sources.c - how the organisation's sources give their ids.
 */
#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "source", ALIGN_LEFT, true },
	{ "ids", ALIGN_LEFT, false },
	{ "release", ALIGN_RIGHT, false },
	{ "import", ALIGN_LEFT, true },
	{ "since", ALIGN_LEFT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_sources(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value sources = tocsin_get(result, "sources"), item;
	struct tocsin_walk walk = tocsin_walk_of(&sources);
	struct table *table;
	if (!sources.count) {
		output_message(output, "no source was declared yet");
		return;
	}
	table = table_new(output, columns);
	if (!table) {
		output_message(output, "out of memory");
		return;
	}
	while (tocsin_walk_item(&walk, &item)) {
		table_text(table, tocsin_get_text(&item, "source"));
		table_text(table, tocsin_get_text(&item, "ids"));
		table_number(table, tocsin_get_int(&item, "release", -1));
		table_text(table, tocsin_get_text(&item, "import"));
		table_text(table, tocsin_get_text(&item, "since"));
	}
	table_print(table);
	table_free(table);
}

int
run_sources_list(struct line *line)
{
	return show_one(line, "sources.list", NULL, show_sources);
}
