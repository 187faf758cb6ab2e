/*
 * shown.h - a product as people are shown it: its id, its commonest spelling,
 * its category.  Writer thread.
 */
#ifndef TOCSIN_INTAKE_SHOWN_H
#define TOCSIN_INTAKE_SHOWN_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/core/product.h"
#include "daemon/core/vocabulary.h"
#include "daemon/intake/projection.h"
#include "daemon/store/rows.h"

/* A product as shown, copied out of the store. */
struct shown {
	char id[PUBLIC_ID_MAX];
	char name[2 * PRODUCT_SHOWN_BYTES];
	char brand[PRODUCT_SHOWN_BYTES];
	char model[PRODUCT_SHOWN_BYTES];
	char category[PRODUCT_SLUG_MAX + 1];
	size_t name_len;
	uint8_t level; /* enum product_level */
	uint64_t gtin; /* 0 none */
};

/*
 * Copy it out of the store; all empty but the id when it is not held.  Store
 * faults stick in the projection.
 */
void shown_read(struct projection *projection,
    const struct vocabulary *vocabulary, uint32_t product, struct shown *shown);

/* The same from a row already read (any thread). */
void shown_of_row(const struct vocabulary *vocabulary, uint32_t product,
    const struct product_row *row, struct shown *shown);

/* Copy a text, cut to cap - 1 bytes, NUL-terminated. */
void shown_copy(char *out, size_t cap, struct text text);

#endif
