/*
 * organisations.c - tocsin org add, set, list, show, remove: whom the operator
 * names.  org import is in orgfile.c.
 */
#include "clients/cli/shell/listing.h"

#include <stdio.h>

static const struct table_column columns[] = {
	{ "name", ALIGN_LEFT, false },
	{ "trust", ALIGN_RIGHT, false },
	{ "trusted", ALIGN_LEFT, false },
	{ "probation", ALIGN_LEFT, false },
	{ "sites", ALIGN_RIGHT, false },
	{ "tokens", ALIGN_RIGHT, false },
	{ "note", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
show_named(struct line *line, const struct tocsin_value *result)
{
	show_text(line_output(line), "organisation",
	    tocsin_get_text(result, "name"));
	show_number(line_output(line), "tokens revoked",
	    tocsin_get_int(result, "revoked", -1));
	show_number(line_output(line), "act",
	    tocsin_get_int(result, "seq", -1));
}

static int
set(struct line *line, bool is_new)
{
	static const char *const names[] = { "trust", "trusted", "probation",
		"note", "reason", NULL };
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", line_operand(line, 0));
	tocsin_put_bool(writer, "add", is_new);
	line_put_given(line, writer, names);
	if (line_count(line, "site")) {
		tocsin_put_list(writer, "sites");
		for (unsigned i = 0; i < line_count(line, "site"); i++)
			tocsin_put_string(writer, NULL,
			    line_nth(line, "site", i));
		tocsin_put_end(writer);
	}
	tocsin_put_end(writer);
	code = show_one(line, "organisations.set", writer, show_named);
	tocsin_writer_free(writer);
	return code;
}

int
run_org_add(struct line *line)
{
	return set(line, true);
}

int
run_org_set(struct line *line)
{
	return set(line, false);
}

int
run_org_remove(struct line *line)
{
	static const char *const names[] = { "reason", NULL };
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", line_operand(line, 0));
	line_put_given(line, writer, names);
	tocsin_put_end(writer);
	code = show_one(line, "organisations.remove", writer, show_named);
	tocsin_writer_free(writer);
	return code;
}

static void
put_row(struct table *table, const struct tocsin_value *item)
{
	struct tocsin_value sites = tocsin_get(item, "sites");
	char trust[16];

	snprintf(trust, sizeof(trust), "%.2f",
	    tocsin_get_real(item, "trust", 1));
	table_text(table, tocsin_get_text(item, "name"));
	table_string(table, trust);
	table_string(table, tocsin_get_bool(item, "trusted") ? "yes" : "no");
	table_text(table, tocsin_get_text(item, "probation"));
	table_number(table, (int64_t)sites.count);
	table_number(table, tocsin_get_int(item, "tokens", -1));
	table_text(table, tocsin_get_text(item, "note"));
}

static void
show_organisations(struct line *line, const struct tocsin_value *result)
{
	show_listed(line, result,
	    &(struct listed){ "organisations", columns, put_row,
		"no organisation is named yet", "--after NAME" });
}

int
run_org_list(struct line *line)
{
	static const char *const names[] = { "after", NULL };
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	line_put_given(line, writer, names);
	tocsin_put_end(writer);
	code = show_one(line, "organisations.list", writer, show_organisations);
	tocsin_writer_free(writer);
	return code;
}

static void
show_organisation(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value list = tocsin_get(result, "organisations"), item;
	struct tocsin_walk walk = tocsin_walk_of(&list);
	struct tocsin_value sites;
	char trust[16];

	if (!tocsin_walk_item(&walk, &item))
		return;
	sites = tocsin_get(&item, "sites");
	snprintf(trust, sizeof(trust), "%.2f",
	    tocsin_get_real(&item, "trust", 1));
	show_text(output, "name", tocsin_get_text(&item, "name"));
	show_text(output, "trust", tocsin_text_of(trust));
	show_text(output, "trusted",
	    tocsin_text_of(tocsin_get_bool(&item, "trusted") ? "yes" : "no"));
	show_text(output, "probation", tocsin_get_text(&item, "probation"));
	show_list(output, "sites", &sites);
	show_number(output, "tokens", tocsin_get_int(&item, "tokens", -1));
	show_text(output, "note", tocsin_get_text(&item, "note"));
}

int
run_org_show(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code;

	if (!writer)
		return EXIT_LOCAL;
	tocsin_put_map(writer, NULL);
	tocsin_put_string(writer, "name", line_operand(line, 0));
	tocsin_put_end(writer);
	code = show_one(line, "organisations.list", writer, show_organisation);
	tocsin_writer_free(writer);
	return code;
}
