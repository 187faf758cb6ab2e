#include "daemon/store/record_remedy.h"

static const char *const kind_names[REMEDY_KIND_COUNT] = {
	[REMEDY_FIX] = "fix",
	[REMEDY_RECALL] = "recall",
};

const char *
remedy_kind_name(uint8_t kind)
{
	return kind < REMEDY_KIND_COUNT ? kind_names[kind] : "unknown";
}

int
remedy_kind_find(struct text name)
{
	for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++)
		if (text_is(name, kind_names[kind]))
			return kind;
	return -1;
}

void
record_remedy_write(struct buf *out, const struct record_remedy *record)
{
	buf_varint(out, record->product);
	buf_varint(out, record->mode);
	buf_u8(out, record->kind);
	buf_zigzag(out, record->date);
	buf_varint(out, record->undoes);
	buf_varint(out, record->alert);
}

bool
record_remedy_read(struct text header, struct record_remedy *record)
{
	struct cut cut = cut_of(header.at, header.len);

	record->product = (uint32_t)cut_varint(&cut);
	record->mode = (uint16_t)cut_varint(&cut);
	record->kind = cut_u8(&cut);
	record->date = (int32_t)cut_zigzag(&cut);
	record->undoes = cut_varint(&cut);
	record->alert = (uint32_t)cut_varint(&cut);
	return !cut.bad && record->product > 0 &&
	    record->kind < REMEDY_KIND_COUNT;
}
