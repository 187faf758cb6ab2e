/*
 * brand_list.h - the brands that are written in several ways, from their YAML
 * file, and the words of those who do not know one.
 */
#ifndef TOCSIN_CORE_BRAND_LIST_H
#define TOCSIN_CORE_BRAND_LIST_H

#include <stdbool.h>

#include "base/yaml.h"
#include "daemon/core/labels.h"

enum {
	BRAND_TEXT_MAX = 80, /* bytes of a name, an alias, a line */
	BRANDS_MAX = 9999,   /* an index has four digits */
};

/* Zeroed is empty and valid.  All of it is owned. */
struct brand_list {
	struct yaml_doc *doc; /* the names lie in it */
	struct text *names;
	unsigned count;
	struct labels spellings; /* names and aliases -> index of the name */
	struct labels lines;     /* product lines, behind the brand's index */
	struct labels doubt;     /* beginnings of a cell that names nothing */
};

/* Release everything, the document too.  NULL is fine. */
void brand_list_free(struct brand_list *list);

/*
 * Read list->doc.  Everything wrong is told in errors, with its place; false
 * when there is no document or memory ran out.
 */
bool brand_list_read(struct brand_list *list, struct yaml_errors *errors);

/* The index of the brand that this folded spelling stands for, or -1. */
int brand_list_find(const struct brand_list *list, struct text folded);

/* Is this folded text a product line of brand number index? */
bool brand_list_has_line(const struct brand_list *list, unsigned index,
    struct text folded);

#endif
