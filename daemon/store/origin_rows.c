#include "daemon/store/origin_rows.h"

#include <string.h>

void
origin_row_write(struct buf *out, const struct origin_row *row)
{
	buf_u8(out, row->ids);
	buf_varint(out, row->release);
	buf_varint(out, row->label);
	buf_u64(out, (uint64_t)row->since_ms);
}

bool
origin_row_read(struct text bytes, struct origin_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);

	row->ids = cut_u8(&cut);
	row->release = (uint32_t)cut_varint(&cut);
	row->label = (uint32_t)cut_varint(&cut);
	row->since_ms = (int64_t)cut_u64(&cut);
	return cut_is_done(&cut) && row->ids < ORIGIN_IDS_COUNT;
}

void
release_row_write(struct buf *out, const struct release_row *row)
{
	buf_varint(out, row->release);
	buf_add(out, row->key, sizeof(row->key));
}

bool
release_row_read(struct text bytes, struct release_row *row)
{
	struct cut cut = cut_of(bytes.at, bytes.len);
	const uint8_t *key;

	row->release = (uint32_t)cut_varint(&cut);
	key = cut_bytes(&cut, sizeof(row->key));
	if (key)
		memcpy(row->key, key, sizeof(row->key));
	return key && cut_is_done(&cut);
}
