#include "daemon/store/record_erase.h"

#include <string.h>

const char *
erase_kind_name(uint8_t kind)
{
	static const char *const names[ERASE_KIND_COUNT] = {
		[ERASE_REPORT] = "report",
		[ERASE_SOURCE] = "source",
		[ERASE_NOTE] = "note",
		[ERASE_DONE] = "done",
		[ERASE_EPOCH] = "epoch",
	};

	return kind < ERASE_KIND_COUNT && names[kind] ? names[kind] : "unknown";
}

void
record_erase_write(struct buf *out, const struct record_erase *record)
{
	buf_u8(out, record->kind);
	buf_varint(out, record->organisation);
	if (record->kind == ERASE_REPORT) {
		buf_add(out, record->key, sizeof(record->key));
		buf_varint(out, record->first_seq);
		buf_varint(out, record->latest_seq);
	} else if (record->kind == ERASE_SOURCE) {
		buf_varint(out, record->source);
	} else if (record->kind == ERASE_EPOCH) {
		buf_varint(out, record->epoch);
		buf_varint(out, record->first);
		buf_varint(out, record->last);
		buf_u8(out, record->is_whole);
	} else {
		buf_varint(out, record->seq);
	}
}

bool
record_erase_read(struct text header, struct record_erase *record)
{
	struct cut cut = cut_of(header.at, header.len);
	const uint8_t *key;

	*record = (struct record_erase){ .kind = cut_u8(&cut) };
	record->organisation = (uint32_t)cut_varint(&cut);
	if (record->kind == ERASE_REPORT) {
		key = cut_bytes(&cut, sizeof(record->key));
		record->first_seq = cut_varint(&cut);
		record->latest_seq = cut_varint(&cut);
		if (key)
			memcpy(record->key, key, sizeof(record->key));
	} else if (record->kind == ERASE_SOURCE) {
		record->source = (uint32_t)cut_varint(&cut);
	} else if (record->kind == ERASE_EPOCH) {
		record->epoch = (uint32_t)cut_varint(&cut);
		record->first = (uint32_t)cut_varint(&cut);
		record->last = (uint32_t)cut_varint(&cut);
		record->is_whole = cut_u8(&cut) != 0;
	} else {
		record->seq = cut_varint(&cut);
	}
	return !cut.bad && record->kind > 0 && record->kind < ERASE_KIND_COUNT;
}
