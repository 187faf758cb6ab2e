/* audit.c - tocsin audit: what those who run and curate a server did. */
#include <stdio.h>
#include <string.h>

#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "seq", ALIGN_RIGHT, false },
	{ "at", ALIGN_LEFT, false },
	{ "what", ALIGN_LEFT, false },
	{ "act", ALIGN_LEFT, false },
	{ "to", ALIGN_LEFT, true },
	{ "organisation", ALIGN_LEFT, false },
	{ "token", ALIGN_LEFT, false },
	{ "by", ALIGN_LEFT, false },
	{ "reason", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

static void
put_given(struct line *line, struct tocsin_writer *writer)
{
	static const char *const names[] = { "since", "until", "who", "what",
		"product" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (line_option(line, names[i]))
			tocsin_put_string(writer, names[i],
			    line_option(line, names[i]));
}

/* Product, other product, alert, and what else there is. */
static void
put_object(struct table *table, const struct tocsin_value *item)
{
	static const char *const keys[] = { "alert", "product", "other",
		"subject" };
	char all[512] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct tocsin_text text = tocsin_get_text(item, keys[i]);
		size_t len = strlen(all);

		if (text.len)
			snprintf(all + len, sizeof(all) - len, "%s%.*s",
			    len ? " " : "", (int)text.len, text.at);
	}
	table_string(table, all);
}

static void
put_row(struct table *table, const struct tocsin_value *item)
{
	static const char *const said[] = { "organisation", "token", "by" };

	table_number(table, tocsin_get_int(item, "seq", -1));
	table_text(table, tocsin_get_text(item, "at"));
	table_text(table, tocsin_get_text(item, "what"));
	table_text(table, tocsin_get_text(item, "act"));
	put_object(table, item);
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		table_text(table, tocsin_get_text(item, said[i]));
	if (tocsin_get_bool(item, "erased"))
		table_string(table, "(erased)");
	else
		table_text(table, tocsin_get_text(item, "reason"));
}

int
run_audit(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "audit.list",
		.items = "acts",
		.columns = columns,
		.row = put_row,
		.params = put_given,
		.most = INT64_MAX,
		.nothing = "nothing was done that is asked for" };

	return listing_run(&listing);
}
