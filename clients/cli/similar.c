/* similar.c - tocsin products similar: pairs that a curator may look at. */
#include <stdio.h>

#include "clients/cli/shell/listing.h"

static const struct table_column columns[] = {
	{ "score", ALIGN_RIGHT, false },
	{ "id", ALIGN_LEFT, false },
	{ "name", ALIGN_LEFT, true },
	{ "reports", ALIGN_RIGHT, false },
	{ "other", ALIGN_LEFT, false },
	{ "its name", ALIGN_LEFT, true },
	{ "its reports", ALIGN_RIGHT, false },
	{ "reasons", ALIGN_LEFT, true },
	{ NULL, ALIGN_LEFT, false },
};

/* "brand-near +1.4, category-same +0.5", as tocsin match writes them. */
static void
put_reasons(struct table *table, const struct tocsin_value *pair)
{
	struct tocsin_value reasons = tocsin_get(pair, "reasons");
	struct tocsin_walk walk = tocsin_walk_of(&reasons);
	struct tocsin_value reason;
	char text[600] = "";
	size_t len = 0;

	while (len < sizeof(text) && tocsin_walk_item(&walk, &reason)) {
		struct tocsin_text name = tocsin_get_text(&reason, "feature");

		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%.*s %+.1f", len ? ", " : "", (int)name.len, name.at,
		    tocsin_get_real(&reason, "value", 0) *
			tocsin_get_real(&reason, "weight", 0));
	}
	table_string(table, text);
}

static void
row(struct table *table, const struct tocsin_value *pair)
{
	char score[16];

	snprintf(score, sizeof(score), "%.2f",
	    tocsin_get_real(pair, "score", 0));
	table_string(table, score);
	table_text(table, tocsin_get_text(pair, "product.id"));
	table_text(table, tocsin_get_text(pair, "product.name"));
	table_number(table, tocsin_get_int(pair, "reports", -1));
	table_text(table, tocsin_get_text(pair, "other.id"));
	table_text(table, tocsin_get_text(pair, "other.name"));
	table_number(table, tocsin_get_int(pair, "other_reports", -1));
	put_reasons(table, pair);
}

/* What is no number was refused before. */
static void
params(struct line *line, struct tocsin_writer *writer)
{
	int64_t range[2] = { 0, 100 }, least = 50;

	if (line_operand(line, 0))
		tocsin_put_string(writer, "product", line_operand(line, 0));
	line_number(line, "min-score", range, &least);
	tocsin_put_int(writer, "min_score", least);
}

int
run_products_similar(struct line *line)
{
	const struct listing listing = { .line = line,
		.method = "products.similar",
		.items = "pairs",
		.columns = columns,
		.row = row,
		.params = params,
		.most = 50,
		.nothing = "no products look alike" };
	int64_t range[2] = { 0, 100 }, least;
	int code = line_number(line, "min-score", range, &least);

	return code ? code : listing_run(&listing);
}
