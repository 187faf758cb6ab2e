/*
 * vocabulary.h - categories, failure modes, hazards, brands and the words that
 * mean unknown, from the YAML files of etc/ (built in; files may replace them).
 * Immutable after loading, so any thread may read it.
 */
#ifndef TOCSIN_CORE_VOCABULARY_H
#define TOCSIN_CORE_VOCABULARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/yaml.h"

struct brand_list;
struct vocabulary;

/* One word of a list.  Texts live as long as the vocabulary. */
struct word {
	struct text slug;
	struct text en;
	struct text fr;
	int parent; /* index in the same list, or -1 */
	int hazard; /* modes: index of the hazard it is in itself, or -1 */
	bool is_designated;           /* hazards: two sources ring */
	struct text ords, gpc, nhtsa; /* categories' codes, may be empty */
};

enum word_list { WORDS_CATEGORY, WORDS_MODE, WORDS_HAZARD };

/* Files to read instead of the built-in lists; NULL members: built in. */
struct vocabulary_files {
	const char *categories;
	const char *modes;
	const char *hazards;
	const char *unknown;
	const char *brands;
};

enum { VOCABULARY_HAZARDS_MAX = 32 }; /* a hazard is a bit in a mask */

/* NULL with errors filled, or out of memory.  files may be NULL. */
struct vocabulary *vocabulary_new(const struct vocabulary_files *files,
    struct yaml_errors *errors);

/* NULL is fine. */
void vocabulary_free(struct vocabulary *vocabulary);

/* Number of words, and one of them. */
unsigned vocabulary_count(const struct vocabulary *vocabulary,
    enum word_list list);
const struct word *vocabulary_word(const struct vocabulary *vocabulary,
    enum word_list list, unsigned index);

/*
 * The index of a word by any of its labels (slug, English, French, an alias,
 * or a code such as "ords:Kettle"), compared folded; -1 when it is none.
 */
int vocabulary_find(const struct vocabulary *vocabulary, enum word_list list,
    struct text label);

/* Is index the ancestor, or below it?  Categories. */
bool vocabulary_is_within(const struct vocabulary *vocabulary, int index,
    int ancestor);

/*
 * A number of what products are told apart by: categories, brands and the
 * words that mean unknown.  Equal for files that say the same in one order.
 */
uint64_t vocabulary_digest(const struct vocabulary *vocabulary);

/* Does this text, folded, mean that nothing is known?  "" does. */
bool vocabulary_is_unknown(const struct vocabulary *vocabulary,
    struct text text);

/* As vocabulary_is_unknown, of a text that fold_name has made. */
bool vocabulary_is_unknown_folded(const struct vocabulary *vocabulary,
    struct text folded);

/* The brands; they live as long as the vocabulary. */
const struct brand_list *vocabulary_brands(const struct vocabulary *vocabulary);

#endif
