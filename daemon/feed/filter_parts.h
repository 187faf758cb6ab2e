/*
 * filter_parts.h - the inside of a filter, shared by filter.c (matching,
 * writing) and filter_read.c.  Nobody else includes it.
 */
#ifndef TOCSIN_FEED_FILTER_PARTS_H
#define TOCSIN_FEED_FILTER_PARTS_H

#include "daemon/feed/filter.h"

/* Sorted, distinct, owned. */
struct texts {
	unsigned count;
	struct text *at;
};
struct numbers {
	unsigned count;
	uint32_t *at;
};

struct filter {
	const struct vocabulary *vocabulary; /* borrowed */
	struct numbers product, country;
	struct texts brand, category, rule;
	int *category_index;        /* owned, beside category; -1: a literal */
	uint8_t kinds;              /* mask; 0 any */
	enum severity severity_min; /* UNSTATED: any */
};

#endif
