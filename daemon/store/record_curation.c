#include "daemon/store/record_curation.h"

#include <string.h>

void
record_curation_write(struct buf *out, const struct record_curation *record,
    const struct record_overlap overlaps[])
{
	buf_u8(out, record->kind);
	buf_varint(out, record->product);
	buf_varint(out, record->other);
	buf_varint(out, record->undoes);
	buf_varint(out, record->organisation);
	buf_add(out, record->key, sizeof(record->key));
	buf_varint(out, record->gtin);
	buf_string(out, record->given);
	buf_string(out, record->previous);
	buf_varint(out, record->noverlaps);
	for (uint32_t i = 0; i < record->noverlaps; i++) {
		buf_varint(out, overlaps[i].root);
		buf_varint(out, overlaps[i].mode);
		buf_varint(out, overlaps[i].sources);
	}
}

bool
record_curation_read(struct text header, struct record_curation *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *key;

	*record = (struct record_curation){ .kind = cut_u8(&cut) };
	record->product = (uint32_t)cut_varint(&cut);
	record->other = (uint32_t)cut_varint(&cut);
	record->undoes = cut_varint(&cut);
	record->organisation = (uint32_t)cut_varint(&cut);
	key = cut_bytes(&cut, sizeof(record->key));
	record->gtin = cut_varint(&cut);
	record->given = cut_string(&cut);
	record->previous = cut_string(&cut);
	record->noverlaps = (uint32_t)cut_varint(&cut);
	record->overlaps = cut;
	if (cut.bad || !key)
		return false;
	memcpy(record->key, key, sizeof(record->key));
	return record->product > 0;
}

bool
record_overlap_next(struct record_curation *record,
    struct record_overlap *overlap)
{
	struct cut *cut = &record->overlaps;

	if (!record->noverlaps)
		return false;
	record->noverlaps--;
	overlap->root = (uint32_t)cut_varint(cut);
	overlap->mode = (uint16_t)cut_varint(cut);
	overlap->sources = (uint32_t)cut_varint(cut);
	return !cut->bad;
}
