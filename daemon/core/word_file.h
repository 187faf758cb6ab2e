/* word_file.h - one list of a vocabulary, read from its YAML file. */
#ifndef TOCSIN_CORE_WORD_FILE_H
#define TOCSIN_CORE_WORD_FILE_H

#include <stdbool.h>

#include "base/yaml.h"
#include "daemon/core/labels.h"
#include "daemon/core/vocabulary.h"

enum { WORD_TEXT_MAX = 80 }; /* bytes of any text of a word */

/* Zeroed is empty and valid.  All of it is owned. */
struct word_file {
	struct yaml_doc *doc; /* the words' texts lie in it */
	struct word *word;
	unsigned count;
	struct labels labels;
};

/* Release everything, the document too.  NULL is fine. */
void word_file_free(struct word_file *file);

/*
 * Read the words of file->doc.  hazards is what a mode's hazard is looked up
 * in, NULL for the other lists.  Everything wrong is told in errors, with its
 * place; false when there is no document or memory ran out.
 */
bool word_file_read(struct word_file *file, enum word_list list,
    const struct word_file *hazards, struct yaml_errors *errors);

#endif
