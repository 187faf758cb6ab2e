#include "clients/cli/recalls.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "clients/cli/match/sheet.h"
#include "daemon/core/fold.h"

enum { AT_DATE, AT_PRODUCT, AT_BRAND, AT_MODEL, COLUMNS };

static const struct sheet_column known[COLUMNS + 1] = {
	[AT_DATE] = { .name = "date",
	    .names = "date|day|recalled|recalldate|jour",
	    .is_needed = true },
	[AT_PRODUCT] = { .name = "product",
	    .names = "product|productid|produit" },
	[AT_BRAND] = { .name = "brand", .names = "brand|marque|make" },
	[AT_MODEL] = { .name = "model", .names = "model|modele" },
};

static struct recall *
add(struct recalls *recalls)
{
	unsigned cap = recalls->cap ? 2 * recalls->cap : 64;
	struct recall *grown = recalls->at;

	if (recalls->count == recalls->cap) {
		grown = realloc(grown, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		recalls->at = grown;
		recalls->cap = cap;
	}
	grown[recalls->count] = (struct recall){ .day = 0 };
	return &grown[recalls->count++];
}

static void
copy(char *to, size_t room, struct text text)
{
	size_t len = text.len < room ? text.len : room - 1;

	if (len)
		memcpy(to, text.at, len);
	to[len] = '\0';
}

static void
fold(char to[RECALL_KEY_MAX], struct text text)
{
	size_t len = fold_name(text, to, RECALL_KEY_MAX - 1);

	to[len < RECALL_KEY_MAX ? len : RECALL_KEY_MAX - 1] = '\0';
}

static bool
read_day(struct text text, int32_t *day)
{
	struct date date;

	if (date_parse(text, &date, NULL) || date.precision != DATE_DAY)
		return false;
	*day = date.day;
	return true;
}

static int
take_row(struct sheet *sheet, const struct record *record)
{
	struct text product = sheet_cell(sheet, record, AT_PRODUCT);
	struct text brand = sheet_cell(sheet, record, AT_BRAND);
	struct recall *recall;
	int32_t day;

	if (!read_day(sheet_cell(sheet, record, AT_DATE), &day))
		return sheet_refuse(sheet, record->line, "date",
		    "use a day, as in 2026-06-15");
	if (!product.len && !brand.len)
		return sheet_refuse(sheet, record->line, NULL,
		    "name the product, or a brand");
	recall = add(sheet->who);
	if (!recall) {
		output_message(sheet->output, "out of memory");
		return EXIT_LOCAL;
	}
	recall->day = day;
	copy(recall->product, sizeof(recall->product), product);
	if (!product.len) {
		fold(recall->brand, brand);
		fold(recall->model, sheet_cell(sheet, record, AT_MODEL));
	}
	return 0;
}

int
recalls_read(struct recalls *recalls, struct output *output, const char *path)
{
	struct sheet_column columns[COLUMNS + 1];
	struct sheet sheet = { .output = output,
		.path = path,
		.columns = columns,
		.take = take_row,
		.who = recalls };

	memcpy(columns, known, sizeof(columns));
	return sheet_read(&sheet);
}

/* --- what the server was told -------------------------------------------- */

static int
take_page(struct recalls *recalls, const struct tocsin_value *result)
{
	struct tocsin_value list = tocsin_get(result, "remedies"), item;
	struct tocsin_walk walk = tocsin_walk_of(&list);

	while (tocsin_walk_item(&walk, &item)) {
		struct tocsin_text product = tocsin_get_text(&item, "product");
		struct tocsin_text date = tocsin_get_text(&item, "date");
		struct recall *recall;
		int32_t day;

		if (!product.len)
			product = tocsin_get_text(&item, "product.id");
		if (tocsin_get_int(&item, "undone_by", 0) ||
		    !read_day((struct text){ date.at, date.len }, &day))
			continue;
		recall = add(recalls);
		if (!recall)
			return EXIT_LOCAL;
		recall->day = day;
		copy(recall->product, sizeof(recall->product),
		    (struct text){ product.at, product.len });
	}
	return 0;
}

int
recalls_ask(struct recalls *recalls, struct line *line)
{
	struct tocsin_writer *writer = tocsin_writer_new();
	struct tocsin_reply *reply = NULL;
	struct tocsin_error error;
	bool is_more = writer != NULL;
	int code = 0;
	struct tocsin *tocsin = line_connect(line, &code);

	if (tocsin && writer)
		tocsin_put_map(writer, NULL);
	while (tocsin && is_more && !code) {
		const struct tocsin_value *result;

		tocsin_put_end(writer);
		if (tocsin_call_wait(tocsin, "alerts.remedies",
			tocsin_writer_bytes(writer), &reply, &error))
			break;
		result = tocsin_reply_result(reply);
		code = take_page(recalls, result);
		is_more = tocsin_get_bool(result, "more");
		tocsin_writer_clear(writer);
		tocsin_put_map(writer, NULL);
		tocsin_put_text(writer, "after",
		    tocsin_get_text(result, "after"));
		tocsin_reply_free(reply);
	}
	tocsin_writer_free(writer);
	return code;
}

/* --- looking ------------------------------------------------------------- */

static bool
is_of(const struct recall *recall, const struct tocsin_text product[3],
    const char brand[RECALL_KEY_MAX], const char model[RECALL_KEY_MAX])
{
	if (recall->product[0])
		return tocsin_text_is(product[0], recall->product);
	return strcmp(recall->brand, brand) == 0 &&
	    (!recall->model[0] || strcmp(recall->model, model) == 0);
}

/* Of two recalls, the one that a day is to be compared with. */
static bool
is_better(const struct recall *recall, const struct recall *best, int32_t day)
{
	if (!best)
		return true;
	if ((recall->day >= day) != (best->day >= day))
		return recall->day >= day;
	return recall->day >= day ? recall->day < best->day
				  : recall->day > best->day;
}

const struct recall *
recalls_find(struct recalls *recalls, const struct tocsin_text product[3],
    int32_t day)
{
	char brand[RECALL_KEY_MAX], model[RECALL_KEY_MAX];
	const struct recall *best = NULL;

	fold(brand, (struct text){ product[1].at, product[1].len });
	fold(model, (struct text){ product[2].at, product[2].len });
	for (unsigned i = 0; i < recalls->count; i++) {
		struct recall *recall = &recalls->at[i];

		if (!is_of(recall, product, brand, model))
			continue;
		if (!recall->is_met || day < recall->first)
			recall->first = day;
		recall->is_met = true;
		recall->is_early |= day <= recall->day;
		if (is_better(recall, best, day))
			best = recall;
	}
	return best;
}

void
recalls_free(struct recalls *recalls)
{
	free(recalls->at);
}
