#include "daemon/intake/overlap.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/intake/kinship.h"

enum { MODES = 1 << 16, PAIRS_MIN = 1 << 12 };

void
overlap_init(struct overlap *overlap, const struct family *family)
{
	*overlap = (struct overlap){ .family = *family };
}

void
overlap_fini(struct overlap *overlap)
{
	free(overlap->pair);
	free(overlap->count);
	free(overlap->is_known);
	buf_free(&overlap->moved);
	*overlap = (struct overlap){ 0 };
}

void
overlap_begin(struct overlap *overlap, struct projection *projection)
{
	overlap->next = projection->watching;
	overlap->is_watched = true;
	projection->watching = overlap;
}

void
overlap_end(struct overlap *overlap, struct projection *projection)
{
	struct overlap **at = &projection->watching;

	while (*at && *at != overlap)
		at = &(*at)->next;
	if (*at)
		*at = overlap->next;
	overlap->is_watched = false;
}

void
overlap_watch(struct overlap *first, uint32_t product, uint32_t source)
{
	for (struct overlap *overlap = first; overlap; overlap = overlap->next)
		if (family_holds(&overlap->family, product) &&
		    overlap->moved.len <= OVERLAP_MOVED_MAX * sizeof(source))
			buf_u32(&overlap->moved, source);
}

static int
add_pair(struct overlap *overlap, uint32_t source, uint16_t mode)
{
	if (overlap->npairs == overlap->pairs_cap) {
		size_t cap =
		    overlap->pairs_cap ? 2 * overlap->pairs_cap : PAIRS_MIN;
		uint64_t *grown =
		    reallocarray(overlap->pair, cap, sizeof(*grown));

		if (!grown)
			return STORE_MEMORY;
		overlap->pair = grown;
		overlap->pairs_cap = cap;
	}
	overlap->pair[overlap->npairs++] = (uint64_t)source << 16 | mode;
	return STORE_OK;
}

/* Of a product's rows, those of its sources and what modes there are. */
static int
take_row(void *who, struct text key, struct text bytes)
{
	struct overlap *overlap = who;
	const struct member_row *row = (const void *)bytes.at;
	uint32_t source = key_u32(key, 7);
	int result;

	overlap->is_known[key_u16(key, 4)] = true;
	if ((uint8_t)key.at[6] != PART_SOURCE)
		return STORE_OK;
	if (bytes.len < sizeof(*row) ||
	    bytes.len != sizeof(*row) + row->nmodes * sizeof(row->mode[0]))
		return STORE_CORRUPT;
	result = row->reports ? add_pair(overlap, source, 0) : STORE_OK;
	for (unsigned i = 0; i < row->nmodes && !result; i++)
		result = add_pair(overlap, source, row->mode[i].mode);
	return result;
}

static int
order_pairs(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void
count_pairs(struct overlap *overlap)
{
	if (overlap->npairs)
		qsort(overlap->pair, overlap->npairs, sizeof(*overlap->pair),
		    order_pairs);
	for (size_t i = 1; i < overlap->npairs; i++)
		overlap->count[overlap->pair[i] & (MODES - 1)] +=
		    overlap->pair[i] == overlap->pair[i - 1];
}

int
overlap_gather(struct overlap *overlap, struct snapshot *snapshot)
{
	int result = STORE_OK;

	overlap->count = calloc(MODES, sizeof(*overlap->count));
	overlap->is_known = calloc(MODES, sizeof(*overlap->is_known));
	if (!overlap->count || !overlap->is_known)
		return STORE_MEMORY;
	for (unsigned i = 0; i < overlap->family.count && !result; i++) {
		struct key prefix = key_product(overlap->family.member[i]);

		result = snapshot_walk(snapshot, KEYSPACE_GROUP,
		    key_text(&prefix), (struct text){ 0 }, take_row, overlap);
	}
	if (!result)
		count_pairs(overlap);
	return result;
}

/* Index of the first pair that is not below this one. */
static size_t
first_pair(const struct overlap *overlap, uint64_t pair)
{
	size_t low = 0, high = overlap->npairs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (overlap->pair[middle] < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Take off what a source was counted as when it was gathered. */
static void
forget_source(struct overlap *overlap, uint32_t source)
{
	size_t first = first_pair(overlap, (uint64_t)source << 16);
	size_t end = first_pair(overlap, ((uint64_t)source + 1) << 16);

	for (size_t i = first + 1; i < end; i++)
		overlap->count[overlap->pair[i] & (MODES - 1)] -=
		    overlap->pair[i] == overlap->pair[i - 1];
}

/* What it is counted as now. */
static void
count_source(struct overlap *overlap, struct projection *projection,
    uint32_t source)
{
	struct overlap one = { .family = overlap->family,
		.count = overlap->count,
		.is_known = overlap->is_known };

	for (unsigned i = 0; i < overlap->family.count; i++) {
		struct key key = key_group(overlap->family.member[i], 0,
		    PART_SOURCE, source);
		struct text row;
		int result =
		    projection_get(projection, KEYSPACE_GROUP, &key, &row);

		if (result == STORE_NOT_FOUND)
			continue;
		if (!result)
			result = take_row(&one, key_text(&key), row);
		if (result)
			projection->result = result;
	}
	count_pairs(&one);
	for (size_t i = 0; i < one.npairs; i++)
		overlap->is_known[one.pair[i] & (MODES - 1)] = true;
	free(one.pair);
}

static int
order_sources(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

bool
overlap_settle(struct overlap *overlap, struct projection *projection)
{
	size_t count = overlap->moved.len / sizeof(uint32_t);
	uint32_t *source = (void *)overlap->moved.at;

	if (overlap->moved.failed)
		projection->result = STORE_MEMORY;
	if (projection->result || count > OVERLAP_MOVED_MAX / 16)
		return false;
	if (count)
		qsort(source, count, sizeof(*source), order_sources);
	for (size_t i = 0; i < count; i++) {
		if (i && source[i] == source[i - 1])
			continue;
		forget_source(overlap, source[i]);
		count_source(overlap, projection, source[i]);
	}
	return true;
}

uint32_t
overlap_list(const struct overlap *overlap, struct buf *out)
{
	uint32_t listed = 0;

	for (unsigned mode = 0; mode < MODES; mode++) {
		struct record_overlap row = { .root = overlap->family.root,
			.mode = (uint16_t)mode,
			.sources = (uint32_t)overlap->count[mode] };

		if (!overlap->is_known[mode])
			continue;
		buf_add(out, &row, sizeof(row));
		listed++;
	}
	return listed;
}
