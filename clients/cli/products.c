#include "clients/cli/products.h"

#include <ctype.h>
#include <string.h>

#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "id", ALIGN_LEFT, false },
	{ "name", ALIGN_LEFT, true },
	{ "category", ALIGN_LEFT, true },
	{ "level", ALIGN_LEFT, false },
	{ "reports", ALIGN_RIGHT, false },
	{ "cases", ALIGN_RIGHT, false },
	{ "sources", ALIGN_RIGHT, false },
	{ "organisations", ALIGN_RIGHT, false },
	{ NULL, ALIGN_LEFT, false },
};

static void
row(struct table *table, const struct tocsin_value *item)
{
	table_text(table, tocsin_get_text(item, "id"));
	table_text(table, tocsin_get_text(item, "name"));
	table_text(table, tocsin_get_text(item, "category"));
	table_text(table, tocsin_get_text(item, "level"));
	table_number(table, tocsin_get_int(item, "counts.reports", -1));
	table_number(table, tocsin_get_int(item, "counts.cases", -1));
	table_number(table, tocsin_get_int(item, "counts.sources", -1));
	table_number(table, tocsin_get_int(item, "counts.organisations", -1));
}

static void
list_params(struct line *line, struct tocsin_writer *writer)
{
	static const char *const names[] = { "brand", "category", "level" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = line_option(line, names[i]);
		if (value)
			tocsin_put_string(writer, names[i], value);
	}
}

static void
search_params(struct line *line, struct tocsin_writer *writer)
{
	char query[512] = "";
	const char *word;
	for (unsigned i = 0; (word = line_operand(line, i)); i++) {
		size_t len = strlen(query);
		snprintf(query + len, sizeof(query) - len, "%s%s", i ? " " : "",
		    word);
	}
	tocsin_put_string(writer, "query", query);
}

int
run_products_list(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "products.search",
		.items = "products",
		.columns = columns,
		.row = row,
		.params = list_params,
		.most = 50,
		.nothing = "no products" };
	return listing_run(&listing);
}

int
run_products_search(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "products.search",
		.items = "products",
		.columns = columns,
		.row = row,
		.params = search_params,
		.most = 20,
		.nothing = "no product has these words in its brand, model or "
			   "category" };
	return listing_run(&listing);
}

static void
show_groups(struct output *output, const struct tocsin_value *groups)
{
	static const struct table_column of_group[] = {
		{ "failure", ALIGN_LEFT, true },
		{ "reports", ALIGN_RIGHT, false },
		{ "cases", ALIGN_RIGHT, false },
		{ "sources", ALIGN_RIGHT, false },
		{ "organisations", ALIGN_RIGHT, false },
		{ NULL, ALIGN_LEFT, false },
	};
	struct tocsin_walk walk = tocsin_walk_of(groups);
	struct tocsin_value group;
	struct table *table = table_new(output, of_group);
	while (table && tocsin_walk_item(&walk, &group)) {
		table_text(table, tocsin_get_text(&group, "mode"));
		table_number(table,
		    tocsin_get_int(&group, "counts.reports", -1));
		table_number(table, tocsin_get_int(&group, "counts.cases", -1));
		table_number(table,
		    tocsin_get_int(&group, "counts.sources", -1));
		table_number(table,
		    tocsin_get_int(&group, "counts.organisations", -1));
	}
	if (table && groups->count) {
		fputc('\n', output->data);
		table_print(table);
	}
	table_free(table);
}

static void
show_alerts(struct output *output, const struct tocsin_value *alerts)
{
	struct tocsin_walk walk = tocsin_walk_of(alerts);
	struct tocsin_value alert;
	while (tocsin_walk_item(&walk, &alert)) {
		char text[128];
		struct tocsin_text id = tocsin_get_text(&alert, "id");
		struct tocsin_text state = tocsin_get_text(&alert, "state");
		snprintf(text, sizeof(text), "%.*s %.*s", (int)id.len, id.at,
		    (int)state.len, state.at);
		show_text(output, "alert", tocsin_text_of(text));
	}
}

static void
show(struct line *line, const struct tocsin_value *result)
{
	struct output *output = line_output(line);
	struct tocsin_value gtin = tocsin_get(result, "product.gtin");
	struct tocsin_value groups = tocsin_get(result, "groups");
	struct tocsin_value alerts = tocsin_get(result, "alerts");
	static const char *const texts[][2] = { { "product", "product.id" },
		{ "name", "product.name" }, { "brand", "product.brand" },
		{ "model", "product.model" },
		{ "category", "product.category" },
		{ "level", "product.level" } };
	static const char *const numbers[][2] = { { "reports",
						      "counts.reports" },
		{ "cases", "counts.cases" }, { "sources", "counts.sources" },
		{ "organisations", "counts.organisations" } };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(output, texts[i][0],
		    tocsin_get_text(result, texts[i][1]));
	show_list(output, "barcodes", &gtin);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		show_number(output, numbers[i][0],
		    tocsin_get_int(result, numbers[i][1], -1));
	show_alerts(output, &alerts);
	if (output->format == OUTPUT_TABLE)
		show_groups(output, &groups);
}

static bool
is_barcode(const char *word)
{
	size_t len = strlen(word);
	return len >= 8 && len <= 14 && strspn(word, "0123456789") == len;
}

void
products_put_key(struct tocsin_writer *writer, const char *word)
{
	const char *slash = strchr(word, '/');

	if (slash) {
		tocsin_put_text(writer, "brand",
		    (struct tocsin_text){ word, (size_t)(slash - word) });
		tocsin_put_string(writer, "model", slash + 1);
	} else {
		tocsin_put_string(writer, is_barcode(word) ? "gtin" : "id",
		    word);
	}
}

int
run_products_show(struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	int code = EXIT_LOCAL;
	if (!writer)
		return code;
	tocsin_put_map(writer, NULL);
	products_put_key(writer, line_operand(line, 0));
	tocsin_put_end(writer);
	code = show_one(line, "products.get", writer, show);
	tocsin_writer_free(writer);
	return code;
}
