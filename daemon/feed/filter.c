/* filter.c - what matches, and how it is written: see filter.h. */
#include "daemon/feed/filter.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/fold.h"
#include "daemon/feed/filter_parts.h"
#include "daemon/store/rows.h"
#include "proto/codec.h"

static void
free_texts(struct texts *texts)
{
	for (unsigned i = 0; i < texts->count; i++) {
		void *owned;

		memcpy(&owned, &texts->at[i].at, sizeof(owned));
		free(owned);
	}
	free(texts->at);
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->product.at);
	free(filter->country.at);
	free_texts(&filter->brand);
	free_texts(&filter->category);
	free_texts(&filter->rule);
	free(filter->category_index);
	free(filter);
}

static uint8_t
read_kinds(const struct value *alert)
{
	struct value kinds, item;
	struct value_walk walk;
	uint8_t mask = 0;

	(void)value_find(alert, "kinds", &kinds);
	walk = value_walk(&kinds);
	while (value_next(&walk, &item)) {
		for (unsigned kind = 0; kind <= REPORT_BREAKDOWN; kind++) {
			if (text_is(value_text(&item),
				report_kind_name((enum report_kind)kind)))
				mask |= (uint8_t)(1u << kind);
		}
	}
	return mask;
}

static unsigned
read_countries(const struct value *alert,
    uint16_t country[FILTER_COUNTRIES_MAX])
{
	struct value countries, item;
	struct value_walk walk;
	unsigned count = 0;

	(void)value_find(alert, "countries", &countries);
	walk = value_walk(&countries);
	while (count < FILTER_COUNTRIES_MAX && value_next(&walk, &item)) {
		struct text name = value_text(&item);

		if (name.len != 2)
			continue;
		country[count++] =
		    (uint16_t)((uint8_t)name.at[0] << 8 | (uint8_t)name.at[1]);
	}
	return count;
}

/* Products that were merged into the alert's. */
static unsigned
read_members(const struct value *product, uint32_t member[FILTER_MEMBERS_MAX])
{
	struct value members, item;
	struct value_walk walk;
	unsigned count = 0;

	(void)value_find(product, "members", &members);
	walk = value_walk(&members);
	while (count < FILTER_MEMBERS_MAX && value_next(&walk, &item)) {
		uint32_t ordinal = product_id_parse(value_text(&item));

		if (ordinal != 0)
			member[count++] = ordinal;
	}
	return count;
}

void
filter_read_alert(const struct vocabulary *vocabulary,
    const struct value *alert, struct filter_scratch *scratch,
    struct filter_subject *subject)
{
	struct value product;
	int severity = severity_find(value_find_text(alert, "severity"));

	(void)value_find(alert, "product", &product);
	*subject = (struct filter_subject){
		.product = product_id_parse(value_find_text(&product, "id")),
		.nmembers = read_members(&product, scratch->member),
		.member = scratch->member,
		.category = -1,
		.category_name = value_find_text(&product, "category"),
		.rule = value_find_text(alert, "rule"),
		.severity =
		    severity < 0 ? SEVERITY_UNSTATED : (enum severity)severity,
		.kinds = read_kinds(alert),
		.ncountries = read_countries(alert, scratch->country),
		.country = scratch->country,
	};
	if (subject->category_name.len > 0)
		subject->category = vocabulary_find(vocabulary, WORDS_CATEGORY,
		    subject->category_name);
	subject->brand.at = scratch->brand;
	subject->brand.len = fold_name(value_find_text(&product, "brand"),
	    scratch->brand, sizeof(scratch->brand) - 1);
}

static bool
has_text(const struct texts *texts, struct text text)
{
	for (unsigned i = 0; i < texts->count; i++) {
		if (text_equal(texts->at[i], text))
			return true;
	}
	return false;
}

