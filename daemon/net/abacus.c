/* abacus.c - an array: tokens are numbered from 1 on, one behind the other. */
#include "daemon/net/abacus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint32_t
abacus_of(const struct abacus *abacus, uint32_t token)
{
	return token < abacus->cap ? abacus->count[token] : 0;
}

static bool
grow(struct abacus *abacus, uint32_t token)
{
	size_t cap = ((size_t)token + 1) * 2;
	uint32_t *count = realloc(abacus->count, cap * sizeof(*count));

	if (!count)
		return false;
	memset(count + abacus->cap, 0, (cap - abacus->cap) * sizeof(*count));
	abacus->count = count;
	abacus->cap = (uint32_t)cap;
	return true;
}

bool
abacus_add(struct abacus *abacus, uint32_t token, uint32_t more)
{
	if (token >= abacus->cap && !grow(abacus, token))
		return false;
	abacus->count[token] += more;
	return true;
}

void
abacus_take(struct abacus *abacus, uint32_t token, uint32_t less)
{
	assert(abacus_of(abacus, token) >= less);
	if (less)
		abacus->count[token] -= less;
}

void
abacus_free(struct abacus *abacus)
{
	free(abacus->count);
	*abacus = (struct abacus){ 0 };
}
