/* lineage.c - see lineage.h. */
#include "daemon/feed/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/feed/lexicon.h"
#include "daemon/store/record.h"
#include "daemon/store/record_curation.h"

enum { PRODUCTS_MIN = 1024 };

void
lineage_free(struct lineage *lineage)
{
	free(lineage->parent);
	free(lineage->merged);
	*lineage = (struct lineage){ 0 };
}

static int
set_parent(struct lineage *lineage, uint32_t product, uint32_t parent)
{
	uint32_t cap = lineage->cap ? lineage->cap : PRODUCTS_MIN;
	uint32_t *grown;

	if (product >= LEXICON_ORDINAL_MAX || parent == product)
		return STORE_CORRUPT;
	while (cap <= product)
		cap *= 2;
	if (cap > lineage->cap) {
		grown = realloc(lineage->parent, cap * sizeof(*grown));
		if (grown == NULL)
			return STORE_MEMORY;
		memset(grown + lineage->cap, 0,
		    (cap - lineage->cap) * sizeof(*grown));
		lineage->parent = grown;
		lineage->cap = cap;
	}
	lineage->parent[product] = parent;
	return 0;
}

static int
load_row(void *who, struct text key, struct text row)
{
	const struct family_row *kin = (const void *)row.at;

	if (key.len != sizeof(uint32_t) || row.len < family_row_bytes(0))
		return STORE_CORRUPT;
	return kin->parent ? set_parent(who, key_u32(key, 0), kin->parent) : 0;
}

int
lineage_load(struct lineage *lineage, struct snapshot *snapshot)
{
	const struct text all = { 0 };

	return snapshot_walk(snapshot, KEYSPACE_FAMILY, all, all, load_row,
	    lineage);
}

int
lineage_take(struct lineage *lineage, const struct store_event *event)
{
	struct record_curation record;

	if (event->type != RECORD_CURATION)
		return 0;
	if (!record_curation_read(event->header, &record))
		return STORE_CORRUPT;
	if (record.kind == CURATION_MERGE)
		return set_parent(lineage, record.product, record.other);
	return record.kind == CURATION_SPLIT
	    ? set_parent(lineage, record.product, 0)
	    : 0;
}

static uint32_t
parent_of(const struct lineage *lineage, uint32_t product)
{
	return product < lineage->cap ? lineage->parent[product] : 0;
}

unsigned
lineage_line(const struct lineage *lineage, uint32_t product,
    uint32_t line[FAMILY_MAX + 1])
{
	unsigned count = 0;

	do {
		line[count++] = product;
		product = parent_of(lineage, product);
	} while (product != 0 && count <= FAMILY_MAX);
	return count;
}

uint32_t
lineage_root(const struct lineage *lineage, uint32_t product)
{
	uint32_t parent;

	for (unsigned depth = 0; depth <= FAMILY_MAX; depth++) {
		parent = parent_of(lineage, product);
		if (parent == 0)
			break;
		product = parent;
	}
	return product;
}

static int
order_merged(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* A root without a parent, and no more products below it than may be. */
static int
check_families(const struct lineage *lineage)
{
	unsigned count = 0;

	for (size_t i = 0; i < lineage->nmerged; i++) {
		uint32_t root = (uint32_t)(lineage->merged[i] >> 32);
		bool is_first =
		    i == 0 || (uint32_t)(lineage->merged[i - 1] >> 32) != root;

		count = is_first ? 1 : count + 1;
		if (count > FAMILY_MAX || parent_of(lineage, root) != 0)
			return STORE_CORRUPT;
	}
	return 0;
}

int
lineage_settle(struct lineage *lineage)
{
	size_t count = 0;

	for (uint32_t i = 0; i < lineage->cap; i++)
		count += lineage->parent[i] != 0;
	free(lineage->merged);
	lineage->nmerged = 0;
	lineage->merged = count ? malloc(count * sizeof(uint64_t)) : NULL;
	if (count != 0 && lineage->merged == NULL)
		return STORE_MEMORY;
	for (uint32_t i = 0; i < lineage->cap; i++)
		if (lineage->parent[i] != 0)
			lineage->merged[lineage->nmerged++] =
			    (uint64_t)lineage_root(lineage, i) << 32 | i;
	if (count != 0)
		qsort(lineage->merged, count, sizeof(uint64_t), order_merged);
	return check_families(lineage);
}

/* Index of the first that is merged into this root, or into a later one. */
static size_t
first_merged(const struct lineage *lineage, uint32_t root)
{
	size_t low = 0, high = lineage->nmerged;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lineage->merged[middle] >> 32 < root)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
lineage_family(const struct lineage *lineage, uint32_t root,
    struct family *family)
{
	family->root = family->member[0] = root;
	family->count = 1;
	for (size_t i = first_merged(lineage, root); i < lineage->nmerged &&
	     lineage->merged[i] >> 32 == root && family->count <= FAMILY_MAX;
	     i++)
		family->member[family->count++] = (uint32_t)lineage->merged[i];
}
