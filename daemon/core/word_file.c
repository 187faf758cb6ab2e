#include "daemon/core/word_file.h"

#include <stdlib.h>

#include "base/nearest.h"

/* A text of a word, its key, and the lists that have it. */
struct word_field {
	const char *key;
	size_t offset;  /* of a struct text in struct word */
	unsigned lists; /* mask of 1 << enum word_list */
	bool is_required;
	/* A code is found behind its scheme ... */
	const char *scheme; /* "ords:", or NULL */
	bool is_bare;       /* ... or without: it is a name, no number */
};

enum {
	ALL_LISTS = 1 << WORDS_CATEGORY | 1 << WORDS_MODE | 1 << WORDS_HAZARD,
	CATEGORIES = 1 << WORDS_CATEGORY,
};

static const struct word_field fields[] = {
	{ "slug", offsetof(struct word, slug), ALL_LISTS, true, NULL, true },
	{ "en", offsetof(struct word, en), ALL_LISTS, true, NULL, true },
	{ "fr", offsetof(struct word, fr), ALL_LISTS, true, NULL, true },
	{ "ords", offsetof(struct word, ords), CATEGORIES, false,
	    "ords:", true },
	{ "gpc", offsetof(struct word, gpc), CATEGORIES, false, "gpc:", false },
	{ "nhtsa", offsetof(struct word, nhtsa), CATEGORIES, false,
	    "nhtsa:", true },
};
enum { NFIELDS = sizeof(fields) / sizeof(fields[0]) };

/* What one file's reading needs at hand. */
struct reader {
	struct word_file *file;
	enum word_list list;
	const struct word_file *hazards;
	struct yaml_errors *errors;
	bool has_memory;
};

void
word_file_free(struct word_file *file)
{
	if (!file)
		return;
	labels_free(&file->labels);
	free(file->word);
	yaml_free(file->doc);
	*file = (struct word_file){ 0 };
}

static struct text *
text_at(struct word *word, const struct word_field *field)
{
	return (struct text *)(void *)((char *)word + field->offset);
}

static bool
is_slug(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool is_inner = i > 0 && i + 1 < text.len;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(c == '-' && is_inner))
			return false;
	}
	return text.len > 0;
}

/* Is this a scalar that may be a word's text?  Complains if not. */
static bool
check_text(const struct reader *reader, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 &&
	    node->scalar.len <= WORD_TEXT_MAX)
		return true;
	yaml_complain(reader->file->doc, reader->errors, node, false,
	    "a text of 1 to %d bytes is wanted here", WORD_TEXT_MAX);
	return false;
}

static void
add_label(struct reader *reader, const struct yaml_node *node,
    const char *scheme, int index)
{
	char coded[WORD_TEXT_MAX + 8];
	struct text label = node->scalar;
	if (scheme) {
		size_t len = strlen(scheme);
		memcpy(coded, scheme, len);
		memcpy(coded + len, label.at, label.len);
		label = (struct text){ coded, len + label.len };
	}
	int holder = labels_add(&reader->file->labels, label, index,
	    &reader->has_memory);
	if (holder == index || !reader->has_memory)
		return;
	if (holder == LABEL_NONE)
		yaml_complain(reader->file->doc, reader->errors, node, false,
		    "\"%.*s\" has no letter or digit", TEXT_ARG(label));
	else
		yaml_complain(reader->file->doc, reader->errors, node, false,
		    "\"%.*s\" already stands for \"%.*s\"", TEXT_ARG(label),
		    TEXT_ARG(reader->file->word[holder].slug));
}

static void
read_field(struct reader *reader, const struct word_field *field,
    const struct yaml_node *node, int index)
{
	struct word *word = &reader->file->word[index];
	if (!check_text(reader, node))
		return;
	if (field->offset == offsetof(struct word, slug) &&
	    !is_slug(node->scalar)) {
		yaml_complain(reader->file->doc, reader->errors, node, false,
		    "a slug has a-z, 0-9 and - inside");
		return;
	}
	*text_at(word, field) = node->scalar;
	if (field->scheme)
		add_label(reader, node, field->scheme, index);
	if (field->is_bare)
		add_label(reader, node, NULL, index);
}

static void
read_aliases(struct reader *reader, const struct yaml_node *node, int index)
{
	if (node->kind != YAML_LIST) {
		yaml_complain(reader->file->doc, reader->errors, node, false,
		    "a list of labels is wanted here");
		return;
	}
	for (node = node->child; node; node = node->next) {
		if (check_text(reader, node))
			add_label(reader, node, NULL, index);
	}
}