static bool
has_number(const struct numbers *numbers, uint32_t number)
{
	unsigned low = 0, high = numbers->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (numbers->at[middle] == number)
			return true;
		if (numbers->at[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool
has_product(const struct filter *filter, const struct filter_subject *subject)
{
	if (has_number(&filter->product, subject->product))
		return true;
	for (unsigned i = 0; i < subject->nmembers; i++) {
		if (has_number(&filter->product, subject->member[i]))
			return true;
	}
	return false;
}

static bool
has_category(const struct filter *filter, const struct filter_subject *subject)
{
	for (unsigned i = 0; i < filter->category.count; i++) {
		int wanted = filter->category_index[i];

		if (wanted < 0 ? text_equal(filter->category.at[i],
				     subject->category_name)
			       : subject->category >= 0 &&
			    vocabulary_is_within(filter->vocabulary,
				subject->category, wanted))
			return true;
	}
	return false;
}

static bool
has_country(const struct filter *filter, const struct filter_subject *subject)
{
	for (unsigned i = 0; i < subject->ncountries; i++) {
		if (has_number(&filter->country, subject->country[i]))
			return true;
	}
	return false;
}

bool
filter_matches_subject(const struct filter *filter,
    const struct filter_subject *subject)
{
	if (filter == NULL)
		return true;
	if (subject->severity < filter->severity_min)
		return false;
	if (filter->kinds != 0 && (filter->kinds & subject->kinds) == 0)
		return false;
	if (filter->product.count != 0 && !has_product(filter, subject))
		return false;
	if (filter->brand.count != 0 &&
	    !has_text(&filter->brand, subject->brand))
		return false;
	if (filter->category.count != 0 && !has_category(filter, subject))
		return false;
	if (filter->country.count != 0 && !has_country(filter, subject))
		return false;
	return filter->rule.count == 0 ||
	    has_text(&filter->rule, subject->rule);
}

bool
filter_matches(const struct filter *filter, const struct value *alert)
{
	struct filter_scratch scratch;
	struct filter_subject subject;

	if (filter == NULL)
		return true;
	filter_read_alert(filter->vocabulary, alert, &scratch, &subject);
	return filter_matches_subject(filter, &subject);
}

bool
filter_has_kind(const struct filter *filter)
{
	return filter != NULL && filter->kinds != 0;
}

bool
filter_has_reports(const struct filter *filter)
{
	return filter != NULL &&
	    (filter->kinds != 0 || filter->country.count != 0 ||
		filter->severity_min != SEVERITY_UNSTATED);
}

bool
filter_has_rule(const struct filter *filter)
{
	return filter != NULL && filter->rule.count != 0;
}

bool
filter_is_narrow(const struct filter *filter)
{
	return filter_has_reports(filter) || filter_has_rule(filter) ||
	    (filter != NULL &&
		(filter->product.count != 0 || filter->brand.count != 0 ||
		    filter->category.count != 0));
}

static void
write_texts(struct buf *out, const char *key, const struct texts *texts)
{
	if (texts->count == 0)
		return;
	pack_string(out, key);
	pack_list(out, texts->count);
	for (unsigned i = 0; i < texts->count; i++)
		pack_text(out, texts->at[i]);
}

static void
write_products(struct buf *out, const struct numbers *products)
{
	if (products->count == 0)
		return;
	pack_string(out, "product");
	pack_list(out, products->count);
	for (unsigned i = 0; i < products->count; i++) {
		char id[PUBLIC_ID_MAX];

		product_id_format(products->at[i], id);
		pack_string(out, id);
	}
}

static void
write_countries(struct buf *out, const struct numbers *countries)
{
	if (countries->count == 0)
		return;
	pack_string(out, "country");
	pack_list(out, countries->count);
	for (unsigned i = 0; i < countries->count; i++) {
		char name[2] = { (char)(countries->at[i] >> 8),
			(char)(countries->at[i] & 0xff) };

		pack_text(out, (struct text){ name, 2 });
	}
}

static void
write_kinds(struct buf *out, uint8_t kinds)
{
	uint32_t count = 0;

	for (unsigned kind = 0; kind <= REPORT_BREAKDOWN; kind++)
		count += (kinds & 1u << kind) != 0;
	if (count == 0)
		return;
	pack_string(out, "kind");
	pack_list(out, count);
	for (unsigned kind = 0; kind <= REPORT_BREAKDOWN; kind++) {
		if (kinds & 1u << kind)
			pack_string(out,
			    report_kind_name((enum report_kind)kind));
	}
}

void
filter_write(const struct filter *filter, struct buf *out)
{
	uint32_t pairs;

	if (filter == NULL) {
		pack_map(out, 0);
		return;
	}
	pairs = (uint32_t)(filter->product.count != 0) +
	    (filter->brand.count != 0) + (filter->category.count != 0) +
	    (filter->country.count != 0) + (filter->kinds != 0) +
	    (filter->rule.count != 0) +
	    (filter->severity_min != SEVERITY_UNSTATED);
	pack_map(out, pairs);
	write_products(out, &filter->product);
	write_texts(out, "brand", &filter->brand);
	write_texts(out, "category", &filter->category);
	write_countries(out, &filter->country);
	write_kinds(out, filter->kinds);
	write_texts(out, "rule", &filter->rule);
	if (filter->severity_min != SEVERITY_UNSTATED)
		pack_field_string(out, "severity_min",
		    severity_name(filter->severity_min));
}
