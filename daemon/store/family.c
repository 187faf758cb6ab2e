#include "daemon/store/family.h"

#include <string.h>

#include "daemon/core/unite.h"

static int
get_of_snapshot(void *who, enum keyspace keyspace, const struct key *key,
    struct text *row)
{
	return snapshot_get(who, keyspace, key_text(key), row);
}

struct row_source
row_source_of(struct snapshot *snapshot)
{
	return (struct row_source){ get_of_snapshot, snapshot };
}

size_t
family_row_bytes(unsigned count)
{
	return offsetof(struct family_row, member) + count * sizeof(uint32_t);
}

/* The row of one product in the tree; STORE_NOT_FOUND: it stands alone. */
static int
read_row(const struct row_source *source, uint32_t product,
    const struct family_row **row)
{
	struct key key = key_family(product);
	struct text bytes;
	int result = source->get(source->who, KEYSPACE_FAMILY, &key, &bytes);

	if (result)
		return result;
	*row = (const void *)bytes.at;
	if (bytes.len < family_row_bytes(0) || (*row)->count > FAMILY_MAX ||
	    bytes.len != family_row_bytes((*row)->count))
		return STORE_CORRUPT;
	return STORE_OK;
}

int
family_root(const struct row_source *source, uint32_t product, uint32_t *root)
{
	const struct family_row *row;
	int result = read_row(source, product, &row);

	*root = product;
	if (result == STORE_NOT_FOUND)
		return STORE_OK;
	if (!result)
		*root = row->root;
	return result;
}

int
family_read(const struct row_source *source, uint32_t product,
    struct family *family)
{
	const struct family_row *row;
	int result = family_root(source, product, &family->root);

	family->count = 1;
	family->member[0] = family->root;
	if (result)
		return result;
	result = read_row(source, family->root, &row);
	if (result == STORE_NOT_FOUND)
		return STORE_OK;
	if (result)
		return result;
	memcpy(family->member + 1, row->member,
	    row->count * sizeof(row->member[0]));
	family->count += row->count;
	return STORE_OK;
}

bool
family_holds(const struct family *family, uint32_t product)
{
	for (unsigned i = 0; i < family->count; i++)
		if (family->member[i] == product)
			return true;
	return false;
}

static int
read_aggregate(const struct row_source *source, uint32_t product, uint16_t mode,
    struct text *row)
{
	struct key key = key_group(product, mode, PART_AGGREGATE, 0);
	int result = source->get(source->who, KEYSPACE_GROUP, &key, row);
	const struct aggregate *counts = (const void *)row->at;

	if (result)
		return result;
	if (row->len < sizeof(*counts) || row->len > ROW_MAX ||
	    row->len != aggregate_bytes(counts->ntallies))
		return STORE_CORRUPT;
	return STORE_OK;
}

/* Sources that were added up more than once. */
static int
take_off_overlap(const struct row_source *source, const struct family *family,
    uint16_t mode, struct aggregate *counts)
{
	struct key key = key_group(family->root, mode, PART_OVERLAP, 0);
	struct text row;
	uint32_t overlap;
	int result = source->get(source->who, KEYSPACE_GROUP, &key, &row);

	if (result == STORE_NOT_FOUND)
		return STORE_OK;
	if (result)
		return result;
	if (row.len != sizeof(overlap))
		return STORE_CORRUPT;
	memcpy(&overlap, row.at, sizeof(overlap));
	if (overlap > counts->sources)
		return STORE_CORRUPT;
	counts->sources -= overlap;
	return STORE_OK;
}

int
family_aggregate(const struct row_source *source, const struct family *family,
    uint16_t mode, struct group_row *row)
{
	bool is_found = false;

	memset(row, 0, sizeof(struct aggregate));
	for (unsigned i = 0; i < family->count; i++) {
		struct text bytes;
		int result =
		    read_aggregate(source, family->member[i], mode, &bytes);

		if (result == STORE_NOT_FOUND)
			continue;
		if (result)
			return result;
		unite_aggregates(group_aggregate(row), (const void *)bytes.at);
		is_found = true;
	}
	if (!is_found)
		return STORE_NOT_FOUND;
	if (family->count == 1)
		return STORE_OK;
	group_aggregate(row)->root = 0;
	return take_off_overlap(source, family, mode, group_aggregate(row));
}

int
family_window(const struct row_source *source, const struct family *family,
    uint16_t mode, struct group_row *row)
{
	memset(row, 0, sizeof(struct window));
	for (unsigned i = 0; i < family->count; i++) {
		struct key key =
		    key_group(family->member[i], mode, PART_WINDOW, 0);
		struct text bytes;
		int result =
		    source->get(source->who, KEYSPACE_GROUP, &key, &bytes);

		if (result == STORE_NOT_FOUND)
			continue;
		if (result)
			return result;
		if (bytes.len > ROW_MAX ||
		    bytes.len <
			window_bytes(
			    ((const struct window *)(const void *)bytes.at)
				->count))
			return STORE_CORRUPT;
		if (family->count == 1)
			memcpy(row->bytes, bytes.at, bytes.len);
		else
			unite_windows(group_window(row),
			    (const void *)bytes.at);
	}
	return STORE_OK;
}
