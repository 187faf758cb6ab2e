#include "base/yaml_doc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK_BYTES = 32 << 10 };

struct yaml_chunk {
	struct yaml_chunk *next;
	size_t used;
	size_t cap;
	_Alignas(max_align_t) char at[];
};

void *
yaml_take(struct yaml_doc *doc, size_t len)
{
	struct yaml_chunk *chunk = doc->chunks;
	len = (len + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!chunk || chunk->cap - chunk->used < len) {
		size_t cap = len > CHUNK_BYTES ? len : CHUNK_BYTES;
		chunk = calloc(1, sizeof(*chunk) + cap);
		if (!chunk)
			return NULL;
		chunk->cap = cap;
		chunk->next = doc->chunks;
		doc->chunks = chunk;
	}
	void *at = chunk->at + chunk->used;
	chunk->used += len;
	return at;
}

struct text
yaml_take_copy(struct yaml_doc *doc, const void *bytes, size_t len)
{
	char *at = yaml_take(doc, len + 1);
	if (!at)
		return (struct text){ 0 };
	if (len > 0)
		memcpy(at, bytes, len);
	at[len] = '\0';
	return (struct text){ at, len };
}

struct yaml_source
yaml_source_of(const struct yaml_doc *doc)
{
	return (struct yaml_source){ doc->name, doc->text };
}

struct yaml_doc *
yaml_doc_new(const char *name, struct text text)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct yaml_doc *doc = calloc(1, sizeof(*doc));
	if (!doc)
		return NULL;
	if (text.len >= 3 && !memcmp(text.at, mark, 3))
		text = (struct text){ text.at + 3, text.len - 3 };
	if (text.len > YAML_MOST_BYTES)
		text.len = YAML_MOST_BYTES + 1;
	doc->name = yaml_take_copy(doc, name, strlen(name)).at;
	doc->text = yaml_take_copy(doc, text.at, text.len);
	if (!doc->name || !doc->text.at) {
		yaml_doc_free(doc);
		return NULL;
	}
	return doc;
}

void
yaml_doc_free(struct yaml_doc *doc)
{
	if (!doc)
		return;
	while (doc->chunks) {
		struct yaml_chunk *chunk = doc->chunks;
		doc->chunks = chunk->next;
		free(chunk);
	}
	free(doc);
}

/*
 * Read until the end or past the limit: pipes and /dev/stdin have no size.
 * 0, or -1 with errno.
 */
static int
read_all(int fd, struct buf *buf)
{
	while (buf->len <= YAML_MOST_BYTES + 3) {
		if (!buf_reserve(buf, 16 << 10)) {
			errno = ENOMEM;
			return -1;
		}
		ssize_t got = read(fd, buf->at + buf->len, 16 << 10);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		buf->len += (size_t)got;
	}
	return 0;
}

struct yaml_doc *
yaml_load_refused(const char *path, struct yaml_errors *errors)
{
	struct yaml_doc *doc = NULL;
	struct buf buf = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read_all(fd, &buf))
		yaml_error_plain(errors, path, strerror(errno));
	else
		doc = yaml_parse_refused(path, (const char *)buf.at, buf.len,
		    errors);
	if (fd >= 0)
		close(fd);
	buf_free(&buf);
	return doc;
}

struct yaml_doc *
yaml_load(const char *path, struct yaml_errors *errors)
{
	unsigned before = errors->count;
	struct yaml_doc *doc = yaml_load_refused(path, errors);
	if (errors->count == before)
		return doc;
	yaml_doc_free(doc);
	return NULL;
}

const struct yaml_node *
yaml_root(const struct yaml_doc *doc)
{
	return doc->root;
}

const struct yaml_node *
yaml_get(const struct yaml_node *node, const char *key)
{
	if (!node || node->kind != YAML_MAP)
		return NULL;
	node = node->child;
	while (node && !text_is(node->key, key))
		node = node->next;
	return node;
}

void
yaml_complain(const struct yaml_doc *doc, struct yaml_errors *errors,
    const struct yaml_node *node, bool at_key, const char *format, ...)
{
	struct yaml_place place = { 0 };
	va_list args;
	if (node && at_key && node->key_line > 0)
		place = (struct yaml_place){ node->key_line, node->key_column };
	else if (node)
		place = (struct yaml_place){ node->line, node->column };
	va_start(args, format);
	yaml_error_add(errors, yaml_source_of(doc), place, format, args);
	va_end(args);
}
