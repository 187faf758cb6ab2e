#include "base/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/utf8.h"
#include "base/yaml_doc.h"
#include "base/yaml_error.h"

enum {
	MOST_LEVELS = 16,
	MOST_NODES = 20000,
};

/* A list or map that is still open. */
struct level {
	struct yaml_node *node;
	struct yaml_node *last;
	struct yaml_node *keyed; /* a map's value whose key is read */
	unsigned children;
};

struct builder {
	struct yaml_doc *doc;
	struct yaml_errors *errors;
	struct level level[MOST_LEVELS];
	unsigned depth;
	unsigned nodes;
	unsigned documents;
	uint32_t seen_line; /* the line of the last node, 0 before it */
	uint32_t left_line; /* the line that left begins with */
	struct text left;   /* what refuse_tab has not passed */
	bool is_done;
	bool is_stopped; /* there is no sense in going on */
};

__attribute__((format(printf, 3, 4))) static void
refuse(struct builder *builder, struct yaml_place place, const char *format,
    ...)
{
	va_list args;
	va_start(args, format);
	yaml_error_add(builder->errors, yaml_source_of(builder->doc), place,
	    format, args);
	va_end(args);
}

static void
stop(struct builder *builder, struct yaml_place place, const char *why)
{
	refuse(builder, place, "%s", why);
	builder->is_stopped = true;
}

static struct yaml_place
place_of(yaml_mark_t mark)
{
	return (struct yaml_place){ (uint32_t)mark.line + 1,
		(uint32_t)mark.column + 1 };
}

/*
 * libyaml lets tabs indent inside brackets; we do not.  Marks only ever move
 * forward, so looking at the first node of each line costs one pass in all.
 */
static void
refuse_tab(struct builder *builder, yaml_mark_t mark)
{
	uint32_t line = (uint32_t)mark.line + 1;
	if (line == builder->seen_line)
		return;
	builder->seen_line = line;
	struct text left = builder->left;
	struct text found = yaml_line(left, line - builder->left_line + 1);
	if (!found.at)
		return;
	builder->left_line = line;
	builder->left =
	    (struct text){ found.at, left.len - (size_t)(found.at - left.at) };
	for (size_t i = 0; i < found.len && i < mark.column; i++) {
		if (found.at[i] == '\t') {
			refuse(builder,
			    (struct yaml_place){ line, (uint32_t)i + 1 },
			    "a tab cannot indent; use spaces");
			return;
		}
		if (found.at[i] != ' ')
			return;
	}
}

/* Anchors and tags stand at the node that has them. */
static void
refuse_extras(struct builder *builder, yaml_mark_t mark,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	refuse_tab(builder, mark);
	if (anchor)
		refuse(builder, place_of(mark),
		    "anchors (&name) are not allowed; write the value out, or "
		    "put it in quotes");
	if (tag)
		refuse(builder, place_of(mark),
		    "tags (!name) are not allowed; put the value in quotes");
}

static bool
wants_key(const struct builder *builder)
{
	if (builder->depth == 0)
		return false;
	const struct level *level = &builder->level[builder->depth - 1];
	return level->node->kind == YAML_MAP && !level->keyed;
}

static struct yaml_node *
make_node(struct builder *builder, yaml_mark_t mark)
{
	if (builder->nodes == MOST_NODES) {
		stop(builder, place_of(mark), "over 20000 values in one file");
		return NULL;
	}
	struct yaml_node *node = yaml_take(builder->doc, sizeof(*node));
	if (!node) {
		stop(builder, place_of(mark), "out of memory");
		return NULL;
	}
	builder->nodes++;
	node->line = place_of(mark).line;
	node->column = place_of(mark).column;
	return node;
}

/* The node for the next value: a map's is made when its key is read. */
static struct yaml_node *
next_value(struct builder *builder, yaml_mark_t mark)
{
	if (builder->depth == 0)
		return builder->doc->root = make_node(builder, mark);
	struct level *level = &builder->level[builder->depth - 1];
	struct yaml_node *node = level->keyed;
	if (node) {
		level->keyed = NULL;
		node->line = place_of(mark).line;
		node->column = place_of(mark).column;
	} else {
		node = make_node(builder, mark);
		if (!node)
			return NULL;
	}
	if (level->last)
		level->last->next = node;
	else
		level->node->child = node;
	level->last = node;
	level->children++;
	return node;
}

