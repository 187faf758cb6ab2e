#include "daemon/core/brand_list.h"

#include <stdio.h>
#include <stdlib.h>

/* "0012" before a line: lines of several brands may be called alike. */
enum { INDEX_DIGITS = 4, LINE_MAX = INDEX_DIGITS + BRAND_TEXT_MAX };

/* What one file's reading needs at hand. */
struct reader {
	struct brand_list *list;
	struct yaml_errors *errors;
	bool has_memory;
};

void
brand_list_free(struct brand_list *list)
{
	if (!list)
		return;
	labels_free(&list->spellings);
	labels_free(&list->lines);
	labels_free(&list->doubt);
	free(list->names);
	yaml_free(list->doc);
	*list = (struct brand_list){ 0 };
}

/* Is this a scalar that may be a name?  Complains if not. */
static bool
check_text(const struct reader *reader, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 &&
	    node->scalar.len <= BRAND_TEXT_MAX)
		return true;
	yaml_complain(reader->list->doc, reader->errors, node, false,
	    "a text of 1 to %d bytes is wanted here", BRAND_TEXT_MAX);
	return false;
}

/* Complain when a label was not taken: it is empty, or another's. */
static void
check_label(const struct reader *reader, const struct yaml_node *node,
    int holder, int index)
{
	const struct brand_list *list = reader->list;
	if (holder == index || !reader->has_memory)
		return;
	if (holder == LABEL_NONE)
		yaml_complain(list->doc, reader->errors, node, false,
		    "\"%.*s\" has no letter or digit", TEXT_ARG(node->scalar));
	else
		yaml_complain(list->doc, reader->errors, node, false,
		    "\"%.*s\" already stands for \"%.*s\"",
		    TEXT_ARG(node->scalar), TEXT_ARG(list->names[holder]));
}

static void
add_spelling(struct reader *reader, const struct yaml_node *node, int index)
{
	if (!check_text(reader, node))
		return;
	int holder = labels_add(&reader->list->spellings, node->scalar, index,
	    &reader->has_memory);
	check_label(reader, node, holder, index);
}

static void
add_line(struct reader *reader, const struct yaml_node *node, int index)
{
	char line[LINE_MAX + 1];
	if (!check_text(reader, node))
		return;
	int len = snprintf(line, sizeof(line), "%0*d%.*s", INDEX_DIGITS, index,
	    TEXT_ARG(node->scalar));
	labels_add(&reader->list->lines, (struct text){ line, (size_t)len }, 0,
	    &reader->has_memory);
}

static void
add_doubt(struct reader *reader, const struct yaml_node *node, int index)
{
	if (!check_text(reader, node))
		return;
	int holder = labels_add(&reader->list->doubt, node->scalar, index,
	    &reader->has_memory);
	check_label(reader, node, holder, index);
}

/* Each item of a list to one of the three above. */
static void
read_items(struct reader *reader, const struct yaml_node *node, int index,
    void (*add)(struct reader *, const struct yaml_node *, int))
{
	if (node->kind != YAML_LIST) {
		yaml_complain(reader->list->doc, reader->errors, node, false,
		    "a list of words is wanted here");
		return;
	}
	for (node = node->child; node && reader->has_memory; node = node->next)
		add(reader, node, index);
}

static void
read_brand(struct reader *reader, const struct yaml_node *item)
{
	struct brand_list *list = reader->list;
	const struct yaml_node *name = yaml_get(item, "name");
	int index = (int)list->count;
	if (!name || list->count == BRANDS_MAX) {
		yaml_complain(list->doc, reader->errors, item, false,
		    name ? "at most %d brands fit"
			 : "a brand is a map with a name",
		    BRANDS_MAX);
		return;
	}
	list->names[list->count++] = name->scalar;
	add_spelling(reader, name, index);
	for (item = item->child; item; item = item->next) {
		if (text_is(item->key, "aliases"))
			read_items(reader, item, index, add_spelling);
		else if (text_is(item->key, "lines"))
			read_items(reader, item, index, add_line);
		else if (!text_is(item->key, "name"))
			yaml_complain(list->doc, reader->errors, item, true,
			    "a brand has name, aliases and lines");
	}
}

static void
read_brands(struct reader *reader, const struct yaml_node *node)
{
	size_t count = 1;
	const struct yaml_node *item = node->child;
	for (; item; item = item->next)
		count++;
	if (node->kind != YAML_LIST) {
		yaml_complain(reader->list->doc, reader->errors, node, false,
		    "a list of brands is wanted here");
		return;
	}
	reader->list->names = calloc(count, sizeof(reader->list->names[0]));
	reader->has_memory = reader->list->names;
	for (item = node->child; item && reader->has_memory; item = item->next)
		read_brand(reader, item);
}

bool
brand_list_read(struct brand_list *list, struct yaml_errors *errors)
{
	struct reader reader = { list, errors, true };
	if (!list->doc)
		return false;
	const struct yaml_node *root = yaml_root(list->doc);
	if (root && root->kind != YAML_MAP) {
		yaml_complain(list->doc, errors, root, false,
		    "a map with brands and doubt is wanted here");
		return true;
	}
	const struct yaml_node *node = root ? root->child : NULL;
	for (; node && reader.has_memory; node = node->next) {
		if (text_is(node->key, "brands"))
			read_brands(&reader, node);
		else if (text_is(node->key, "doubt"))
			read_items(&reader, node, 0, add_doubt);
		else
			yaml_complain(list->doc, errors, node, true,
			    "this file has brands and doubt");
	}
	return reader.has_memory;
}

int
brand_list_find(const struct brand_list *list, struct text folded)
{
	return labels_find_folded(&list->spellings, folded);
}

bool
brand_list_has_line(const struct brand_list *list, unsigned index,
    struct text folded)
{
	char line[LINE_MAX + 1];
	if (folded.len > BRAND_TEXT_MAX)
		return false;
	int len = snprintf(line, sizeof(line), "%0*u%.*s", INDEX_DIGITS, index,
	    TEXT_ARG(folded));
	return labels_find_folded(&list->lines,
		   (struct text){ line, (size_t)len }) != LABEL_NONE;
}