/* The word of this slug among the first count, or -1 with a complaint. */
static int
find_slug(const struct reader *reader, const struct word_file *among,
    unsigned count, const struct yaml_node *node)
{
	for (unsigned i = 0; node->kind == YAML_SCALAR && i < count; i++) {
		if (text_equal(among->word[i].slug, node->scalar))
			return (int)i;
	}
	yaml_complain(reader->file->doc, reader->errors, node, false,
	    among == reader->file ? "no word above has this slug"
				  : "no hazard has this slug");
	return -1;
}

static void
read_designated(const struct reader *reader, struct word *word,
    const struct yaml_node *node)
{
	bool is_true =
	    node->kind == YAML_SCALAR && text_is(node->scalar, "true");
	if (!is_true &&
	    !(node->kind == YAML_SCALAR && text_is(node->scalar, "false")))
		yaml_complain(reader->file->doc, reader->errors, node, false,
		    "true or false is wanted here");
	word->is_designated = is_true;
}

static void
complain_of_key(const struct reader *reader, const struct yaml_node *node)
{
	static const char *const keys[] = { "slug", "en", "fr", "aliases",
		"parent", "ords", "gpc", "nhtsa", "designated", "hazard" };
	const char *near =
	    nearest_word(node->key, keys, sizeof(keys) / sizeof(keys[0]));
	if (near && !text_is(node->key, near))
		yaml_complain(reader->file->doc, reader->errors, node, true,
		    "unknown key \"%.*s\"; did you mean \"%s\"?",
		    TEXT_ARG(node->key), near);
	else
		yaml_complain(reader->file->doc, reader->errors, node, true,
		    "key \"%.*s\" has no meaning in this list",
		    TEXT_ARG(node->key));
}

static const struct word_field *
find_field(struct text key, enum word_list list)
{
	for (unsigned i = 0; i < NFIELDS; i++) {
		if (fields[i].lists >> list & 1 && text_is(key, fields[i].key))
			return &fields[i];
	}
	return NULL;
}

static void
read_key(struct reader *reader, const struct yaml_node *node, int index)
{
	struct word *word = &reader->file->word[index];
	const struct word_field *field = find_field(node->key, reader->list);
	if (field)
		read_field(reader, field, node, index);
	else if (text_is(node->key, "aliases"))
		read_aliases(reader, node, index);
	else if (reader->list == WORDS_CATEGORY && text_is(node->key, "parent"))
		word->parent =
		    find_slug(reader, reader->file, (unsigned)index, node);
	else if (reader->list == WORDS_HAZARD &&
	    text_is(node->key, "designated"))
		read_designated(reader, word, node);
	else if (reader->list == WORDS_MODE && text_is(node->key, "hazard"))
		word->hazard = find_slug(reader, reader->hazards,
		    reader->hazards->count, node);
	else
		complain_of_key(reader, node);
}

static void
read_word(struct reader *reader, const struct yaml_node *item, int index)
{
	struct word *word = &reader->file->word[index];
	word->parent = -1;
	word->hazard = -1;
	if (item->kind != YAML_MAP) {
		yaml_complain(reader->file->doc, reader->errors, item, false,
		    "a word is a map with slug, en and fr");
		return;
	}
	const struct yaml_node *node = item->child;
	for (; node && reader->has_memory; node = node->next)
		read_key(reader, node, index);
	for (unsigned i = 0; i < NFIELDS; i++) {
		if (fields[i].is_required && !yaml_get(item, fields[i].key))
			yaml_complain(reader->file->doc, reader->errors, item,
			    false, "this word has no \"%s\"", fields[i].key);
	}
}

/* How many words there are; 0, with a complaint, when it is no such list. */
static unsigned
count_words(const struct reader *reader, const struct yaml_node *root)
{
	unsigned count = 0;
	if (!root || root->kind != YAML_LIST) {
		if (root)
			yaml_complain(reader->file->doc, reader->errors, root,
			    false, "a list of words is wanted here");
		return 0;
	}
	const struct yaml_node *item = root->child;
	for (; item; item = item->next) {
		if (reader->list == WORDS_HAZARD &&
		    count == VOCABULARY_HAZARDS_MAX) {
			yaml_complain(reader->file->doc, reader->errors, item,
			    false, "at most %d hazards fit a mask",
			    VOCABULARY_HAZARDS_MAX);
			break;
		}
		count++;
	}
	return count;
}

bool
word_file_read(struct word_file *file, enum word_list list,
    const struct word_file *hazards, struct yaml_errors *errors)
{
	struct reader reader = { file, list, hazards, errors, true };
	if (!file->doc)
		return false;
	const struct yaml_node *root = yaml_root(file->doc);
	unsigned count = count_words(&reader, root);
	file->word = calloc(count + 1, sizeof(*file->word));
	if (!file->word)
		return false;
	const struct yaml_node *item = root ? root->child : NULL;
	for (; file->count < count && reader.has_memory; item = item->next) {
		read_word(&reader, item, (int)file->count);
		file->count++;
	}
	return reader.has_memory;
}
