#include "daemon/store/record_regrouped.h"

void
record_regrouped_write(struct buf *out, const struct record_regrouped *record)
{
	buf_u32(out, record->version);
	buf_u8(out, record->is_mixed);
	buf_u32(out, record->target);
	buf_varint(out, record->until);
	buf_varint(out, record->mark);
	buf_varint(out, record->begun);
	buf_varint(out, record->products);
	buf_varint(out, record->read);
	buf_varint(out, record->moved);
}

bool
record_regrouped_read(struct text header, struct record_regrouped *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->version = cut_u32(&cut);
	record->is_mixed = cut_u8(&cut);
	record->target = cut_u32(&cut);
	record->until = cut_varint(&cut);
	record->mark = cut_varint(&cut);
	record->begun = cut_varint(&cut);
	record->products = (uint32_t)cut_varint(&cut);
	record->read = cut_varint(&cut);
	record->moved = cut_varint(&cut);
	return !cut.bad;
}
