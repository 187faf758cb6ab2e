#include "daemon/store/record_rules.h"

void
record_rules_write(struct buf *out, const struct record_rules *record)
{
	buf_u32(out, record->version);
	buf_varint(out, record->count);
	buf_varint(out, record->grave);
}

bool
record_rules_read(struct text header, struct record_rules *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->version = cut_u32(&cut);
	record->count = (uint32_t)cut_varint(&cut);
	/* Older logs end here. */
	record->grave = cut_is_done(&cut) ? 0 : (uint32_t)cut_varint(&cut);
	return !cut.bad;
}
