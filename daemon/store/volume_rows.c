#include "daemon/store/volume_rows.h"

#include <string.h>

static int
load_block(const struct row_source *source, struct volume *volume,
    uint16_t block)
{
	struct key key = key_volume(volume->hash, block);
	struct volume_row row;
	struct text bytes;
	int result = source->get(source->who, KEYSPACE_VOLUME, &key, &bytes);

	if (result)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	if (bytes.len != sizeof(row))
		return STORE_CORRUPT;
	memcpy(&row, bytes.at, sizeof(row));
	for (unsigned i = 0; i < VOLUME_WEEKS; i++)
		if (row.of[i] && row.of[i] <= INT32_MAX &&
		    exposure_add(&volume->exposure,
			(uint16_t)(block * VOLUME_WEEKS + i),
			(int32_t)row.of[i]))
			return STORE_MEMORY;
	return STORE_OK;
}

int
volume_rows_load(const struct row_source *source,
    const struct blocks_row *blocks, struct volume *volume)
{
	struct key key = key_prior(volume->hash);
	struct text bytes;
	int result;

	for (uint16_t block = blocks->first; block < blocks->end; block++) {
		result = load_block(source, volume, block);
		if (result)
			return result;
	}
	result = source->get(source->who, KEYSPACE_PRIOR, &key, &bytes);
	if (result)
		return result == STORE_NOT_FOUND ? STORE_OK : result;
	if (bytes.len != sizeof(volume->yardstick))
		return STORE_CORRUPT;
	memcpy(&volume->yardstick, bytes.at, bytes.len);
	volume->has_yardstick = true;
	return STORE_OK;
}
