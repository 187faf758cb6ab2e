/*
 * erase.c - tocsin erase report, reporter, note: what somebody said, taken out
 * for good.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/cli/shell/listing.h"

static const struct table_column item_columns[] = {
	{ "sequence", ALIGN_RIGHT, false },
	{ "received", ALIGN_LEFT, false },
	{ "report", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_items(struct output *output, const struct tocsin_value *items)
{
	struct tocsin_walk walk = tocsin_walk_of(items);
	struct table *table = table_new(output, item_columns);
	struct tocsin_value item;

	while (table && tocsin_walk_item(&walk, &item)) {
		table_number(table, tocsin_get_int(&item, "seq", -1));
		table_text(table, tocsin_get_text(&item, "received"));
		table_text(table, tocsin_get_text(&item, "id"));
	}
	if (table && items->count) {
		fputc('\n', output->data);
		table_print(table);
	}
	table_free(table);
}

static void
show_erased(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value items = tocsin_get(result, "items");
	bool is_dry = tocsin_get_bool(result, "dry_run");

	show_number(output, is_dry ? "reports to erase" : "reports erased",
	    tocsin_get_int(result, "reports", -1));
	show_number(output, "erased before",
	    tocsin_get_int(result, "already", -1));
	if (is_dry) {
		show_text(output, "dry run",
		    tocsin_text_of("nothing was erased; --yes erases it for "
				   "good"));
	} else {
		show_number(output, "log files rewritten",
		    tocsin_get_int(result, "segments", -1));
		show_number(output, "sequence",
		    tocsin_get_int(result, "seq", -1));
		output_message(output,
		    "copies and backups made before are not reached; "
		    "tocsind(8) and operations.md say what to do with them");
	}
	if (output->format == OUTPUT_TABLE)
		show_items(output, &items);
}

static void
put_option(struct line *line, struct tocsin_writer *params, const char *option,
    const char *key)
{
	const char *value = line_option(line, option);

	if (value)
		tocsin_put_string(params, key, value);
}

/* What every erasure is told with; params is an open map, and taken. */
static int
erase(struct line *line, const char *method, struct tocsin_writer *params)
{
	int code;

	put_option(line, params, "reason", "reason");
	put_option(line, params, "author", "author");
	if (line_has(line, "dry-run"))
		tocsin_put_bool(params, "dry_run", true);
	tocsin_put_end(params);
	line_be_patient(line);
	code = show_one(line, method, params, show_erased);
	tocsin_writer_free(params);
	return code;
}

/* An open map of arguments; NULL with *code set when there can be none. */
static struct tocsin_writer *
begin(struct line *line, int *code)
{
	struct tocsin_writer *params;

	*code = EXIT_LOCAL;
	if (!line_option(line, "reason")) {
		*code = line_usage(line,
		    "missing: --reason; it stands in the log for others");
		return NULL;
	}
	if (line_has(line, "yes") == line_has(line, "dry-run")) {
		*code = line_usage(line,
		    "give either --dry-run, which shows what would go, or "
		    "--yes, which erases it for good");
		return NULL;
	}
	params = tocsin_writer_new();
	if (params)
		tocsin_put_map(params, NULL);
	return params;
}

int
run_erase_report(struct line *line)
{
	int code;
	struct tocsin_writer *params = begin(line, &code);

	if (!params)
		return code;
	tocsin_put_string(params, "id", line_operand(line, 0));
	put_option(line, params, "source", "source");
	put_option(line, params, "of", "organisation");
	return erase(line, "erase.report", params);
}

int
run_erase_reporter(struct line *line)
{
	const char *reporter = line_operand(line, 0);
	struct tocsin_writer *params;
	int code;

	if (!reporter == !line_option(line, "pseudonym"))
		return line_usage(line,
		    "name either a REPORTER or a --pseudonym");
	params = begin(line, &code);
	if (!params)
		return code;
	if (reporter)
		tocsin_put_string(params, "reporter", reporter);
	put_option(line, params, "pseudonym", "pseudonym");
	put_option(line, params, "of", "organisation");
	return erase(line, "erase.reporter", params);
}

int
run_erase_note(struct line *line)
{
	struct tocsin_writer *params;
	char *end;
	long long seq = strtoll(line_operand(line, 0), &end, 10);
	int code;

	if (seq < 1 || *end)
		return line_usage(line,
		    "SEQ is a number, as reports trace and the histories of "
		    "products and alerts show it");
	params = begin(line, &code);
	if (!params)
		return code;
	tocsin_put_int(params, "seq", seq);
	return erase(line, "erase.note", params);
}
