/* vocabulary_rig.h - for tests that need the vocabulary built in: *state. */
#ifndef TOCSIN_TESTS_VOCABULARY_RIG_H
#define TOCSIN_TESTS_VOCABULARY_RIG_H

#include "base/digest.h"
#include "daemon/core/vocabulary.h"

static inline int
load_vocabulary(void **state)
{
	struct yaml_errors errors = { 0 };

	*state = vocabulary_new(NULL, &errors);
	yaml_errors_free(&errors);
	return digest_init() == 0 && *state ? 0 : -1;
}

static inline int
drop_vocabulary(void **state)
{
	vocabulary_free(*state);
	return 0;
}

#endif
