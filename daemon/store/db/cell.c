#include "daemon/store/db/cell.h"

#include <assert.h>
#include <string.h>

#include "base/crc32c.h"
#include "daemon/store/log/fault.h"

/* Rows that are structs, edited in place; others are compact as they are. */
static bool
is_sparse(enum keyspace keyspace)
{
	return keyspace == KEYSPACE_GROUP || keyspace == KEYSPACE_DAY ||
	    keyspace == KEYSPACE_ALERT;
}

uint32_t
cell_seed(enum keyspace keyspace)
{
	const char *name = keyspaces[keyspace].name;

	return crc32c(0, name, strlen(name));
}

/* That the row is packed takes part: the bit may not flip unseen. */
static uint32_t
crc_of(const struct cell_place *place, uint8_t version, const void *at,
    size_t len)
{
	uint32_t crc = place->seed ^ (version & CELL_PACKED);

	crc = crc32c(crc, place->key.at, place->key.len);
	return crc32c(crc, at, len);
}

size_t
cell_write(const struct cell_place *place, struct text row,
    uint8_t out[CELL_MAX])
{
	uint8_t *at = out + CELL_PREFIX;
	size_t len = row.len;
	uint32_t crc;

	assert(row.len <= ROW_MAX);
	out[0] = keyspaces[place->keyspace].version;
	if (is_sparse(place->keyspace) && row.len) {
		len = pack(row, at);
		out[0] |= CELL_PACKED;
	}
	if (len >= row.len) {
		len = row.len;
		out[0] = keyspaces[place->keyspace].version;
		if (len)
			memcpy(at, row.at, len);
	}
	crc = crc_of(place, out[0], at, len);
	memcpy(out + 1, &crc, 4);
	return CELL_PREFIX + len;
}

int
cell_read(const struct cell_place *place, struct text cell,
    uint8_t room[ROW_MAX], struct text *row)
{
	uint8_t version;
	uint32_t crc;
	size_t len;

	if (cell.len < CELL_PREFIX)
		return STORE_CORRUPT;
	version = (uint8_t)cell.at[0];
	memcpy(&crc, cell.at + 1, 4);
	*row = (struct text){ cell.at + CELL_PREFIX, cell.len - CELL_PREFIX };
	if ((version & ~CELL_PACKED) != keyspaces[place->keyspace].version ||
	    crc_of(place, version, row->at, row->len) != crc)
		return STORE_CORRUPT;
	if (!(version & CELL_PACKED))
		return STORE_OK;
	if (!unpack(*row, room, &len))
		return STORE_CORRUPT;
	*row = (struct text){ (const char *)room, len };
	return STORE_OK;
}
