#include "daemon/core/detect/doubt.h"

#include <assert.h>

static const struct doubt_entry {
	const char *word, *meaning;
} entries[] = {
/* clang-format off */
#define DOUBT(ID, bit, word, meaning) [bit] = { word, meaning },
#include "daemon/core/detect/doubt.def"
#undef DOUBT
	/* clang-format on */
};

static_assert(sizeof(entries) / sizeof(*entries) == DOUBT_COUNT,
    "every doubt is counted");

const char *
doubt_word(unsigned nth)
{
	assert(nth < DOUBT_COUNT);
	return entries[nth].word;
}

const char *
doubt_meaning(unsigned nth)
{
	assert(nth < DOUBT_COUNT);
	return entries[nth].meaning;
}
