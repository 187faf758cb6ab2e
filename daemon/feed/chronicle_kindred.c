/* chronicle_kindred.c - products that ever were of one family: joined, never
 * parted, since what was merged may have left its numbers behind. */
#include <stdlib.h>
#include <string.h>

#include "daemon/feed/chronicle_part.h"

enum { PRODUCTS_MIN = 1024 };

void
kindred_fini(struct kindred *kindred)
{
	free(kindred->parent);
	free(kindred->is_wanted);
}

int
kindred_add(struct kindred *kindred, uint32_t product)
{
	uint32_t cap = kindred->cap ? kindred->cap : PRODUCTS_MIN;
	uint32_t *parent;
	bool *is_wanted;

	if (product >= CHRONICLE_PRODUCTS_MAX)
		return CHRONICLE_TOO_LARGE;
	while (cap <= product)
		cap *= 2;
	if (cap > kindred->cap) {
		parent = reallocarray(kindred->parent, cap, sizeof(*parent));
		if (!parent)
			return STORE_MEMORY;
		kindred->parent = parent;
		is_wanted =
		    reallocarray(kindred->is_wanted, cap, sizeof(*is_wanted));
		if (!is_wanted)
			return STORE_MEMORY;
		kindred->is_wanted = is_wanted;
		kindred->cap = cap;
	}
	for (; kindred->count <= product; kindred->count++) {
		kindred->parent[kindred->count] = kindred->count;
		kindred->is_wanted[kindred->count] = false;
	}
	return 0;
}

/* Paths are halved on the way. */
static uint32_t
top(struct kindred *kindred, uint32_t product)
{
	uint32_t *parent = kindred->parent;

	while (parent[product] != product) {
		parent[product] = parent[parent[product]];
		product = parent[product];
	}
	return product;
}

void
kindred_join(struct kindred *kindred, uint32_t one, uint32_t other)
{
	if (one >= kindred->count || other >= kindred->count)
		return;
	one = top(kindred, one);
	other = top(kindred, other);
	kindred->is_wanted[other] |= kindred->is_wanted[one];
	kindred->parent[one] = other;
}

void
kindred_want(struct kindred *kindred, uint32_t product)
{
	kindred->is_wanted[top(kindred, product)] = true;
}

bool
kindred_is_wanted(struct kindred *kindred, uint32_t product)
{
	return product < kindred->count &&
	    kindred->is_wanted[top(kindred, product)];
}
