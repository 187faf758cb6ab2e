/*
 * keys.c - tocsin keys rotate, show: the keys of reporters' pseudonyms.  The
 * keys themselves never leave the server.
 */
#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "epoch", ALIGN_RIGHT, false },
	{ "key", ALIGN_LEFT, false },
	{ "since", ALIGN_LEFT, false },
	{ "destroyed", ALIGN_LEFT, false },
	{ "organisation", ALIGN_LEFT, false },
	{ "token", ALIGN_LEFT, false },
	{ "reason", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_rotated(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	int64_t destroyed = tocsin_get_int(result, "destroyed", 0);

	show_number(output, "epoch", tocsin_get_int(result, "epoch", -1));
	show_text(output, "key", tocsin_get_text(result, "key"));
	if (destroyed)
		show_number(output, "destroyed", destroyed);
	output_message(output,
	    "copy pseudonym.key to where your copies of keys are, apart from "
	    "those of the data");
}

int
run_keys_rotate(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	if (line_option(line, "reason"))
		tocsin_put_string(writer, "reason",
		    line_option(line, "reason"));
	tocsin_put_end(writer);
	line_be_patient(line);
	code = show_one(line, "keys.rotate", writer, show_rotated);
	tocsin_writer_free(writer);
	return code;
}

static void
put_row(struct table *table, const struct tocsin_value *item)
{
	table_number(table, tocsin_get_int(item, "epoch", -1));
	table_text(table, tocsin_get_text(item, "key"));
	table_text(table, tocsin_get_text(item, "since"));
	table_text(table, tocsin_get_text(item, "destroyed"));
	table_text(table, tocsin_get_text(item, "organisation"));
	table_text(table, tocsin_get_text(item, "token"));
	table_text(table, tocsin_get_text(item, "reason"));
}

static void
show_keys(struct line *line, const struct tocsin_value *result)
{
	show_listed(line, result,
	    &(struct listed){ "keys", columns, put_row, NULL, NULL });
}

int
run_keys_show(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_end(writer);
	code = show_one(line, "keys.list", writer, show_keys);
	tocsin_writer_free(writer);
	return code;
}
