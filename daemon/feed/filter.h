/*
 * filter.h - which alerts a subscriber wants: OR inside a field, AND between
 * fields, categories match descendants.
 */
#ifndef TOCSIN_FEED_FILTER_H
#define TOCSIN_FEED_FILTER_H

#include <stdbool.h>

#include "base/bytes.h"
#include "daemon/core/vocabulary.h"
#include "proto/error.h"
#include "proto/value.h"

struct filter;

/*
 * From the wire's map {product[],brand[],category[],country[],kind[],rule[],
 * severity_min}; nil or {} is the filter that wants everything.  Unknown keys
 * are refused with the nearest right word; names are folded.  0 or
 * ERROR_INVALID.  *filter is owned.
 */
MUST_CHECK int filter_new(const struct value *map,
    const struct vocabulary *vocabulary, struct filter **filter,
    struct refusal *why);
void filter_free(struct filter *filter); /* NULL is fine */

/* Canonical MessagePack of the filter: equal filters give equal bytes. */
void filter_write(const struct filter *filter, struct buf *out);

/* Does this alert (MessagePack map as published) match? */
bool filter_matches(const struct filter *filter, const struct value *alert);

#endif
