#include "daemon/core/vocabulary.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/core/brand_list.h"
#include "daemon/core/fold.h"
#include "daemon/core/labels.h"
#include "daemon/core/word_digest.h"
#include "daemon/core/word_file.h"
#include "etc/embedded.h"

struct vocabulary {
	struct word_file list[3]; /* by enum word_list */
	struct labels unknown;
	struct brand_list brands;
	uint64_t digest; /* of what the rules of identity read */
};

/* The file named, else the built-in one of that name. */
static struct yaml_doc *
open_list(const char *path, const char *name, struct yaml_errors *errors)
{
	if (path)
		return yaml_load(path, errors);
	const struct embedded_file *file = embedded_find(name);
	assert(file);
	return yaml_parse(name, (const char *)file->bytes, file->len, errors);
}

static bool
load_unknown(struct vocabulary *vocabulary, const struct yaml_doc *doc,
    struct yaml_errors *errors)
{
	const struct yaml_node *root = yaml_root(doc);
	bool has_memory = true;
	if (root && root->kind != YAML_LIST) {
		yaml_complain(doc, errors, root, false,
		    "a list of words is wanted here");
		return true;
	}
	const struct yaml_node *item = root ? root->child : NULL;
	for (; item && has_memory; item = item->next) {
		if (item->kind != YAML_SCALAR)
			yaml_complain(doc, errors, item, false,
			    "a word is wanted here");
		else
			labels_add(&vocabulary->unknown, item->scalar, 0,
			    &has_memory);
	}
	return has_memory;
}

/* False when memory ran out; what is wrong in the files is in errors. */
static bool
load(struct vocabulary *vocabulary, const struct vocabulary_files *files,
    struct yaml_errors *errors)
{
	struct word_file *list = vocabulary->list;
	list[WORDS_HAZARD].doc =
	    open_list(files->hazards, "hazards.yaml", errors);
	list[WORDS_CATEGORY].doc =
	    open_list(files->categories, "categories.yaml", errors);
	list[WORDS_MODE].doc = open_list(files->modes, "modes.yaml", errors);
	struct yaml_doc *unknown =
	    open_list(files->unknown, "unknown.yaml", errors);
	bool is_good = unknown && load_unknown(vocabulary, unknown, errors);
	vocabulary->digest =
	    word_digest_add(vocabulary->digest, list[WORDS_CATEGORY].doc);
	vocabulary->digest = word_digest_add(vocabulary->digest, unknown);
	yaml_free(unknown);
	vocabulary->brands.doc =
	    open_list(files->brands, "brands.yaml", errors);
	vocabulary->digest =
	    word_digest_add(vocabulary->digest, vocabulary->brands.doc);
	is_good &= brand_list_read(&vocabulary->brands, errors);
	/* One file's faults do not hide those of the next. */
	is_good &=
	    word_file_read(&list[WORDS_CATEGORY], WORDS_CATEGORY, NULL, errors);
	return word_file_read(&list[WORDS_HAZARD], WORDS_HAZARD, NULL,
		   errors) &&
	    word_file_read(&list[WORDS_MODE], WORDS_MODE, &list[WORDS_HAZARD],
		errors) &&
	    is_good;
}

struct vocabulary *
vocabulary_new(const struct vocabulary_files *files, struct yaml_errors *errors)
{
	const struct vocabulary_files built_in = { 0 };
	unsigned before = errors->count;
	struct vocabulary *vocabulary = calloc(1, sizeof(*vocabulary));
	if (!vocabulary)
		return NULL;
	if (!load(vocabulary, files ? files : &built_in, errors) ||
	    errors->count > before)
		goto fail;
	return vocabulary;
fail:
	vocabulary_free(vocabulary);
	return NULL;
}

void
vocabulary_free(struct vocabulary *vocabulary)
{
	if (!vocabulary)
		return;
	for (unsigned i = 0; i < 3; i++)
		word_file_free(&vocabulary->list[i]);
	labels_free(&vocabulary->unknown);
	brand_list_free(&vocabulary->brands);
	free(vocabulary);
}

unsigned
vocabulary_count(const struct vocabulary *vocabulary, enum word_list list)
{
	return vocabulary->list[list].count;
}

const struct word *
vocabulary_word(const struct vocabulary *vocabulary, enum word_list list,
    unsigned index)
{
	assert(index < vocabulary->list[list].count);
	return &vocabulary->list[list].word[index];
}

int
vocabulary_find(const struct vocabulary *vocabulary, enum word_list list,
    struct text label)
{
	return labels_find(&vocabulary->list[list].labels, label);
}

bool
vocabulary_is_within(const struct vocabulary *vocabulary, int index,
    int ancestor)
{
	const struct word_file *categories = &vocabulary->list[WORDS_CATEGORY];
	/* A parent stands above its children, so this ends. */
	while (index > ancestor && (unsigned)index < categories->count)
		index = categories->word[index].parent;
	return index >= 0 && index == ancestor;
}

uint64_t
vocabulary_digest(const struct vocabulary *vocabulary)
{
	return vocabulary->digest;
}

bool
vocabulary_is_unknown(const struct vocabulary *vocabulary, struct text text)
{
	char bytes[LABEL_MAX + 1];
	size_t len = fold_name(text, bytes, sizeof(bytes));
	return vocabulary_is_unknown_folded(vocabulary,
	    (struct text){ bytes, len });
}

bool
vocabulary_is_unknown_folded(const struct vocabulary *vocabulary,
    struct text folded)
{
	return folded.len == 0 ||
	    labels_find_folded(&vocabulary->unknown, folded) != LABEL_NONE;
}

const struct brand_list *
vocabulary_brands(const struct vocabulary *vocabulary)
{
	return &vocabulary->brands;
}
