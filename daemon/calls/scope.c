#include "daemon/calls/scope.h"

#include "daemon/store/rows.h"
#include "proto/codec.h"
#include "proto/country.h"

static int
write_categories(const struct value *list, const struct vocabulary *vocabulary,
    struct buf *out, struct refusal *why)
{
	struct value_walk walk = value_walk(list);
	size_t token = pack_open_list(out);
	struct value item;
	uint32_t count = 0;

	while (value_next(&walk, &item)) {
		struct text name = value_text(&item);
		int index = vocabulary_find(vocabulary, WORDS_CATEGORY, name);

		if (index < 0)
			return refuse(why, ERROR_INVALID, "categories",
			    "\"%.*s\" is no category; vocabulary.get lists "
			    "them",
			    TEXT_ARG(name));
		pack_text(out,
		    vocabulary_word(vocabulary, WORDS_CATEGORY, (unsigned)index)
			->slug);
		count++;
	}
	pack_close_list(out, token, count);
	return 0;
}

static int
write_countries(const struct value *list, struct buf *out, struct refusal *why)
{
	struct value_walk walk = value_walk(list);
	size_t token = pack_open_list(out);
	struct value item;
	uint32_t count = 0;

	while (value_next(&walk, &item)) {
		char code[2];
		bool is_mapped;

		if (!country_find(value_text(&item), code, &is_mapped))
			return refuse(why, ERROR_INVALID, "countries",
			    "use codes such as FR");
		pack_text(out, (struct text){ code, sizeof(code) });
		count++;
	}
	pack_close_list(out, token, count);
	return 0;
}

static int
write_products(const struct value *list, struct buf *out, struct refusal *why)
{
	struct value_walk walk = value_walk(list);
	size_t token = pack_open_list(out);
	struct value item;
	uint32_t count = 0;

	while (value_next(&walk, &item)) {
		if (!product_id_parse(value_text(&item)))
			return refuse(why, ERROR_INVALID, "products",
			    "use ids such as p12");
		pack_text(out, value_text(&item));
		count++;
	}
	pack_close_list(out, token, count);
	return 0;
}

int
scope_write(const struct call_tokens_add *args,
    const struct vocabulary *vocabulary, struct buf *out, struct refusal *why)
{
	bool has_category = !value_is_absent(&args->categories);
	bool has_country = !value_is_absent(&args->countries);
	bool has_product = !value_is_absent(&args->products);

	if (!has_category && !has_country && !has_product)
		return 0;
	pack_map(out, 0u + has_category + has_country + has_product);
	if (has_category) {
		pack_string(out, "category");
		if (write_categories(&args->categories, vocabulary, out, why))
			return (int)why->code;
	}
	if (has_country) {
		pack_string(out, "country");
		if (write_countries(&args->countries, out, why))
			return (int)why->code;
	}
	if (has_product) {
		pack_string(out, "product");
		return write_products(&args->products, out, why);
	}
	return 0;
}

static struct value_walk
walk_of(const struct value *map, const char *key)
{
	struct value list;

	(void)value_find(map, key, &list);
	return value_walk(&list);
}

int
scope_read(struct text map, const struct vocabulary *vocabulary,
    struct access_scope *scope)
{
	struct value value, item;
	struct value_walk walk;

	*scope = (struct access_scope){ .vocabulary = vocabulary };
	if (!map.len)
		return 0;
	if (!value_of(map, &value))
		return -1;
	walk = walk_of(&value, "category");
	while (
	    scope->ncategories < ACCESS_ITEMS_MAX && value_next(&walk, &item)) {
		int index = vocabulary_find(vocabulary, WORDS_CATEGORY,
		    value_text(&item));

		if (index < 0)
			return -1;
		scope->category[scope->ncategories++] = index;
	}
	walk = walk_of(&value, "country");
	while (
	    scope->ncountries < ACCESS_ITEMS_MAX && value_next(&walk, &item)) {
		struct text code = value_text(&item);

		if (code.len != 2)
			return -1;
		scope->country[scope->ncountries++] =
		    (uint16_t)((uint8_t)code.at[0] << 8 | (uint8_t)code.at[1]);
	}
	walk = walk_of(&value, "product");
	while (scope->nproducts < ACCESS_ITEMS_MAX && value_next(&walk, &item))
		scope->product[scope->nproducts++] =
		    product_id_parse(value_text(&item));
	return access_is_scoped(scope) ? 0 : -1;
}
