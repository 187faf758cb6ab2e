/*
 * filter.h - which alerts a subscriber wants: OR inside a field, AND between
 * fields; categories match descendants, and products what they are merged
 * into.  A filter is immutable once made, so any thread may read it.
 */
#ifndef TOCSIN_FEED_FILTER_H
#define TOCSIN_FEED_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon/core/product.h"
#include "daemon/core/vocabulary.h"
#include "proto/error.h"
#include "proto/value.h"

enum {
	FILTER_ITEMS_MAX = 256,     /* values of one field */
	FILTER_COUNTRIES_MAX = 256, /* countries of one subject */
	FILTER_MEMBERS_MAX = 256,   /* products merged into that of a subject */
};

struct filter;

/*
 * From the wire's map {product[],brand[],category[],country[],kind[],rule[],
 * severity_min}; nil or {} is the filter that wants everything.  Unknown keys
 * are refused with the nearest right word; names are folded.  0,
 * ERROR_INVALID, or ERROR_INTERNAL when out of memory.  *filter is owned by
 * the caller; vocabulary is borrowed for the filter's life.
 */
MUST_CHECK int filter_new(const struct value *map,
    const struct vocabulary *vocabulary, struct filter **filter,
    struct refusal *why);

/* Release it; NULL is fine. */
void filter_free(struct filter *filter);

/*
 * Append the canonical MessagePack of the filter: equal filters give equal
 * bytes, and filter_new takes them back.  NULL is written as {}.
 */
void filter_write(const struct filter *filter, struct buf *out);

/* Does this alert (MessagePack map as published) match?  NULL wants all. */
bool filter_matches(const struct filter *filter, const struct value *alert);

/* What a filter looks at.  Zeroed with category -1 says nothing. */
struct filter_subject {
	uint32_t product;          /* ordinal */
	unsigned nmembers;         /* other products it may be asked for by */
	const uint32_t *member;    /* borrowed */
	int category;              /* index in the vocabulary, -1 none */
	struct text category_name; /* slug or "other:..."; borrowed */
	struct text brand;         /* folded; borrowed */
	struct text rule;          /* borrowed */
	enum severity severity;
	uint8_t kinds; /* mask of 1 << enum report_kind */
	unsigned ncountries;
	const uint16_t *country; /* 'F' << 8 | 'R'; borrowed */
};

/* Room for the parts of an alert's subject that the alert does not hold. */
struct filter_scratch {
	char brand[PRODUCT_KEY_MAX];
	uint32_t member[FILTER_MEMBERS_MAX];
	uint16_t country[FILTER_COUNTRIES_MAX];
};

/* The subject of a published alert; borrows from alert and scratch. */
void filter_read_alert(const struct vocabulary *vocabulary,
    const struct value *alert, struct filter_scratch *scratch,
    struct filter_subject *subject);

/* Does the subject match?  NULL wants all. */
bool filter_matches_subject(const struct filter *filter,
    const struct filter_subject *subject);

/*
 * Does the filter speak of kinds, of anything that only reports have (kinds,
 * countries, severity), or of rules?  NULL does not.
 */
bool filter_has_kind(const struct filter *filter);
bool filter_has_reports(const struct filter *filter);
bool filter_has_rule(const struct filter *filter);

/* Does it ask for anything at all? */
bool filter_is_narrow(const struct filter *filter);

#endif
