/*
 * word_digest.h - what a file of words says, as a number: equal for files
 * that differ in comments and layout only.
 */
#ifndef TOCSIN_CORE_WORD_DIGEST_H
#define TOCSIN_CORE_WORD_DIGEST_H

#include <stdint.h>

#include "base/yaml.h"

/*
 * The digest so far (0: none) and a document after it; NULL is an empty one.
 * The same on every machine.
 */
uint64_t word_digest_add(uint64_t digest, const struct yaml_doc *doc);

#endif
