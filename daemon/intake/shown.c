#include "daemon/intake/shown.h"

#include <stdio.h>
#include <string.h>

void
shown_copy(char *out, size_t cap, struct text text)
{
	size_t len = text.len < cap - 1 ? text.len : cap - 1;

	if (len)
		memcpy(out, text.at, len);
	out[len] = '\0';
}

/* A brand known without a model is shown with what kind of thing it is. */
static void
name_product(const struct vocabulary *vocabulary, struct shown *shown)
{
	int word = vocabulary_find(vocabulary, WORDS_CATEGORY,
	    text_of(shown->category));
	struct text category = word < 0
	    ? text_of(shown->category)
	    : vocabulary_word(vocabulary, WORDS_CATEGORY, (unsigned)word)->en;
	struct text second = shown->model[0] ? text_of(shown->model) : category;
	int len = snprintf(shown->name, sizeof(shown->name), "%s%s%.*s",
	    shown->brand, shown->brand[0] ? " " : "", TEXT_ARG(second));

	shown->name_len = (size_t)len < sizeof(shown->name)
	    ? (size_t)len
	    : sizeof(shown->name) - 1;
}

void
shown_of_row(const struct vocabulary *vocabulary, uint32_t product,
    const struct product_row *row, struct shown *shown)
{
	*shown = (struct shown){ .level = row->level, .gtin = row->gtin };
	product_id_format(product, shown->id);
	shown_copy(shown->brand, sizeof(shown->brand), product_row_brand(row));
	shown_copy(shown->model, sizeof(shown->model), product_row_model(row));
	shown_copy(shown->category, sizeof(shown->category), row->category);
	name_product(vocabulary, shown);
}

void
shown_read(struct projection *projection, const struct vocabulary *vocabulary,
    uint32_t product, struct shown *shown)
{
	struct key key = key_product(product);
	struct product_row row;
	struct text bytes;

	*shown = (struct shown){ 0 };
	product_id_format(product, shown->id);
	if (projection_get(projection, KEYSPACE_PRODUCT, &key, &bytes))
		return;
	if (product_row_read(bytes, &row))
		shown_of_row(vocabulary, product, &row, shown);
	else
		projection->result = STORE_CORRUPT;
}
