#include "daemon/store/record_origin.h"

void
record_origin_write(struct buf *out, const struct record_origin *record)
{
	buf_varint(out, record->organisation);
	buf_varint(out, record->origin);
	buf_u8(out, record->ids);
	buf_u8(out, record->was);
	buf_varint(out, record->release);
	buf_varint(out, record->label);
}

bool
record_origin_read(struct text header, struct record_origin *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->organisation = (uint32_t)cut_varint(&cut);
	record->origin = (uint32_t)cut_varint(&cut);
	record->ids = cut_u8(&cut);
	record->was = cut_u8(&cut);
	record->release = (uint32_t)cut_varint(&cut);
	record->label = (uint32_t)cut_varint(&cut);
	return !cut.bad && record->organisation > 0 && record->origin > 0;
}

void
record_resubmit_write(struct buf *out, const struct record_resubmit *record)
{
	buf_add(out, record->named, sizeof(record->named));
	buf_add(out, record->held, sizeof(record->held));
	buf_varint(out, record->organisation);
	buf_varint(out, record->origin);
	buf_varint(out, record->release);
	buf_u64(out, record->match);
	buf_u32(out, record->tag);
	buf_varint(out, record->position);
}

bool
record_resubmit_read(struct text header, struct record_resubmit *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *named = cut_bytes(&cut, sizeof(record->named));
	const uint8_t *held = cut_bytes(&cut, sizeof(record->held));

	record->organisation = (uint32_t)cut_varint(&cut);
	record->origin = (uint32_t)cut_varint(&cut);
	record->release = (uint32_t)cut_varint(&cut);
	record->match = cut_u64(&cut);
	record->tag = cut_u32(&cut);
	record->position = (uint32_t)cut_varint(&cut);
	if (cut.bad || !named || !held)
		return false;
	memcpy(record->named, named, sizeof(record->named));
	memcpy(record->held, held, sizeof(record->held));
	return record->organisation > 0 && record->origin > 0;
}