static void
on_key(struct builder *builder, const yaml_event_t *event)
{
	struct yaml_node *node = make_node(builder, event->start_mark);
	if (!node)
		return;
	node->key_line = node->line;
	node->key_column = node->column;
	node->key = yaml_take_copy(builder->doc, event->data.scalar.value,
	    event->data.scalar.length);
	if (!node->key.at)
		stop(builder, place_of(event->start_mark), "out of memory");
	else if (node->key.len == 0)
		refuse(builder, place_of(event->start_mark),
		    "a key is missing before the ':'");
	builder->level[builder->depth - 1].keyed = node;
}

static void
on_scalar(struct builder *builder, const yaml_event_t *event)
{
	refuse_extras(builder, event->start_mark, event->data.scalar.anchor,
	    event->data.scalar.tag);
	if (wants_key(builder)) {
		on_key(builder, event);
		return;
	}
	struct yaml_node *node = next_value(builder, event->start_mark);
	if (!node)
		return;
	node->kind = YAML_SCALAR;
	node->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->scalar = yaml_take_copy(builder->doc, event->data.scalar.value,
	    event->data.scalar.length);
	if (!node->scalar.at)
		stop(builder, place_of(event->start_mark), "out of memory");
}

static void
on_open(struct builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
	if (wants_key(builder)) {
		stop(builder, place_of(event->start_mark),
		    "a key must be plain text, not a list or a map");
		return;
	}
	if (builder->depth == MOST_LEVELS) {
		stop(builder, place_of(event->start_mark),
		    "over 16 levels deep");
		return;
	}
	struct yaml_node *node = next_value(builder, event->start_mark);
	if (!node)
		return;
	node->kind = kind;
	builder->level[builder->depth++] = (struct level){ .node = node };
}

static int
compare_keys(const void *left, const void *right)
{
	const struct yaml_node *a = *(const struct yaml_node *const *)left;
	const struct yaml_node *b = *(const struct yaml_node *const *)right;
	size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
	int order = memcmp(a->key.at, b->key.at, len);
	if (order != 0)
		return order;
	if (a->key.len != b->key.len)
		return a->key.len < b->key.len ? -1 : 1;
	if (a->key_line != b->key_line)
		return a->key_line < b->key_line ? -1 : 1;
	return a->key_column < b->key_column ? -1 : 1;
}

/* By sorting, since a hostile map may hold thousands of keys. */
static void
refuse_duplicates(struct builder *builder, const struct level *level)
{
	const struct yaml_node **sorted =
	    calloc(level->children + 1U, sizeof(struct yaml_node *));
	struct yaml_place place = { level->node->line, level->node->column };
	unsigned count = 0;
	if (!sorted) {
		stop(builder, place, "out of memory");
		return;
	}
	for (const struct yaml_node *node = level->node->child; node;
	     node = node->next)
		sorted[count++] = node;
	qsort(sorted, count, sizeof(*sorted), compare_keys);
	for (unsigned i = 1; i < count; i++) {
		const struct yaml_node *again = sorted[i];
		if (!text_equal(again->key, sorted[i - 1]->key))
			continue;
		place.line = again->key_line;
		place.column = again->key_column;
		refuse(builder, place,
		    "duplicate key \"%.*s\"; it stands at "
		    "line %u already",
		    TEXT_ARG(again->key), sorted[i - 1]->key_line);
	}
	free(sorted);
}

static void
on_close(struct builder *builder)
{
	struct level *level = &builder->level[--builder->depth];
	if (level->node->kind == YAML_MAP)
		refuse_duplicates(builder, level);
}

static void
on_alias(struct builder *builder, const yaml_event_t *event)
{
	struct yaml_place place = place_of(event->start_mark);
	refuse(builder, place,
	    "aliases (*name) are not allowed; write the "
	    "value out, or put it in quotes");
	if (wants_key(builder))
		builder->is_stopped = true;
	else
		next_value(builder, event->start_mark);
}

