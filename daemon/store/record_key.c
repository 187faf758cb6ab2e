#include "daemon/store/record_key.h"

#include <string.h>

void
record_key_write(struct buf *out, const struct record_key *record)
{
	buf_u8(out, record->act);
	buf_varint(out, record->epoch);
	if (record->act != KEY_BEGAN)
		return;
	buf_add(out, record->id, sizeof(record->id));
	buf_add(out, record->serial_id, sizeof(record->serial_id));
}

bool
record_key_read(struct text header, struct record_key *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *id, *serial_id;

	*record = (struct record_key){ .act = cut_u8(&cut) };
	record->epoch = (uint32_t)cut_varint(&cut);
	if (record->act == KEY_BEGAN) {
		id = cut_bytes(&cut, sizeof(record->id));
		serial_id = cut_bytes(&cut, sizeof(record->serial_id));
		if (id && serial_id) {
			memcpy(record->id, id, sizeof(record->id));
			memcpy(record->serial_id, serial_id,
			    sizeof(record->serial_id));
		}
	}
	return !cut.bad && record->act > 0 && record->act < KEY_ACT_COUNT &&
	    record->epoch > 0;
}
