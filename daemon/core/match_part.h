/* match_part.h - what the files of the matcher share. */
#ifndef TOCSIN_CORE_MATCH_PART_H
#define TOCSIN_CORE_MATCH_PART_H

#include <stdint.h>

#include "base/text.h"

#define MATCH_HASH_SEED 0xcbf29ce484222325U

/* Go on hashing from a seed or a hash: two words as one are one word. */
uint64_t match_hash(uint64_t from, struct text word);

#endif