static void
on_document(struct builder *builder, const yaml_event_t *event)
{
	if (++builder->documents > 1)
		stop(builder, place_of(event->start_mark),
		    "a second document is not allowed");
}

static void
on_event(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		on_document(builder, event);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(builder, event);
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(builder, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_extras(builder, event->start_mark,
		    event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		on_open(builder, event, YAML_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_extras(builder, event->start_mark,
		    event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		on_open(builder, event, YAML_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(builder);
		break;
	case YAML_STREAM_END_EVENT:
		builder->is_done = true;
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

/*
 * Marks are counted from 0; for reader errors they stay at the start and only
 * the offset is right.
 */
static void
on_problem(struct builder *builder, const yaml_parser_t *parser)
{
	struct yaml_place place = place_of(parser->problem_mark);
	bool at_context;
	char found = '\0';
	struct text text = builder->doc->text;
	if (parser->error == YAML_MEMORY_ERROR) {
		stop(builder, place, "out of memory");
		return;
	}
	if (parser->error == YAML_READER_ERROR) {
		place = yaml_place_of(text, parser->problem_offset);
	} else {
		struct text line = yaml_line(text, place.line);
		if (parser->problem_mark.column < line.len)
			found = line.at[parser->problem_mark.column];
	}
	const char *why = yaml_explain(parser->problem, found, &at_context);
	if (at_context && parser->context)
		place = place_of(parser->context_mark);
	stop(builder, place, why);
}

static void
run(struct builder *builder)
{
	yaml_parser_t parser;
	yaml_event_t event;
	struct text text = builder->doc->text;
	if (!yaml_parser_initialize(&parser)) {
		stop(builder, (struct yaml_place){ 0 }, "out of memory");
		return;
	}
	/* Without this a byte order mark could switch it to UTF-16. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at,
	    text.len);
	while (!builder->is_done && !builder->is_stopped) {
		if (!yaml_parser_parse(&parser, &event)) {
			on_problem(builder, &parser);
			break;
		}
		on_event(builder, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

/* libyaml would say it too, but without a place and one at a time. */
static bool
is_readable(struct builder *builder)
{
	struct text text = builder->doc->text;
	struct yaml_place none = { 0 };
	if (text.len > YAML_MOST_BYTES) {
		stop(builder, none, "over 1 MiB");
		return false;
	}
	for (size_t i = 0; i < text.len;) {
		struct text left = { text.at + i, text.len - i };
		uint32_t code;
		size_t len = utf8_next(left, &code);
		if (len == 0) {
			stop(builder, yaml_place_of(text, i),
			    "this is not UTF-8");
			return false;
		}
		if (code == 0x7f ||
		    (code < 0x20 && !memchr("\t\n\r", (int)code, 3))) {
			refuse(builder, yaml_place_of(text, i),
			    "a control character (U+%04X) is not allowed",
			    code);
			builder->is_stopped = true;
			return false;
		}
		i += len;
	}
	return true;
}

struct yaml_doc *
yaml_parse_refused(const char *name, const char *bytes, size_t len,
    struct yaml_errors *errors)
{
	struct builder builder = { .errors = errors, .left_line = 1 };
	builder.doc = yaml_doc_new(name, (struct text){ bytes, len });
	if (!builder.doc) {
		yaml_error_plain(errors, name, "out of memory");
		return NULL;
	}
	builder.left = builder.doc->text;
	if (!is_readable(&builder))
		builder.is_stopped = true;
	else
		run(&builder);
	if (builder.is_stopped) {
		yaml_doc_free(builder.doc);
		return NULL;
	}
	return builder.doc;
}

struct yaml_doc *
yaml_parse(const char *name, const char *bytes, size_t len,
    struct yaml_errors *errors)
{
	unsigned before = errors->count;
	struct yaml_doc *doc = yaml_parse_refused(name, bytes, len, errors);
	if (errors->count == before)
		return doc;
	yaml_doc_free(doc);
	return NULL;
}
