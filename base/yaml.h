/*
 * yaml.h - a YAML file as a tree of marked nodes.  The only file that sees
 * libyaml.  Scalars stay text (NO is a country, 1.10 a version).  Refused,
 * each with its place: anchors and aliases, tags, duplicate keys, a second
 * document, tabs as indentation, invalid UTF-8, over 1 MiB, over 16 levels,
 * over 20,000 nodes.
 */
#ifndef TOCSIN_BASE_YAML_H
#define TOCSIN_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

/* A node lives as long as its document. */
struct yaml_node {
	enum yaml_kind kind;
	bool is_quoted;     /* a scalar in quotes */
	uint32_t line;      /* from 1 */
	uint32_t column;    /* from 1 */
	struct text scalar; /* YAML_SCALAR */
	struct text key;    /* when this node is a map's value */
	uint32_t key_line;  /* place of that key */
	uint32_t key_column;
	const struct yaml_node *child; /* first item or value; NULL when none */
	const struct yaml_node *next;  /* sibling */
};

struct yaml_doc;

/*
 * Complaints about one or several files, in the form
 * "file:line:col: text\n" + source line + caret line.  Zeroed is empty.
 */
struct yaml_errors {
	struct buf text;
	unsigned count;
};

/* Release the text.  NULL is fine. */
void yaml_errors_free(struct yaml_errors *errors);

/*
 * Parse len bytes; name is used in complaints.  The document is returned even
 * for an empty file (yaml_root is then NULL).  NULL when it cannot be parsed
 * or memory runs out; errors says why.
 */
struct yaml_doc *yaml_parse(const char *name, const char *bytes, size_t len,
    struct yaml_errors *errors);

/*
 * As yaml_parse, but a document that could be read to its end is returned even
 * when something in it was refused, so that the rest can be judged in the same
 * pass: look at errors->count.
 */
struct yaml_doc *yaml_parse_refused(const char *name, const char *bytes,
    size_t len, struct yaml_errors *errors);

/* The same of a file; unreadable is an error too. */
struct yaml_doc *yaml_load(const char *path, struct yaml_errors *errors);
struct yaml_doc *yaml_load_refused(const char *path,
    struct yaml_errors *errors);

/* Release the document and its nodes.  NULL is fine. */
void yaml_doc_free(struct yaml_doc *doc);

/*
 * The same.  Inline because libyaml exports a function of this name, which
 * one of ours would replace.
 */
static inline void
yaml_free(struct yaml_doc *doc)
{
	yaml_doc_free(doc);
}

/* The top node, or NULL when the file holds nothing. */
const struct yaml_node *yaml_root(const struct yaml_doc *doc);

/* The value under key in a map node, or NULL (also when node is no map). */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Complain about a node (at its key when it has one and at_key is set). */
void yaml_complain(const struct yaml_doc *doc, struct yaml_errors *errors,
    const struct yaml_node *node, bool at_key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
