/*
 * yaml_doc.h - what a document holds: its name, its bytes and its nodes, in
 * memory released all at once.  Only yaml.c calls this.
 */
#ifndef TOCSIN_BASE_YAML_DOC_H
#define TOCSIN_BASE_YAML_DOC_H

#include "base/yaml.h"
#include "base/yaml_error.h"

enum { YAML_MOST_BYTES = 1 << 20 };

struct yaml_chunk;

struct yaml_doc {
	const char *name; /* in the chunks, as everything below */
	struct text text; /* the file without its byte order mark */
	struct yaml_node *root;
	struct yaml_chunk *chunks; /* owned */
};

/*
 * A document without nodes.  Name and bytes are copied, of too many bytes
 * one past YAML_MOST_BYTES.  NULL when memory runs out.
 */
struct yaml_doc *yaml_doc_new(const char *name, struct text text);

/* Zeroed memory that lives as long as doc; NULL when there is none. */
void *yaml_take(struct yaml_doc *doc, size_t len);

/* A copy, with a NUL behind it; at is NULL when memory runs out. */
struct text yaml_take_copy(struct yaml_doc *doc, const void *bytes, size_t len);

/* Name and bytes, for complaints; lives as long as doc. */
struct yaml_source yaml_source_of(const struct yaml_doc *doc);

#endif
